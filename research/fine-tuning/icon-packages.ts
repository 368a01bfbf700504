/** Icon packages from npm, installed with exact versions into an ignored folder. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve('out/research/fine-tuning/packages');
const LIST = path.resolve('research/fine-tuning/package.json');
/** Empty space at each side, in parts of the longer side, as the product draws icons. */
const MARGIN = 1 / 32;

interface IconJson {
  readonly icons: Readonly<Record<string, IconBody>>;
  readonly width?: number;
  readonly height?: number;
}

interface IconBody {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

/** One package in iconify's format. */
export class IconPackage {
  readonly #json: IconJson;

  constructor(readonly name: string) {
    const file = path.join(FOLDER, 'node_modules/@iconify-json', name, 'icons.json');
    this.#json = JSON.parse(readFileSync(file, 'utf8')) as IconJson;
  }

  get icons(): readonly string[] {
    return Object.keys(this.#json.icons);
  }

  has(icon: string): boolean {
    return icon in this.#json.icons;
  }

  /** A square SVG with a margin; `ink` stands for currentColor. */
  svg(icon: string, ink: string): string {
    const entry = this.#json.icons[icon];
    if (entry === undefined) throw new Error(`${this.name} has no icon ${icon}`);
    const width = entry.width ?? this.#json.width ?? 16;
    const height = entry.height ?? this.#json.height ?? width;
    const longer = Math.max(width, height);
    const side = longer * (1 + 2 * MARGIN);
    const box = [(entry.left ?? 0) - (side - width) / 2, (entry.top ?? 0) - (side - height) / 2, side, side];
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `viewBox="${box.join(' ')}" width="${side}" height="${side}">${entry.body.replaceAll('currentColor', ink)}</svg>`
    );
  }
}

/** Installs what research/fine-tuning/package.json lists, unless that was done before. No package runs code. */
export function installPackages(): void {
  const copy = path.join(FOLDER, 'package.json');
  const installed = path.join(FOLDER, 'node_modules');
  if (existsSync(installed) && existsSync(copy) && readFileSync(copy, 'utf8') === readFileSync(LIST, 'utf8')) return;
  mkdirSync(FOLDER, { recursive: true });
  copyFileSync(LIST, copy);
  const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`The icon packages could not be installed into ${FOLDER}.`);
}
