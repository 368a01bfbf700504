/** The HTML of a page: strict content policy with a nonce, everything by URI, everything escaped. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Strings } from '../contract/page-strings';

export interface Page {
  /** Script in dist/webview. */
  readonly script: 'panel.js' | 'gallery.js' | 'tune.js';
  readonly title: string;
  readonly strings: Strings;
}

export function pageFolder(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, { script, title, strings }: Page): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(pageFolder(extensionUri), file)).toString();
  const policy = [
    "default-src 'none'",
    `img-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  // FAST, below the toolkit, takes the nonce for its own style element from the csp-nonce property.
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeAttribute(title)}</title>
<link rel="stylesheet" href="${uri('codicon.css')}" nonce="${nonce}">
<link rel="stylesheet" href="${uri('style.css')}" nonce="${nonce}">
</head>
<body data-strings="${escapeAttribute(JSON.stringify(strings))}">
<main id="app"></main>
<script type="module" nonce="${nonce}" src="${uri(script)}"></script>
</body>
</html>`;
}

export function escapeAttribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
