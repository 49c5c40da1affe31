import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentsIn, FOLLOWED, WALKTHROUGH } from '../scripts/readme/documents.mjs';
import { printedFaults, printedOf, printerIn } from '../scripts/readme/printed.mjs';
import { faults, samplesOf } from '../scripts/readme/samples.mjs';
import { importsOf } from './source/imports.js';
import { isTest, packageOf } from './source/place.js';
import { readRepository, root } from './source/repository.js';

// Each block of the documents is a region of an example's file, or what a program prints; the example is compiled with the
// strictest settings before the tests, and run here. So no block can be wrong without a test that fails. The page that a new
// user follows step by step is followed by a test of its own, `test/guide`, and so are the commands of the pages after it.
const documents = documentsIn(root);
const stories = documents.filter((path) => path !== WALKTHROUGH);
const sources = new Set(
  stories
    .flatMap((path) => samplesOf(read(path)).flatMap((sample) => sample.path ?? []))
    .filter((path) => !path.startsWith(FOLLOWED)),
);
const examples = new Set([...sources].filter((path) => !isTest(path)).map(packageOf));

describe.each(documents)('the samples of %s', (path) => {
  it('are what the examples say, to the letter', () => {
    expect(faults(read(path), read)).toEqual([]);
  });
});

describe('samples', () => {
  it('are in README.md and in the guide', () => {
    expect(documents.length).toBeGreaterThan(8);
    const withoutAny = documents.filter((path) => samplesOf(read(path)).length === 0);
    expect(withoutAny).toEqual(['docs/guide/6-boundaries.md', 'docs/guide/README.md']);
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
    const { references } = JSON.parse(read('tsconfig.json'));
    expect(references.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining([...examples, 'examples/00-getting-started']),
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

describe('what the documents say that programs print', () => {
  const printing = stories.filter((path) => printedOf(read(path)).length > 0);

  it('is the picture of the README, at least', () => {
    expect(printing).toContain('README.md');
  });

  it.each(printing)('%s: is what they print today', (path) => {
    expect(printedFaults(read(path), printerIn(root))).toEqual([]);
  });
});

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function runMain(example: string, ...args: string[]) {
  const main = join(root, example, 'dist', 'main.js');
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000 });
}
