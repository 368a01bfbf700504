/**
 * The texts that src/extension hands to VS Code for translation.
 *
 * Read from the syntax tree with the compiler that is here anyway. VS Code's own extractor, @vscode/l10n-dev, brings a hundred
 * packages (a translation service's client among them) and passes over what it does not recognise: a text it misses stays English
 * without a word. Here every mention of `l10n` that is not a call of the one form is an error.
 */
import ts from 'typescript';
import { ScriptError } from './process.mjs';

const FORM =
  "Write vscode.l10n.t('text', …) or vscode.l10n.t({ message: 'text', comment: 'for translators' }), with literals";

/** [key, entry] of the English bundle, in VS Code's format, for one file's source. Throws ScriptError with file and line. */
export function l10nCalls(file, source) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if ((ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && node.text === 'l10n')
      found.push(entryOf(node, tree));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function entryOf(l10n, tree) {
  const { line } = tree.getLineAndCharacterOfPosition(l10n.getStart());
  const refuse = () => new ScriptError(`${tree.fileName}:${line + 1}: this text cannot be translated. ${FORM}.`);
  const first = callOf(l10n)?.arguments[0];
  if (first === undefined) throw refuse();
  if (ts.isStringLiteralLike(first)) return [first.text, first.text];
  if (!ts.isObjectLiteralExpression(first)) throw refuse();
  const message = literal(property(first, 'message'));
  const comment = comments(property(first, 'comment'));
  if (message === undefined || comment === undefined) throw refuse();
  // VS Code looks a commented text up under the message, a slash, and its comments without anything between them.
  return [`${message}/${comment.join('')}`, { message, comment }];
}

/** The call, where `l10n` stands in `vscode.l10n.t(…)` and nowhere else. */
function callOf(l10n) {
  const call = l10n.parent.parent?.parent;
  const isOurs = call !== undefined && ts.isCallExpression(call) && call.expression.getText() === 'vscode.l10n.t';
  return isOurs && call.expression === l10n.parent.parent ? call : undefined;
}

const property = (object, name) =>
  object.properties.find((member) => ts.isPropertyAssignment(member) && member.name.getText() === name)?.initializer;

const literal = (node) => (node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined);

function comments(node) {
  const parts = node !== undefined && ts.isArrayLiteralExpression(node) ? node.elements.map(literal) : [literal(node)];
  return parts.length === 0 || parts.includes(undefined) ? undefined : parts;
}
