/** The commands' results as text for people. */
import type { DevicesResult, ModelReport } from '../contract/worker-api';
import { SAMPLER_TITLES } from '../domain/choices';
import { printable } from '../domain/printable';
import type { PromptResult } from './generate';
import type { RecipeReport } from './picture';
import { bytesText } from './values';

export function generatedText({ variants }: PromptResult): string {
  return variants.map(({ path }) => `${path}\n`).join('');
}

export function devicesText({ devices }: DevicesResult): string {
  return devices
    .map(
      ({ device, status, reason }) =>
        `${device.padEnd(8)}${status}${reason === undefined ? '' : `: ${printable(reason)}`}\n`,
    )
    .join('');
}

export function modelText(report: ModelReport): string {
  const { defaultSize, sizeFactor, imageChannels, components } = report;
  const usable = report.sizeFactor > 0;
  const { drawing } = report;
  const lines = [
    report.path,
    `  class        ${report.className === '' ? 'not named' : report.className}`,
    ...(usable
      ? [
          `  kind         ${report.isLcm ? 'latent consistency model' : 'diffusion model'}`,
          ...(drawing === undefined
            ? []
            : [
                `  sampler      ${SAMPLER_TITLES[drawing.sampler]} (${drawing.scheduler}), ${drawing.steps} ${drawing.steps === 1 ? 'step' : 'steps'}, guidance ${drawing.guidance} by default`,
              ]),
          `  pictures     ${defaultSize.width}×${defaultSize.height} by default, multiples of ${sizeFactor}, ${imageChannels === 4 ? 'transparent' : 'opaque'}`,
          `  memory       about ${bytesText(report.memoryBytes)} for one picture of the default size`,
          `  SHA-256      ${report.sha256}`,
        ]
      : []),
    ...components.map(
      ({ name, className, parameters, bytes }) =>
        `  ${name.padEnd(13)}${className}, ${(parameters / 1e6).toFixed(1)} million parameters, ${bytesText(bytes)}`,
    ),
    ...problemsOf(report).map((problem) => `  problem      ${problem}`),
  ];
  return `${lines.join('\n')}\n`;
}

export function problemsOf({ problems, components }: ModelReport): readonly string[] {
  return [...problems, ...components.flatMap((component) => component.problems)];
}

export function recipeText({ recipe, parameters, rebuilt }: RecipeReport): string {
  const stored = recipe === undefined ? (parameters ?? '') : fieldsText({ ...recipe });
  const verdict =
    rebuilt === undefined
      ? ''
      : `Made again: ${rebuilt.verdict} (largest difference of a channel: ${rebuilt.maxDifference} of 255)${rebuilt.path === undefined ? '' : `\n${rebuilt.path}`}\n`;
  return `${stored.trimEnd()}\n${verdict}`;
}

function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(
      ([name, value]) => `${name.padEnd(16)}${typeof value === 'string' ? printable(value) : JSON.stringify(value)}\n`,
    )
    .join('');
}
