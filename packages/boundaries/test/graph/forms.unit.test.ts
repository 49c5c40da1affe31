import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { lineOf, makeProject } from '../support/project.js';

/** A way to name another file, with the edges that it makes. Benchmarks run the same against other tools. */
interface Form {
  readonly name: string;
  /** The file that is meant. */
  readonly file: string;
  readonly files: Readonly<Record<string, string>>;
  readonly edges: readonly string[];
}

/** Those that load by other means than the language's own stand apart: peers know few of them. */
const forms: readonly Form[] = ['forms', 'loaders'].flatMap((name) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')),
);

it('there are enough of them, each with a name of its own', () => {
  expect(forms.length).toBeGreaterThanOrEqual(120);
  expect(new Set(forms.map(({ name }) => name)).size).toBe(forms.length);
});

it.each(forms)('$name', async ({ file, files, edges }) => {
  const graph = await readProject(makeProject(files));
  expect(graph.edges.filter(({ from }) => from === file).map(lineOf)).toEqual(edges);
  expect(graph.diagnostics).toEqual([]);
});
