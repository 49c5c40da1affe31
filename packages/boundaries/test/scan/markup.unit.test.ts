import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importsInMarkup } from '../../src/scan/markup.js';
import { scanFile } from '../../src/scan/scan-file.js';

/** What a component loads, each with its line and column. */
function loaded(path: string, text: string): string[] {
  const { edges, diagnostics } = scanFile(path, text, { withMessages: false, withDecoratorMetadata: false });
  expect(diagnostics).toEqual([]);
  return edges.map(({ kind, specifier, line, column, text: unread }) => {
    return `${line}:${column} ${kind} ${specifier ?? `? ${unread}`}`;
  });
}

describe('the markup of Vue', () => {
  it.each([
    ['<template><p>{{ import("./a.js") }}</p></template>', ['1:24 dynamicImport ./a.js']],
    ['<template>\n<p @click="import(\'./a.js\')" />\n</template>', ['2:19 dynamicImport ./a.js']],
    [`<template><p v-if='import("./a.js")' /></template>`, ['1:27 dynamicImport ./a.js']],
    [
      `<template><p :a="import('./a.js')" #b="import('./b.js')" /></template>`,
      ['1:25 dynamicImport ./a.js', '1:47 dynamicImport ./b.js'],
    ],
    [
      `<template><p @a="() => { import('./a.js'); import(name) }" /></template>`,
      ['1:33 dynamicImport ./a.js', '1:51 dynamicImport ? name'],
    ],
    [
      `<template><p>{{ import('./a.js') }}</p></template><script>import './b.js'</script>`,
      ['1:24 dynamicImport ./a.js', '1:66 sideEffectImport ./b.js'],
    ],
    [
      `<script setup lang="ts">import b from './b.js'; b;</script><template>{{ import('./a.js') }}</template>`,
      ['1:39 import ./b.js', '1:80 dynamicImport ./a.js'],
    ],
    [
      `<script setup lang="ts" generic="T extends import('./a.js').A">import './b.js'</script>`,
      ['1:51 typeImport ./a.js', '1:71 sideEffectImport ./b.js'],
    ],
    [
      `<script setup lang="ts"\n generic="T extends Map<import('./a.js').A,import('./b.js').B>, U">\nimport './c.js'</script>`,
      ['2:32 typeImport ./a.js', '2:51 typeImport ./b.js', '3:8 sideEffectImport ./c.js'],
    ],
    [
      `<script lang="ts" generic="T extends\nimport('./a.js').A,\nU extends Map<T,\nimport('./b.js').B>"></script>`,
      ['2:8 typeImport ./a.js', '4:8 typeImport ./b.js'],
    ],
    ['<template src="./a.html" />', ['1:15 sideEffectImport ./a.html']],
    ["<style lang='scss' scoped src='./a.scss' />", ['1:31 sideEffectImport ./a.scss']],
    ['<style\n  lang="scss"\n  src="./a.scss"\n/>', ['3:7 sideEffectImport ./a.scss']],
    ['<template src=".\\a.html"></template>', ['1:15 sideEffectImport ./a.html']],
    [
      '<template src="./a.html"/><style src="./b.css"/>',
      ['1:15 sideEffectImport ./a.html', '1:38 sideEffectImport ./b.css'],
    ],
  ])('%s', (text, expected) => expect(loaded('A.vue', text)).toEqual(expected));

  it.each([
    '<template><p>import("./a.js")</p></template>',
    '<template><p title="import(1)" /></template>',
    '<template><p :a="important(1)" :b="x.import(1)" /></template>',
    '<template><!-- {{ import("./a.js") }} --></template>',
    '<template><p :a="import(" /></template>',
    '<template><img src="./a.png" /></template>',
  ])('loads nothing: %s', (text) => expect(loaded('A.vue', text)).toEqual([]));
});

describe('the markup of Svelte', () => {
  it.each([
    ['{#await import("./a.js") then a}{a}{/await}', ['1:16 dynamicImport ./a.js']],
    [
      '<p on:click={() => { import("./a.js"); }}>{import("./b.js")}</p>',
      ['1:29 dynamicImport ./a.js', '1:51 dynamicImport ./b.js'],
    ],
    [
      '<script lang="ts">let a: string;</script>\n{@const b = import("./a.js")}',
      ['2:20 dynamicImport ./a.js'],
    ],
  ])('%s', (text, expected) => expect(loaded('A.svelte', text)).toEqual(expected));

  it.each(['import("./a.js")', '{a} import("./a.js") {b}', '}import("./a.js")', '<style src="./a.css" />'])(
    'loads nothing: %s',
    (text) => expect(loaded('A.svelte', text)).toEqual([]),
  );
});

const pieces = fc.array(
  fc
    .constantFrom(
      '{{',
      '}}',
      '{',
      '}',
      '(',
      ')',
      '"',
      "'",
      ' @a="',
      ' src="',
      '<style',
      '<template ',
      '>',
      '\n',
      'x',
      ' ',
    )
    .chain((piece) => fc.constantFrom(piece, `${piece}import('./a.js')`, `${piece}import(`)),
  { maxLength: 30 },
);

it('all stays where it was, whatever the markup', () => {
  fc.assert(
    fc.property(pieces, fc.constantFrom('A.vue', 'A.svelte'), (given, path) => {
      const markup = given.join('');
      const text = importsInMarkup(path, markup);
      expect(text).toHaveLength(markup.length);
      expect(text.split('\n').map(({ length }) => length)).toEqual(
        markup.split('\n').map(({ length }) => length),
      );
      // What a tag has for a source is text, and may look like anything.
      const calls = text.replaceAll(/import\s*"[^"]*"/g, (one) => ' '.repeat(one.length));
      for (const { index } of calls.matchAll(/import\s*\(/g))
        expect(markup.slice(index)).toMatch(/^import\s*\(/);
    }),
    { numRuns: 1_000 },
  );
});
