import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CacheFolder } from '../../src/cache/cache-folder.js';
import { graphFrom, keepGraph, readKeptGraph } from '../../src/cache/kept-graph.js';
import { KeptScan } from '../../src/cache/kept-scan.js';
import { ScanCache } from '../../src/cache/scan-cache.js';
import { readProject } from '../../src/index.js';
import { type Files, makeProject, writeFiles } from '../support/project.js';

const CACHE = 'node_modules/.cache/mortar';

/** What each file may hold; nothing where it may be missing. */
const contents: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'src/a.ts': [
    "import { value, Shape } from './b.js';\nexport const a: Shape = value;\n",
    "\nimport { Shape } from './b.js';\nexport let a: Shape;\n",
    "import { passed } from './c.js';\nexport let a: typeof passed;\nexport const b = passed();\n",
    "import { value } from './c.js';\nimport './lost.js';\nimport extra from 'extra';\nexport { value, extra };\n",
    "import data from './data.json';\nexport { data };\n",
    "import { Placed } from './d.js';\nmodule.publishes(Placed);\nimport.meta.glob('./*.ts');\n",
    "import { Events, other } from './e.js';\nmodule.publishes(Events.Placed, Events.named);\nmodule.publishes(other);\n",
    "import { list } from './e.js';\nfor (const one of list) context.publish(one, {});\nlist.forEach(context.publish);\n",
    "import * as all from './d.js';\nfor (const one of Object.values(all)) context.publish(one, {});\ncontext.publish(chosen(), {});\n",
    "import { event, value } from './b.js';\nexport const Late = event(nameOf(), {});\ncontext.publish(value, {});\n",
    "import { d } from './c.js';\ncontext.publish(d.Placed, {});\nfor (const one of Object.values(d)) context.publish(one, {});\n",
  ],
  'src/b.ts': [
    'export const value = 1;\nexport type Shape = number;\n',
    'export const other = 1;\nexport const value = other;\nexport interface Shape {}\n',
    'export type value = 1;\nexport class Shape {}\n',
    'export const enum value { one }\nexport const Shape = 1;\n',
    undefined,
    "export { event } from 'mortar';\nexport const value = 1;\nexport type Shape = number;\n",
  ],
  'src/c.ts': [
    "export { value as passed, value } from './b.js';\n",
    "export * from './b.js';\nexport type passed = 1;\n",
    "export * from './a.js';\nexport * from './b.js';\n",
    'export const passed = () => 1;\n',
    "export * as d from './d.js';\nexport { list as passed } from './e.js';\n",
    'const broken = (;\n',
  ],
  'src/d.ts': [
    "import { event } from 'mortar';\nexport const Placed = event('shop.placed', {});\n",
    "\nimport { event } from 'mortar';\nexport const Placed = event('shop.placed', {});\n",
    "import { event } from 'mortar';\nexport const Placed = event('shop.sent', {});\n",
    "import { event } from './b.js';\nexport const Placed = event('shop.placed', {});\n",
    "declare module 'extra' {}\n",
    undefined,
  ],
  // Other names for a contract.
  'src/e.ts': [
    undefined,
    "import { Placed } from './d.js';\nexport const other = Placed;\nexport const Events = { Placed, named: other };\n",
    "import { Placed } from './c.js';\nexport const other = Placed;\nexport const Events = { Placed, named: other };\n",
    "import { Placed } from './d.js';\nexport const other = 1;\nexport const Events = { Placed, named: Placed };\n",
    "import { Placed } from './d.js';\nexport const other = Placed;\nexport const Events = { named: other };\n",
    "import { Placed } from './d.js';\nexport const list = [Placed];\nexport const other = list[0];\n",
    "import { Placed } from './c.js';\nexport const list = [Placed];\nexport const other = list[0];\n",
    "import * as all from './d.js';\nexport const list = Object.values(all);\nexport const other = all;\n",
  ],
  'src/lost.ts': [undefined, 'export {};\n'],
  'src/data.json': ['{}', undefined],
  'package.json': [
    '{ "dependencies": { "mortar": "1" } }',
    '{ "dependencies": { "mortar": "1", "extra": "1" } }',
    '{}',
  ],
  'tsconfig.json': [
    undefined,
    '{ "compilerOptions": { "verbatimModuleSyntax": true } }',
    '{ "extends": "./base.json" }',
  ],
  'base.json': [undefined, '{ "compilerOptions": { "isolatedModules": true } }'],
  'node_modules/extra/package.json': [undefined, '{}'],
  '.gitignore': [undefined, 'src/lost.ts\n'],
};
const paths = Object.keys(contents);
const step = fc
  .constantFrom(...paths)
  .chain((path) => fc.tuple(fc.constant(path), fc.nat({ max: (contents[path]?.length ?? 1) - 1 })));

/** What went wrong once, or might. */
const TOLD: [[string, number][]][] = [
  // A file that is no code goes.
  [
    [
      ['src/a.ts', 4],
      ['src/data.json', 1],
    ],
  ],
  // What a file calls a contract, and where it has it from.
  [
    [
      ['src/e.ts', 1],
      ['src/a.ts', 6],
      ['src/e.ts', 2],
      ['src/e.ts', 1],
      ['src/e.ts', 3],
      ['src/e.ts', 4],
    ],
  ],
  // What a contract is made with comes from elsewhere, and what stands there is another thing.
  [
    [
      ['src/a.ts', 5],
      ['src/d.ts', 3],
      ['src/b.ts', 5],
      ['src/b.ts', 1],
      ['src/d.ts', 0],
    ],
  ],
  // What is in a list, of a file or from elsewhere.
  [
    [
      ['src/e.ts', 5],
      ['src/a.ts', 7],
      ['src/e.ts', 6],
      ['src/c.ts', 0],
      ['src/e.ts', 7],
      ['src/d.ts', 2],
    ],
  ],
  // A package is installed.
  [
    [
      ['src/a.ts', 3],
      ['node_modules/extra/package.json', 1],
    ],
  ],
  // A file that is ignored comes.
  [
    [
      ['.gitignore', 1],
      ['src/a.ts', 3],
      ['src/lost.ts', 1],
    ],
  ],
];

describe('a graph that was kept', () => {
  it('is the one that reading anew gives, whatever has changed in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        const root = makeProject(first());
        mkdirSync(join(root, CACHE), { recursive: true });
        await plain(root, CACHE);
        for (const [path, choice] of steps) {
          put(root, path, contents[path]?.[choice]);
          expect(await plain(root, CACHE), `${path} as ${choice}`).toEqual(await plain(root));
        }
        expect(await plain(root, CACHE)).toEqual(await plain(root));
      }),
      {
        numRuns: 100,
        examples: TOLD,
      },
    );
  }, 120_000);

  it('is looked at again only where something has changed', async () => {
    const root = makeProject(first());
    mkdirSync(join(root, CACHE), { recursive: true });
    await plain(root, CACHE);
    const folder = new CacheFolder(join(root, CACHE), 'work-tree');
    const graph = readKeptGraph(folder.file('graph'));
    expect(graph).toBeDefined();
    if (graph === undefined) return;
    const state = graphFrom(graph);
    expect(state.files.map(({ file }) => file.path)).toEqual([
      'src/a.ts',
      'src/b.ts',
      'src/c.ts',
      'src/d.ts',
    ]);
    expect(state.files.map(({ edges }) => edges.length)).toEqual([1, 0, 1, 1]);
    const scans = keptScans(folder);
    expect(graphFrom(keepGraph(state, scans))).toEqual(state);
    const changed = new Set(['src/a.ts']);
    expect(graphFrom(keepGraph(state, scans, { graph, changed }))).toEqual(state);
  });

  it('does not depend on which name of a circle of exports is asked for first', async () => {
    const circle = {
      'a.ts': "export * from './b.js';\nexport * from './c.js';\n",
      'b.ts': "export * from './a.js';\n",
      'c.ts': 'export type T = 1;\n',
    };
    const uses = ["import { T } from './a.js';", "import { T } from './b.js';"].map(
      (line) => `${line}\nexport { T };\n`,
    );
    for (const [one, other] of [
      ['u.ts', 'v.ts'],
      ['v.ts', 'u.ts'],
    ] as const) {
      const root = makeProject({ ...circle, [one]: uses[0] ?? '', [other]: uses[1] ?? '' });
      const { edges } = await readProject(root);
      const kept = edges.filter(({ from, isTypeOnly }) => (from === one || from === other) && !isTypeOnly);
      expect(kept).toEqual([]);
    }
  });
});

describe('a scan that was kept', () => {
  it('is the same from its bytes', () => {
    const scan = {
      lines: 3,
      hasJsx: false,
      isModule: true,
      edges: [],
      exports: [{ name: 'größe', kind: 'value' as const }],
      calls: [],
      definitions: [],
      aliases: [],
      ambientModules: [],
      diagnostics: [],
    };
    const kept = KeptScan.of('key', scan);
    const again = KeptScan.from('key', kept.shape, () => kept.bytes);
    expect(again.scan).toEqual(scan);
    expect(again.bytes).toEqual(kept.bytes);
  });
});

function first(): Files {
  return Object.fromEntries(
    paths.flatMap((path) => (contents[path]?.[0] === undefined ? [] : [[path, contents[path][0]]])),
  );
}

function keptScans(folder: CacheFolder): ReadonlyMap<string, KeptScan> {
  const cache = new ScanCache(folder);
  return new Map(
    paths.flatMap((path) => {
      const scan = cache.byKey(path, cache.keyOf(path) ?? '', undefined);
      return scan === undefined ? [] : [[path, scan]];
    }),
  );
}

function put(root: string, path: string, content: string | undefined): void {
  if (content !== undefined) writeFiles(root, { [path]: content });
  else if (existsSync(join(root, path))) rmSync(join(root, path));
}

async function plain(root: string, cache?: string) {
  const { readText, ...graph } = await readProject(
    root,
    cache === undefined ? {} : { cache: join(root, cache) },
  );
  return graph;
}
