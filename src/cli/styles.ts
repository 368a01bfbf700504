/** `fourstep styles`, and the styles and LoRA files that `fourstep generate` draws with. */
import path from 'node:path';
import { UserError } from '../domain/errors';
import { safeStem } from '../domain/file-names';
import { readStyles, styleNamed, type Style, type StyleProblem, type Styles } from '../catalog/styles';
import { workspaceAround } from '../catalog/workspace';
import type { ExportLoraParams } from '../contract/worker-api';
import { printable } from '../domain/printable';
import type { GenerationIntent } from '../product/generation';
import { keep, withScratch } from './results';
import type { Session } from './session';
import type { Weighted } from './values';

/** The styles that are in reach of the folder the command is called in. */
async function stylesHere(): Promise<Styles> {
  return readStyles(await workspaceAround(process.cwd()));
}

export interface StyleList {
  readonly styles: readonly (Omit<Style, 'file'> & Style['file'])[];
  readonly problems: readonly StyleProblem[];
}

export async function listStyles(): Promise<StyleList> {
  const { styles, problems } = await stylesHere();
  return { styles: styles.map(({ file, ...style }) => ({ ...file, ...style })), problems };
}

export function stylesText({ styles }: StyleList): string {
  if (styles.length === 0)
    return 'There are no styles here yet. Make one: fourstep tune <folder of icons> --name <name>\n';
  const rows = [
    ['name', 'model', 'rank', 'steps', 'made', 'folder'],
    ...styles.map(({ name, model, rank, steps, created, folder }) =>
      [name, model.id, String(rank), String(steps), created.slice(0, 10), folder].map(printable),
    ),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export interface ExportOptions {
  readonly layout: ExportLoraParams['layout'];
  readonly out?: string;
}

/** Writes the style's LoRA under the name given, or a numbered one when it is taken; returns the path. */
export async function exportStyle({ client, signal }: Session, name: string, options: ExportOptions): Promise<string> {
  const { loraPath } = styleNamed(await stylesHere(), name);
  const target = path.resolve(options.out ?? `${safeStem(name)}.safetensors`);
  if (path.extname(target).toLowerCase() !== '.safetensors') {
    throw new UserError('bad-request', `--out is ${target}; expected a name that ends with .safetensors.`);
  }
  return withScratch(path.dirname(target), async (scratch) => {
    const out = path.join(scratch, 'lora.safetensors');
    await client.request('exportLora', { path: loraPath, layout: options.layout, out }, { signal });
    return keep(out, path.dirname(target), path.parse(target).name);
  });
}

export interface AdditionOptions {
  readonly style: readonly Weighted[];
  readonly lora: readonly Weighted[];
  /** Files of textual inversion. */
  readonly embedding: readonly string[];
}

/** Styles and files in the order given, and all styles that a prompt may name. Throws `not-found` naming the styles there are. */
export async function additionsOf({
  style,
  lora,
  embedding,
}: AdditionOptions): Promise<Required<Pick<GenerationIntent, 'styles' | 'stylesHere' | 'loras' | 'embeddings'>>> {
  const known = await stylesHere();
  return {
    stylesHere: known.styles,
    embeddings: embedding.map((file) => ({ path: path.resolve(file), name: path.parse(file).name })),
    styles: style.map(({ value, ...use }) => ({ style: styleNamed(known, value), ...use })),
    loras: lora.map(({ value, ...use }) => ({ path: path.resolve(value), name: path.parse(value).name, ...use })),
  };
}

/** Where a rebuild looks for a picture's LoRAs: among the files given, the styles here and those around the picture. */
export async function loraCandidates(picture: string, given: readonly string[]): Promise<string[]> {
  const around = await readStyles(await workspaceAround(path.dirname(picture)));
  const styles = [...(await stylesHere()).styles, ...around.styles];
  return [...new Set([...given.map((file) => path.resolve(file)), ...styles.map(({ loraPath }) => loraPath)])];
}
