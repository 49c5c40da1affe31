import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { scanFile, scanFileAside } from '../../src/scan/scan-file.js';
import { scanTask, scanTaskAside } from '../../src/scanning/scan-content.js';

const packages = fileURLToPath(new URL('../../..', import.meta.url));
const options = { withMessages: true, withDecoratorMetadata: false };
/** The tokens do not tell whether it is used as a value. */
const unsure = "import { N } from './n.js';\nexport const n: N = 1;\n";

it('what is compiled on another thread gives the same scan', async () => {
  const { files } = await readProject(packages);
  let compiled = 0;
  for (const path of files.keys()) {
    const text = readFileSync(`${packages}/${path}`, 'utf8');
    const scan = scanFileAside(path, text, options);
    if (scan instanceof Promise) compiled += 1;
    expect(await scan, path).toEqual(scanFile(path, text, options));
  }
  expect(compiled).toBeGreaterThan(100);
});

describe.each([
  ['a fault of syntax', 'a.ts', `${unsure}const = ;\n`, true],
  ['an export of what is imported', 'a.ts', `${unsure}export { N };\n`, true],
  ['a component', 'a.vue', `<script lang="ts">\n${unsure}</script>\n<template><N /></template>\n`, true],
  ['nothing to compile', 'a.ts', 'export const a = 1;\n', false],
  ['no code', 'a.css', 'a {}', false],
  ['code that is nested too deep for the stack of any thread', 'a.ts', nested(600), false],
  ['code that is nested too deep to be parsed', 'a.ts', nested(4_000), false],
])('%s', (_, path, text, isAside) => {
  it('is scanned the same', async () => {
    const scan = scanFileAside(path, text, options);
    expect(scan instanceof Promise).toBe(isAside);
    expect(await scan).toEqual(scanFile(path, text, options));
  });
});

it('bytes that are written over afterwards do no harm, and those that are no UTF-8 are told', async () => {
  const content = Buffer.from(`${unsure}// \u00ff`, 'latin1');
  const marking = { isKept: true, nowMs: Date.now() };
  const expected = scanTask({ path: 'a.ts', options }, content, undefined, marking);
  const found = scanTaskAside({ path: 'a.ts', options }, content, undefined, marking);
  content.fill(0);
  expect(await found).toEqual(expected);
  expect(expected.scan?.diagnostics.map(({ code }) => code)).toEqual(['encoding']);
});

function nested(levels: number): string {
  return `${unsure}export const a = ${'['.repeat(levels)}${']'.repeat(levels)};\n`;
}
