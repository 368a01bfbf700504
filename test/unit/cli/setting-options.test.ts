import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addSettings, typedSettings } from '../../../src/cli/setting-options';
import { DRAWING } from '../../../src/contract/drawing-settings';
import { namesWith } from '../../../src/contract/setting';
import { DISTILLATION, TRAINING } from '../../../src/contract/training-settings';

function typed(...args: string[]) {
  const command = addSettings(new Command().exitOverride().configureOutput({ writeErr: () => undefined }), DRAWING);
  return typedSettings(DRAWING, command.parse(args, { from: 'user' }).opts());
}

describe('options of declared settings', () => {
  it('are there for every setting that has one, with its help', () => {
    const help = addSettings(new Command(), DRAWING).helpInformation();
    for (const name of namesWith(DRAWING, 'terminal')) expect(help).toContain(DRAWING[name].terminal.flags);
    expect(help).toMatch(/--steps <n>\s+sampling steps \(default: what suits the\s+model\)/);
  });

  it('give the defaults, and nothing where something else decides', () => {
    const strengths = { strength: 0.6, likeStrength: 1 };
    const nothing = { negativePrompt: '', count: 1, ...strengths, format: 'png', device: 'auto', metadata: true };
    expect(typed()).toEqual(nothing);
  });

  it('are read under the names of the settings', () => {
    const values = typed(
      '--negative',
      'blur',
      '--guidance',
      '7.5',
      '--sampler',
      'ddim',
      '--no-metadata',
      '--clip-skip',
      '1',
    );
    expect(values).toMatchObject({
      negativePrompt: 'blur',
      guidance: 7.5,
      sampler: 'ddim',
      metadata: false,
      clipSkip: 1,
    });
  });

  it.each([
    [['--guidance', '101'], 'Expected a number from 0 to 100'],
    [['--strength', '0'], 'Expected a number above 0 and at most 1'],
    [['--count', '65'], 'Expected a whole number from 1 to 64'],
    [['--device', 'tpu'], 'Allowed choices are auto, cpu'],
  ])('%j is refused with what is expected', (args, message) => {
    expect(() => typed(...args)).toThrow(message);
  });

  it('name the defaults of a distillation', () => {
    const helpOf = (settings: typeof TRAINING | typeof DISTILLATION) =>
      addSettings(new Command(), settings).helpInformation();
    expect(helpOf(DISTILLATION)).toContain('(default: 1000)');
    expect(helpOf(DISTILLATION)).toContain('--batch <n>');
    expect(helpOf(TRAINING)).not.toContain('--batch');
  });
});
