import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lookUp } from '../../src/resolve/package-exports.js';
import { makeProject } from '../support/project.js';

const files = ['a.cjs', 'b.cjs', 'lib/a.cjs', 'lib/b.cjs', 'lib/inner/a.cjs'];
const conditions = new Set(['node', 'require', 'module-sync', 'node-addons']);
const target = fc.constantFrom(...files.map((file) => `./${file}`), null);
const pattern = fc.constantFrom('./lib/*.cjs', './lib/*', './*.cjs', './lib/inner/*.cjs', null);
const conditional = <T>(inner: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 3, arbitrary: inner },
    fc.dictionary(fc.constantFrom('node', 'import', 'require', 'default', 'browser'), inner, {
      minKeys: 1,
      maxKeys: 3,
    }),
    fc.record({
      node: fc.dictionary(fc.constantFrom('import', 'require'), inner, { minKeys: 1 }),
      default: inner,
    }),
  );
const map = fc.record(
  {
    '.': conditional(target),
    './a': conditional(target),
    './lib/b': conditional(target),
    './*': conditional(pattern),
    './lib/*': conditional(pattern),
    './lib/inner/*': conditional(pattern),
    './*.cjs': conditional(pattern),
  },
  { requiredKeys: [] },
);
const subpath = fc.constantFrom('', 'a', 'b', 'lib/a', 'lib/b', 'lib/inner/a', 'a.cjs', 'lib/a.cjs', 'x');

it('leads where Node leads', () => {
  fc.assert(
    fc.property(fc.oneof(map, conditional(target)), subpath, (exported, path) => {
      const root = makeProject({
        'node_modules/it/package.json': JSON.stringify({ name: 'it', exports: exported }),
        ...Object.fromEntries(files.map((file) => [`node_modules/it/${file}`, ''])),
      });
      const found =
        exported === null ? undefined : lookUp(exported, path === '' ? '.' : `./${path}`, conditions);
      const first = found?.kind === 'paths' ? found.paths[0] : undefined;
      const expected = byNode(root, path);
      if (expected === undefined && first !== undefined) expect(files).not.toContain(first.slice(2));
      else if (exported !== null) expect(first).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

it.each([
  [
    'a list, of which the first that is there counts',
    ['./src/a.ts', './a.cjs'],
    '.',
    ['./src/a.ts', './a.cjs'],
  ],
  ['imports', { '#a': './a.cjs', '#lib/*': './lib/*.cjs' }, '#lib/b', ['./lib/b.cjs']],
  ['a folder, as Node once had it', { './lib/': './src/lib/' }, './lib/x.js', ['./src/lib/x.js']],
  ['a star twice in the target', { './*': './lib/*/*.cjs' }, './x', ['./lib/x/x.cjs']],
  ['what looks like a replacement', { './*': './lib/*.cjs' }, './$&', ['./lib/$&.cjs']],
])('%s', (_, exported, path, paths) => {
  expect(lookUp(exported, path, conditions)).toEqual({ kind: 'paths', paths });
});

it('a map that is nested without end leads nowhere', () => {
  let nested: object = { default: './a.cjs' };
  for (let depth = 0; depth < 100; depth += 1) nested = { default: nested };
  expect(lookUp(JSON.parse(JSON.stringify(nested)), '.', conditions)).toEqual({ kind: 'missing' });
});

/** The path from the package's folder; undefined where Node refuses, or finds no file. */
function byNode(root: string, path: string): string | undefined {
  try {
    const file = createRequire(join(root, 'index.js')).resolve(path === '' ? 'it' : `it/${path}`);
    return `.${file.slice(join(root, 'node_modules/it').length)}`;
  } catch {
    return undefined;
  }
}
