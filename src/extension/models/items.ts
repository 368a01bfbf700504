/** The rows of the model chooser: what is here, and what can be had, each with what there is to know before it is chosen. */
import os from 'node:os';
import * as vscode from 'vscode';
import type { Catalog } from '../../catalog/catalog';
import type { PublishedModel } from '../../catalog/published';
import type { InstalledModel, StoreContents } from '../../contract/store-api';
import { printable } from '../../domain/printable';
import { fitOf, speedClass, weightBytesOf } from '../../product/model-choice';

export type Choice =
  /** '' is the built-in model. */
  | { readonly kind: 'use'; readonly name: string; readonly model?: InstalledModel }
  | { readonly kind: 'install'; readonly name: string }
  | { readonly kind: 'other' | 'search' | 'import' | 'remove' | 'clean' };

export interface ModelItem extends vscode.QuickPickItem {
  readonly choice?: Choice;
}

export function modelItems(catalog: Catalog, contents: StoreContents, current: string): ModelItem[] {
  const here = [...contents.models, ...contents.cached];
  const offered = catalog.published.filter(({ name }) => here.every((model) => model.name !== name));
  const usable = here.filter(({ kind }) => kind === 'model' || kind === 'file');
  return [
    separator(vscode.l10n.t('Installed')),
    {
      label: mark(current === '' || current === catalog.defaultId, catalog.defaultId),
      description: vscode.l10n.t('built-in model'),
      choice: { kind: 'use', name: '' },
    },
    ...usable.map((model) => installedItem(model, current)),
    separator(vscode.l10n.t('Can be installed')),
    ...offered.map(offeredItem),
    separator(vscode.l10n.t('More')),
    { label: vscode.l10n.t('$(search) Search the Hub …'), choice: { kind: 'search' } },
    { label: vscode.l10n.t('$(cloud-download) Install by Name …'), description: 'org/name', choice: { kind: 'other' } },
    { label: vscode.l10n.t('$(folder-opened) Import a Folder or File …'), choice: { kind: 'import' } },
    { label: vscode.l10n.t('$(trash) Remove a Model …'), choice: { kind: 'remove' } },
    {
      label: vscode.l10n.t('$(clear-all) Clean Up'),
      description: vscode.l10n.t(
        '{0} of float32 copies, {1} free',
        size(contents.copies.bytes),
        size(contents.freeBytes),
      ),
      choice: { kind: 'clean' },
    },
  ];
}

function separator(label: string): ModelItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function mark(isCurrent: boolean, name: string): string {
  return isCurrent ? `$(check) ${name}` : name;
}

export function installedItem(model: InstalledModel, current: string): ModelItem {
  const { name, bytes, license, weightBytes, problem, own, path } = model;
  const about = [size(bytes), license ?? '', fitText(weightBytes), problem ?? ''];
  return {
    label: mark(current === name, printable(name)),
    description: joined(about),
    ...(own ? {} : { detail: printable(path) }),
    choice: { kind: 'use', name, model },
  };
}

function offeredItem(model: PublishedModel): ModelItem {
  const weights = weightBytesOf(model);
  const speed = speedClass(model);
  return {
    label: `$(cloud-download) ${model.title}`,
    description: joined([
      model.license,
      speed === undefined ? '' : speedText(speed),
      weights === undefined ? '' : fitText(weights),
    ]),
    detail: model.name,
    choice: { kind: 'install', name: model.id },
  };
}

function joined(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .map(printable)
    .join(' · ');
}

function speedText(speed: NonNullable<ReturnType<typeof speedClass>>): string {
  return {
    fastest: vscode.l10n.t('fastest'),
    fast: vscode.l10n.t('fast'),
    medium: vscode.l10n.t('medium speed'),
    slow: vscode.l10n.t('slow'),
  }[speed];
}

export function fitText(weightBytes: number): string {
  return {
    fits: vscode.l10n.t('fits this machine'),
    tight: vscode.l10n.t('tight on this machine'),
    'too-large': vscode.l10n.t('too large for this machine'),
  }[fitOf(weightBytes, os.totalmem())];
}

export function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
