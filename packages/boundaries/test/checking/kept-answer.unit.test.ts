import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf } from '../../src/baseline/baseline.js';
import { CacheFolder } from '../../src/cache/cache-folder.js';
import { checkFolder, type FolderCheck, type FolderCheckOptions } from '../../src/checking/index.js';
import { checkProject, loadRules, readBaseline, readProject } from '../../src/index.js';
import { type Files, makeProject, writeFiles } from '../support/project.js';

const CACHE = 'node_modules/.cache/mortar';
const TODAY = '2026-06-01';
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

const contract = "import { event } from 'mortar';\nexport const Placed = event('orders.placed', {});\n";
const deep =
  "import { Order } from '../orders/internal/order.js';\nexport const bill = (order: Order) => order;\n";
const identity = { rule: 'contract-only', from: 'billing', to: 'orders', subject: 'cart' };
const mended = {
  key: keyOf(identity),
  ...identity,
  places: ['src/billing/cart.ts'],
  owner: 'us',
  reason: 'It was there.',
  expires: '2099-01-01',
};
const exception = { rule: 'contract-only', from: ['billing'], to: ['orders'], reason: 'Until then.' };

/** What each file may hold; nothing where it may be missing. */
const contents: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'package.json': ['{ "name": "shop", "dependencies": { "mortar": "1" } }', '{ "name": "shop" }'],
  'src/orders/contract.ts': [
    contract,
    `// The same.\n${contract}`,
    `${contract}export const helper = () => 1;\n`,
    `${contract}export { Order } from './internal/order.js';\n`,
  ],
  'src/orders/module.ts': [
    "import './contract.js';\n",
    "import './contract.js';\nmodule.publishes(Placed);\n",
  ],
  'src/orders/internal/order.ts': [
    'export class Order {}\n',
    'export interface Order {}\n',
    "import { bill } from '../../billing/bill.js';\nexport class Order { bill = bill; }\n",
    undefined,
  ],
  'src/billing/contract.ts': ['export interface Bill {}\n', undefined],
  'src/billing/module.ts': ["import './contract.js';\n"],
  'src/billing/bill.ts': [
    deep,
    // The place is the same, and the lines around it are others.
    deep.replace('export', '/* seen in frames */ export'),
    `\n${deep}`,
    `${deep}\n// longer\n`,
    "import { Placed } from '../orders/contract.js';\nexport const bill = () => Placed;\n",
    'const broken = (;\n',
  ],
  'src/billing/bill.test.ts': [undefined, deep],
  'mortar.config.json': [
    undefined,
    '{}',
    '{ "rules": { "contract-only": "warn" } }',
    '{ "baseline": "known.json" }',
    `{ "exceptions": [${JSON.stringify(exception)}] } // with a comment`,
    `// moved\r\n{ "exceptions": [/* twice */ ${JSON.stringify(exception)}, ${JSON.stringify(exception)}] }`,
    '{ "contracts": ["contract", "door"] }',
    '{ "contracts": ["contract",\n  "door"] }',
    `{ "exceptions": [${JSON.stringify({ ...exception, owner: 'us', expires: TODAY })}] }`,
    '{ "exclude": ["src/billing/bill.ts"] }',
  ],
  'mortar.baseline.json': [
    undefined,
    '{ "version": 1, "entries": [] }',
    `{ "version": 1, "entries": [${JSON.stringify(mended)}] }`,
    `{ "version": 1, "entries": [\n  ${JSON.stringify(mended)}] }`,
  ],
  'known.json': [undefined, '{ "version": 1, "entries": [] }'],
  'tsconfig.json': [undefined, '{ "compilerOptions": { "verbatimModuleSyntax": true } }'],
  'README.md': [undefined, 'More.'],
  '.gitignore': [undefined, 'src/billing/bill.ts\n'],
};
const paths = Object.keys(contents);
const step = fc
  .constantFrom(...paths)
  .chain((path) => fc.tuple(fc.constant(path), fc.nat({ max: (contents[path]?.length ?? 1) - 1 })));

describe('a kept answer', () => {
  it('is the one that a check without a cache gives, whatever has changed in between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(step, fc.constantFrom(TODAY, '2026-06-02'), fc.boolean()), {
          minLength: 2,
          maxLength: 10,
        }),
        async (steps) => {
          const root = kept(first());
          for (const [[path, choice], today, withBaseline] of steps) {
            put(root, path, contents[path]?.[choice]);
            const expected = await anew(root, { today, withBaseline });
            for (const _ of ['found', 'kept'])
              expect(await withCache(root, { today, withBaseline }), `${path} as ${choice}`).toEqual(
                expected,
              );
          }
        },
      ),
      { numRuns: 80 },
    );
  }, 240_000);

  it('is the same as rules find in the graph', async () => {
    const root = kept(first());
    const rules = await loadRules(root);
    const baseline = await readBaseline(root, rules);
    const graph = await readProject(root);
    const expected = checkProject(graph, rules, { baseline, today: TODAY });
    expect(expected.errors).toBeGreaterThan(0);
    for (const _ of ['found', 'kept']) {
      const { result, paths: read } = await withCache(root);
      expect(result).toEqual(JSON.parse(JSON.stringify(expected)));
      expect(read).toEqual([...graph.files.keys()]);
    }
  });

  it.each<readonly [string, (root: string) => void]>([
    ['nothing', () => undefined],
    ['the time of a file', (root) => utimesSync(join(root, 'src/billing/bill.ts'), LONG_AGO, LONG_AGO)],
    [
      'the inside of a file that no violation is in',
      (root) => put(root, 'src/orders/internal/order.ts', 'export class Order {}\n// More.\n'),
    ],
  ])('holds after a change of %s', async (_, change) => {
    const root = kept(first());
    await withCache(root);
    mark(root);
    change(root);
    expect(isMarked(await withCache(root))).toBe(true);
    // And what was found of the changed file is kept too.
    expect(isMarked(await withCache(root))).toBe(true);
  });

  it.each<readonly [string, (root: string) => void]>([
    [
      'the text around a violation',
      (root) => put(root, 'src/billing/bill.ts', contents['src/billing/bill.ts']?.[1]),
    ],
    [
      'the text of a contract',
      (root) => put(root, 'src/orders/contract.ts', contents['src/orders/contract.ts']?.[1]),
    ],
    [
      'an import',
      (root) => put(root, 'src/orders/internal/order.ts', contents['src/orders/internal/order.ts']?.[2]),
    ],
    ['an export', (root) => put(root, 'src/orders/internal/order.ts', 'export class Other {}\n')],
    ['the configuration', (root) => put(root, 'mortar.config.json', '{ "rules": {} }')],
    ['the baseline', (root) => put(root, 'mortar.baseline.json', '{ "version": 1, "entries": [] }')],
    [
      'a manifest',
      (root) => put(root, 'package.json', '{ "name": "store", "dependencies": { "mortar": "1" } }'),
    ],
    ['the compiler options', (root) => put(root, 'tsconfig.json', '{}')],
    ['the list of files', (root) => put(root, 'new.ts', '')],
    ['where a link leads', (root) => symlinkSync('src', join(root, 'link'))],
  ])('does not hold after a change of %s', async (_, change) => {
    const root = kept(first());
    await withCache(root);
    mark(root);
    change(root);
    expect(isMarked(await withCache(root))).toBe(false);
  });

  it('holds for one day, and with or without the baseline', async () => {
    const root = kept(first());
    await withCache(root);
    mark(root);
    expect(isMarked(await withCache(root, { today: '2026-06-02' }))).toBe(false);
    await withCache(root);
    mark(root);
    expect(isMarked(await withCache(root, { withBaseline: false }))).toBe(false);
  });

  it('a configuration that can no longer be read is told, not passed over', async () => {
    for (const path of ['mortar.config.json', 'mortar.baseline.json']) {
      const root = kept(first());
      await withCache(root);
      mkdirSync(join(root, path));
      await expect(withCache(root), path).rejects.toThrow('regular file');
      rmSync(join(root, path), { recursive: true });
      put(root, path, '{');
      await expect(withCache(root), path).rejects.toThrow('JSON');
    }
  });
});

/** A project with a cache, whose files were written long ago. */
function kept(files: Files): string {
  const root = makeProject(files);
  for (const path of Object.keys(files)) utimesSync(join(root, path), LONG_AGO, LONG_AGO);
  mkdirSync(join(root, CACHE), { recursive: true });
  return root;
}

function first(): Files {
  return Object.fromEntries(
    paths.flatMap((path) => (contents[path]?.[0] === undefined ? [] : [[path, contents[path][0]]])),
  );
}

function put(root: string, path: string, content: string | undefined): void {
  if (content !== undefined) writeFiles(root, { [path]: content });
  else if (existsSync(join(root, path))) rmSync(join(root, path));
}

/** As it is after it was written down. */
async function withCache(root: string, options: FolderCheckOptions = {}): Promise<FolderCheck> {
  const check = await checkFolder(root, { today: TODAY, cache: join(root, CACHE), ...options });
  return JSON.parse(JSON.stringify(check));
}

async function anew(root: string, options: FolderCheckOptions): Promise<FolderCheck> {
  return JSON.parse(JSON.stringify(await checkFolder(root, options)));
}

/** Writes something into the answer that no check would find: whoever reads it has taken the answer as it is kept. */
function mark(root: string): void {
  const file = new CacheFolder(join(root, CACHE), 'work-tree').file('answer');
  const answer = JSON.parse(file.read()?.toString('utf8') ?? '');
  const marked = { ...answer, result: { ...answer.result, edges: -1 } };
  expect(file.write([Buffer.from(JSON.stringify(marked))])).toBe(true);
}

function isMarked({ result }: FolderCheck): boolean {
  return result.edges === -1;
}
