/** The place in a document that a picture is made for, found again after edits. */
import * as vscode from 'vscode';
import { nearestOccurrence } from './occurrence';

export class Target {
  private constructor(
    readonly uri: vscode.Uri,
    readonly languageId: string,
    /** What was selected; '' for a bare cursor. */
    readonly text: string,
    readonly offset: number,
  ) {}

  static of(editor: vscode.TextEditor): Target {
    const { document, selection } = editor;
    return new Target(
      document.uri,
      document.languageId,
      document.getText(selection),
      document.offsetAt(selection.start),
    );
  }

  /** The range now: the same text at the same place, or its nearest occurrence; undefined when it is gone. */
  locate(document: vscode.TextDocument): vscode.Range | undefined {
    const content = document.getText();
    const start = nearestOccurrence(content, this.text, this.offset);
    return start === undefined
      ? undefined
      : new vscode.Range(document.positionAt(start), document.positionAt(start + this.text.length));
  }
}
