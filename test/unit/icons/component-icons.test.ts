import { describe, expect, it } from 'vitest';
import { componentIcons } from '../../../src/icons/component-icons';
import { SkippedIcon } from '../../../src/domain/errors';
import { parseSvg } from '../../../src/icons/svg-tree';

/** It must be SVG, too. */
function readable(markup: string): string {
  parseSvg(markup);
  return markup;
}

/** The icons of a component as plain SVG, by name. */
function icons(source: string): Record<string, string> {
  const entries = componentIcons(source).map(({ name, markup }) => [name ?? '', readable(markup())] as const);
  return Object.fromEntries(entries);
}

function only(source: string): string {
  return Object.values(icons(source)).join('\n');
}

describe('an icon component', () => {
  it('in JSX gives SVG with SVG’s attribute names, colours as currentColor and defaults of properties', () => {
    const source = `
      import type { SVGProps } from 'react';
      export const IconArrowLeft = ({ size = 24, color = 'currentColor', weight = 1.5, ...props }: Props) => (
        <svg xmlns="http://www.w3.org/2000/svg" width={size} height={size} viewBox="0 0 24 24" fill="none"
          stroke={color} strokeWidth={weight} strokeLinecap="round" className={styles.icon} onClick={() => go('>')} {...props}>
          {/* the shaft */}
          {title ? <title id={titleId}>{title}</title> : null}
          <path d="M5 12h14" clipPath="url(#c)" />
          <path d={'M12 5 5 12'} fill={props.fill ?? '#ff0000'} fillRule="evenodd" strokeWidth={2}></path>
          <defs><clipPath id="c" clipPathUnits="userSpaceOnUse"><path d={\`M0 0\`} /></clipPath></defs>
        </svg>
      );`;
    expect(icons(source)).toEqual({
      IconArrowLeft:
        '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round">' +
        '<path d="M5 12h14" clip-path="url(#c)"/><path d="M12 5 5 12" fill="#ff0000" fill-rule="evenodd" stroke-width="2"></path>' +
        '<defs><clipPath id="c" clipPathUnits="userSpaceOnUse"><path d="M0 0"/></clipPath></defs></svg>',
    });
  });

  it('in Vue gives SVG without bindings', () => {
    const source = `<script setup>defineProps({ size: { default: 24 } });</script>
      <template>
        <svg :width="size" :height="size" viewBox="0 0 24 24" :class="{ spin }" @click="$emit('x')" v-bind="$attrs">
          <path :fill="color" d="M1 1" />
        </svg>
      </template>`;
    expect(only(source)).toBe('<svg viewBox="0 0 24 24"><path fill="currentColor" d="M1 1"/></svg>');
  });

  it('in Svelte gives SVG without shorthands and directives', () => {
    const source = `<script>export let size = 24; export let stroke = '#111';</script>
      <svg width={size} viewBox="0 0 24 24" {stroke} {...$$props} class:big on:click use:tip><path d="M1 1" stroke={stroke}/></svg>`;
    expect(only(source)).toBe('<svg viewBox="0 0 24 24"><path d="M1 1" stroke="#111"/></svg>');
  });

  it('keeps markers, transforms around a point, masks and style objects', () => {
    const source = `const A = () => <svg viewBox="0 0 1 1"><mask id="m" maskUnits="userSpaceOnUse" style={{ maskType: "alpha" }}><path d="M0 0"/></mask>
      <marker id="h" markerWidth="6" /><path markerEnd="url(#h)" transformOrigin="1 1" style={{ mixBlendMode: 'multiply', strokeWidth: 2, rx: 3 }} d="M1 1"/></svg>`;
    expect(only(source)).toBe(
      '<svg viewBox="0 0 1 1"><mask id="m" maskUnits="userSpaceOnUse" style="mask-type:alpha"><path d="M0 0"/></mask>' +
        '<marker id="h" markerWidth="6"/><path marker-end="url(#h)" transform-origin="1 1" style="mix-blend-mode:multiply;stroke-width:2;rx:3px" d="M1 1"/></svg>',
    );
  });

  it('in Svelte may have blocks that hold a title only', () => {
    const block = '{#if title}<title>{title}</title>{:else}<desc>x</desc>{/if}';
    expect(only(`<svg viewBox="0 0 1 1">${block}<path d="M1 1"/></svg>`)).toBe(
      '<svg viewBox="0 0 1 1"><path d="M1 1"/></svg>',
    );
  });

  it('may be one of several in a file', () => {
    const source = `
      export function Star() { return <svg viewBox="0 0 1 1"><path d="M1 1"/></svg>; }
      const Heart = () => <svg viewBox="0 0 1 1"><path d="M2 2"/></svg>;
      export const ICONS = { cloud: <svg viewBox="0 0 1 1"><path d="M3 3"/></svg>, 'arrow-up': (<svg viewBox="0 0 1 1"/>) };`;
    expect(Object.keys(icons(source))).toEqual(['Star', 'Heart', 'cloud', 'arrow-up']);
  });

  it('is none when the drawing is a part of a page', () => {
    const page = 'export function App() { return <main><button><svg viewBox="0 0 1 1"/></button></main>; }';
    expect(componentIcons(page)).toEqual([]);
    expect(componentIcons('export const a = 1;')).toEqual([]);
  });
});

describe('an icon component whose drawing depends on code is refused', () => {
  it.each([
    ['a path from a variable', '<svg viewBox="0 0 1 1"><path d={path}/></svg>', 'd={path}'],
    ['parts that are made in a loop', '<svg viewBox="0 0 1 1">{paths.map((d) => <path d={d}/>)}</svg>', '{paths.map'],
    ['parts that may be absent', '<svg viewBox="0 0 1 1">{on && <path d="M1 1"/>}</svg>', '{on &&'],
    ['children', '<svg viewBox="0 0 1 1">{children}</svg>', '{children}'],
    ['other components', '<svg viewBox="0 0 1 1"><Circle/></svg>', 'the component <Circle>'],
    ['a template with holes', '<svg viewBox="0 0 1 1"><path d={`M${x} 1`}/></svg>', 'd={`M${x} 1`}'],
    ['Vue conditions', '<svg viewBox="0 0 1 1"><path v-if="on" d="M1 1"/></svg>', 'v-if'],
    [
      'a style from a variable',
      '<svg viewBox="0 0 1 1"><path style={{ fill: color }}/></svg>',
      'style={{ fill: color }}',
    ],
    ['Svelte loops', '<svg viewBox="0 0 1 1">{#each paths as d}<path d={d}/>{/each}</svg>', '{#each paths as d}'],
    ['Svelte blocks', '<svg viewBox="0 0 1 1">{#if on}<path d="M1 1"/>{/if}</svg>', '{#if on}'],
  ])('%s', (_what, source, reason) => {
    expect(() => only(source)).toThrow(reason);
  });

  it.each(['<svg viewBox="0 0 1 1"><path', '<svg viewBox="0 0 1 1">{', '<svg a="x', '<svg viewBox=x></svg>', '<svg <'])(
    'markup that is broken: %s',
    (source) => {
      expect(() => only(source)).toThrow(/cannot be read|has no end|damaged/);
    },
  );
});

describe('a component made to be slow is done with in no time', () => {
  const MARKS = 60_000;
  const svg = (inside: string): string => `const A = () => <svg viewBox="0 0 1 1">${inside}`;
  it.each([
    ['strings without an end', svg(`{${'"\\'.repeat(MARKS)}`)],
    ['comments without an end', svg(`{${'/*'.repeat(MARKS)}`)],
    ['titles without an end', svg(`{${'<title'.repeat(MARKS / 4)}}</svg>`)],
    ['thousands of comments without an end', `=<svg><!--`.repeat(MARKS / 4)],
    ['thousands of components', 'const A=<svg>'.repeat(MARKS / 4)],
  ])('%s', { timeout: 5000 }, (_what, source) => {
    expect(() => only(source)).toThrow(SkippedIcon);
  });

  it('though an apostrophe without a partner hides no brace', () => {
    expect(only(svg(`{/* it isn't */}{title && "don't"}<path d="M1 1"/></svg>`))).toContain('<path d="M1 1"/>');
    expect(() => only(svg(`{it isn't {a}}<path d="M1 1"/></svg>`))).toThrow("{it isn't {a}}");
  });
});
