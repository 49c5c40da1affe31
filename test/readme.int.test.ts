import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faults, samplesOf } from '../scripts/readme/samples.mjs';
import { importsOf } from './source/imports.js';
import { isTest, packageOf } from './source/place.js';
import { readRepository, root } from './source/repository.js';

// Each block of README.md is a region of an example's file; the example is compiled with the strictest settings
// before the tests, and run here. So no block can be wrong without a test that fails.
const markdown = existsSync(join(root, 'README.md')) ? readFileSync(join(root, 'README.md'), 'utf8') : '';
const samples = samplesOf(markdown);
const sources = new Set(samples.flatMap(({ path }) => path ?? []));
const examples = new Set([...sources].filter((path) => !isTest(path)).map(packageOf));

describe('the samples of README.md', () => {
  it('are there', () => {
    expect(samples.length).toBeGreaterThan(0);
  });

  it('are what the examples say, to the letter', () => {
    expect(faults(markdown, (path) => readFileSync(join(root, path), 'utf8'))).toEqual([]);
  });

  it('stand in files that are run: by a test, or by the main program of their example', () => {
    const files = new Map(readRepository().map((file) => [file.path, file]));
    const run = new Set([...examples].map((example) => `${example}/src/main.ts`));
    for (const path of run) {
      const file = files.get(path);
      for (const { target } of file === undefined ? [] : importsOf(file))
        if (target !== undefined) run.add(target);
    }
    const notRun = [...sources].filter((path) => !run.has(path) && !/\.(unit|int|e2e)\.test\.ts$/.test(path));
    expect(notRun).toEqual([]);
  });

  it('stand in projects that are built', () => {
    const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
    expect(references.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining([...examples]),
    );
  });

  it.each([...examples])('run: %s ends well and prints what happened', (example) => {
    const { status, stdout, stderr } = runMain(example);
    expect(status, stderr).toBe(0);
    expect(stdout.trim()).not.toBe('');
  });

  it.each([...examples])('run: %s --json prints nothing but JSON', (example) => {
    const { status, stdout } = runMain(example, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  });
});

function runMain(example: string, ...args: string[]) {
  const main = join(root, example, 'dist', 'main.js');
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000 });
}
