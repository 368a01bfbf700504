/** What `fourstep models` found, as text for people. */
import os from 'node:os';
import type { PublishedModel } from '../catalog/published';
import type {
  FreedSpace,
  InstalledModel,
  InstallResult,
  ModelPlan,
  SearchResult,
  StoreContents,
  VerifyResult,
} from '../contract/store-api';
import { printable } from '../domain/printable';
import { fitOf, memoryNeeded, speedClass, weightBytesOf } from '../product/model-choice';
import { bytesText } from './values';

export function tableText(rows: readonly (readonly string[])[]): string {
  const plain = rows.map((row) => row.map(printable));
  const widths = (plain[0] ?? []).map((_, column) => Math.max(...plain.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return plain.map((row) => `  ${line(row).trimEnd()}\n`).join('');
}

export function contentsText(
  builtIn: readonly string[],
  contents: StoreContents,
  published: readonly PublishedModel[],
): string {
  const { folder, models, cached, unfinished, copies, freeBytes } = contents;
  const used = models.filter(({ own }) => own).reduce((sum, { bytes }) => sum + bytes, 0);
  const here = [...models, ...cached];
  const offered = published.filter(({ name }) => here.every((model) => model.name !== name));
  return [
    `Installed\n`,
    tableText([...builtIn.map((id) => [id, 'built in']), ...here.map(installedRow)]),
    unfinished.length === 0 ? '' : `Begun, and not finished (installing again goes on from there)\n`,
    tableText(unfinished.map(({ name, bytes }) => [name, bytesText(bytes)])),
    offered.length === 0 ? '' : `Can be installed (fourstep models install <name>)\n`,
    tableText(offered.map(offeredRow)),
    `Disk\n`,
    tableText([
      ['models', bytesText(used), folder],
      ['float32 copies', bytesText(copies.bytes), copies.folder],
      ['free', bytesText(freeBytes), ''],
    ]),
  ].join('');
}

function installedRow({ name, kind, bytes, own, path, license = '', problem }: InstalledModel): string[] {
  const state = problem === undefined ? '' : `unusable: ${problem}`;
  return [name, kind, bytesText(bytes), license, own ? '' : path, state];
}

function offeredRow({ id, title, license, base, ...model }: PublishedModel): string[] {
  const weights = weightBytesOf(model);
  const memory = weights === undefined ? '' : `${bytesText(memoryNeeded(weights))}, ${fitText(weights)}`;
  return [id, title, license, speedClass(model) ?? '', memory, base === undefined ? '' : `for ${base}`];
}

function fitText(weights: number): string {
  const fits = { fits: 'fits here', tight: 'tight here', 'too-large': 'too large for this machine' };
  return fits[fitOf(weights, os.totalmem())];
}

export function foundText({ found, endpoint }: SearchResult): string {
  if (found.length === 0) return `Nothing with safetensors was found at ${endpoint}.\n`;
  return tableText([
    ['name', 'downloads', 'likes', 'licence'],
    ...found.map(({ name, downloads, likes, license = 'not stated', gated }) => [
      name,
      String(downloads),
      String(likes),
      `${license}${gated ? ', gated' : ''}`,
    ]),
  ]);
}

export function planText(plan: ModelPlan): string {
  const { name, endpoint, revision, license = 'not stated', licenseUrl, gated, files, bytes, missingBytes } = plan;
  const rest = missingBytes === bytes ? '' : `, of which ${bytesText(missingBytes)} are to be fetched`;
  const lines = [
    `${name} at ${endpoint}, revision ${revision.slice(0, 7)}`,
    `  licence  ${license}${gated ? ', to be accepted' : ''}, see ${licenseUrl}`,
    `  files    ${files.length}, ${bytesText(bytes)}${rest}`,
    `  memory   about ${bytesText(memoryNeeded(plan.weightBytes))}, ${fitText(plan.weightBytes)}`,
    ...(plan.installed ? ['  It is installed.'] : []),
    ...(plan.cachedAt === undefined ? [] : [`  All of it is in the hub's own cache, ${plan.cachedAt}`]),
  ];
  return `${lines.join('\n')}\n`;
}

export function installedText({ model, found }: InstallResult): string {
  const how = { store: ' was installed already', cache: " is used where the hub's own cache has it" };
  const what = found === undefined ? ' is installed and verified' : how[found];
  return `${model.name}${what}: ${model.path}\n${useText(model)}`;
}

function useText({ kind, name, path }: InstalledModel): string {
  if (kind === 'model' || kind === 'file') return `Draw with it: fourstep generate --model ${name} "a red rocket"\n`;
  return kind === 'lora' ? `Draw with it: fourstep generate --lora ${path} "a red rocket"\n` : '';
}

export function importedText(model: InstalledModel): string {
  const where = model.own ? 'copied into the store' : 'used where it lies';
  return `${model.name} is ${where}: ${model.path}\n${useText(model)}`;
}

export function verifiedText({ name, files, bytes, problems }: VerifyResult): string {
  if (problems.length === 0) return `${name}: all ${files} files (${bytesText(bytes)}) are as they were installed.\n`;
  const told = problems.map(({ path, problem }) => `  ${printable(path)}: ${problem}\n`).join('');
  return `${name} is damaged. Remove it and install it again.\n${told}`;
}

export function removedText(name: string, { bytes }: FreedSpace): string {
  return bytes === 0
    ? `${name} is no longer listed; its files stay where they lie.\n`
    : `${name} is removed; ${bytesText(bytes)} are free again.\n`;
}

export function cleanedText({ files, bytes }: FreedSpace): string {
  return files === 0
    ? 'There was nothing to clean up.\n'
    : `${files} files removed; ${bytesText(bytes)} are free again.\n`;
}
