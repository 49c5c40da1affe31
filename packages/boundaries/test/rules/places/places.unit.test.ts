import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyOf } from '../../../src/baseline/baseline.js';
import { checkFolder } from '../../../src/checking/index.js';
import { format } from '../../../src/report/format.js';
import type { CheckResult, Violation } from '../../../src/rules/violation.js';
import { type Files, makeProject, writeFiles } from '../../support/project.js';

/** Stands before what a violation is about, and is taken out before anything is written. */
const MARK = '▶';
const CONFIG = 'mortar.config.json';
const TODAY = '2026-06-01';

const shop: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop", "dependencies": { "mortar": "1" } }\n',
  'src/orders/contract.ts':
    "import { event } from 'mortar';\nexport const Placed = event('orders.placed');\n",
  'src/orders/module.ts': "import { defineModule } from 'mortar';\nexport const orders = defineModule;\n",
  'src/billing/contract.ts': 'export interface Bill {}\n',
  'src/billing/module.ts':
    "import { Placed } from '../orders/contract.js';\nexport const billing = Placed;\n",
};

interface Case {
  readonly name: string;
  readonly rule: string;
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A configuration, and nothing else beside the shop. */
function ofConfig(name: string, rule: string, text: string): Case {
  return { name, rule, path: CONFIG, files: { [CONFIG]: text } };
}

const unused: readonly Case[] = [
  ['folders', '{\n  "modules": [\n    { "paths": ["src/*",\n      ▶"gone/*"] }\n  ]\n}\n'],
  [
    'the contract of a pattern',
    '{ "modules": [{ "paths": ["src/*"],\n "contract": ["contract.ts", ▶"door.ts"] }] }',
  ],
  [
    'a selector of tags',
    '{ "tags": [{ "select": ["shop"], "tags": [] },\n  { "select": [▶"gone"], "tags": [] }] }',
  ],
  ['a layer', '{ "layers": [{ "name": "all",\n  "order": [["orders"],\n    ["billing", ▶"gone"]] }] }'],
  ['who is granted', '{ "dependencies": [{ "from": [▶"gone"],\n "allow": [] }] }'],
  ['what is granted', '{ "dependencies": [{ "from": ["shop"],\n "allow": ["orders", ▶"gone"] }] }'],
  ['what is denied', '{ "dependencies": [{ "from": ["shop"],\n "deny": [▶"gone"] }] }'],
  ['who is granted packages', '{ "packages": [{ "from": [▶"gone"],\n "deny": ["pg"] }] }'],
  ['a package', '{ "packages": [{ "from": ["shop"],\n "allow": ["mortar",\n ▶"pg"] }] }'],
  ['a set', '{ "sets": {\n  ▶"all": ["orders"] } }'],
  ['what is left out', '{ "exclude": ["**/x/**",\n ▶"gone/**"] }'],
  ['tests', '{ "tests": ["**/x/**",\n ▶"gone/**"] }'],
  ['a contract', '{ "contracts": ["contract",\n ▶"door"] }'],
  ['a folder of a layer', '{ "hexagonal": {\n  "domain": [▶"core"] } }'],
  ['leaving out all', '{\n  "modules": [], ▶"exclude": ["**"]\n}'],
  ['tests that are all', '{\n  ▶"tests": ["**"]\n}'],
].map(([name = '', text = '']) => ofConfig(`unused: ${name}`, 'unused-rule', text));

const exception = '"rule": "contract-only", "reason": "Until then."';
const exceptions: readonly Case[] = [
  ofConfig(
    'an exception that covers nothing',
    'unused-exception',
    `{ "exceptions": [\n  ▶{ ${exception} } ] }`,
  ),
  ofConfig(
    'the one of several that has expired',
    'unused-exception',
    `{ "exceptions": [{ "rule": "unused-contract", "reason": "They come." },\n ▶{ ${exception}, "expires": "2026-01-01" }] }`,
  ),
];

const stale = { rule: 'contract-only', from: 'billing', to: 'orders', subject: 'book' };
const rest = { places: ['src/billing/bill.ts'], owner: 'us', reason: 'It was there.', expires: '2099-01-01' };
const entries = ['cart', 'book', 'list'].map((subject) => {
  const entry = JSON.stringify({ key: keyOf({ ...stale, subject }), ...stale, subject, ...rest });
  return subject === 'book' ? `${MARK}${entry}` : entry;
});
const bill =
  "import { cart } from '../orders/cart.js';\nimport { list } from '../orders/list.js';\ncart(list);\n";
const others: readonly Case[] = [
  {
    name: 'an entry of the baseline that is mended',
    rule: 'baseline-stale',
    path: 'mortar.baseline.json',
    files: {
      'mortar.baseline.json': `{ "version": 1, "entries": [\n  ${entries.join(',\n  ')}\n] }`,
      'src/billing/bill.ts': bill,
      'src/orders/cart.ts': 'export const cart = () => 1;\n',
      'src/orders/list.ts': 'export const list = 1;\n',
    },
  },
  {
    name: 'where an import is wanted that is not there',
    rule: 'required-dependency',
    path: 'src/billing/module.ts',
    files: {
      [CONFIG]: '{ "dependencies": [{ "from": ["billing"], "require": ["mortar"] }] }',
      'src/billing/module.ts': `/*\nimport nothing\n*/\n\n${MARK}${shop['src/billing/module.ts']}`,
    },
  },
  {
    name: 'a contract that nobody imports',
    rule: 'unused-contract',
    path: 'src/billing/contract.ts',
    files: { 'src/billing/contract.ts': '/*\nexport nothing\n*/\ntype A = 1;\n▶export type Bill = A;\n' },
  },
  {
    name: 'a manifest that is no JSON',
    rule: 'unread-file',
    path: 'lib/package.json',
    files: { 'lib/package.json': '{\n  "name": "lib",\n  "version"▶}\n' },
  },
  {
    name: 'a package that is named as another',
    rule: 'unread-file',
    path: 'lib/package.json',
    files: { 'lib/package.json': '{\n  "private": true, ▶"name": "shop" }\n' },
  },
  {
    name: 'compiler options that are not there',
    rule: 'unread-file',
    path: 'tsconfig.json',
    files: { 'base.json': '{}', 'tsconfig.json': '{\n  "extends": ["./base.json",\n ▶"./gone.json"] }\n' },
  },
  {
    name: 'compiler options outside of the root',
    rule: 'unread-file',
    path: 'tsconfig.json',
    files: { 'tsconfig.json': '{\n  "files": [],\n  ▶"extends": "../gone.json" }\n' },
  },
  {
    name: 'compiler options that extend themselves',
    rule: 'unread-file',
    path: 'tsconfig.json',
    files: { 'tsconfig.json': '{\n  "files": [],\n  ▶"extends": "./tsconfig.json" }\n' },
  },
  {
    name: 'a name that is written with an escape',
    rule: 'unread-file',
    path: 'src/orders/module.ts',
    files: {
      'src/orders/module.ts': "import { defineModule } from 'mortar';\n  export const ▶a\\u0062 = 1;\n",
    },
  },
];

/** What may stand around a configuration, and be written in. */
const disguises: readonly (readonly [name: string, disguise: (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['with CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['with a byte order mark', (text) => `\uFEFF${text}`],
  ['after comments', (text) => `// "exclude": 1\n/* {\n */ ${text}`],
  ['all at once', (text) => `\uFEFF${`/* é😀 */\n // [\n${text}`.replaceAll('\n', '\r\n')}`],
];

describe.each(disguises)('%s', (_, disguise) => {
  it.each([...unused, ...exceptions, ...others])('$name', async ({ rule, path, files }) => {
    const marked = disguise(files[path] ?? '');
    const { violations } = await checked({ ...shop, ...files, [path]: marked });
    const found = violations.filter((one) => one.rule === rule && one.path === path);
    expect(found.map(placeOf)).toEqual([placeOfMark(marked)]);
    const code = marked.slice(marked.indexOf(MARK) + 1).split(/\r?\n/)[0] ?? '';
    // Frames shorten what is long.
    expect(found.map(pointedAt)).toEqual([code.slice(0, pointedAt(found[0])?.length || 1)]);
  });
});

it('bytes that are no UTF-8', async () => {
  const content = Buffer.from([...Buffer.from('\n// '), 0xff, 0x0a]);
  const { violations } = await checked({ ...shop, 'src/a.ts': content });
  expect(violations.filter(({ rule }) => rule === 'unread-file').map(placeOf)).toEqual(['2:4']);
});

describe('what is not there', () => {
  it('a list that is only the default, is told at the start of the configuration', async () => {
    const { violations } = await checked({ 'package.json': '{}', 'fixtures/a.ts': '', [CONFIG]: '\n {}' });
    expect(violations.map((one) => `${one.rule} ${placeOf(one)}`)).toEqual(['unused-rule 2:2']);
  });
  it('an import in a file without any, is told at its start', async () => {
    const files = { ...shop, 'src/billing/module.ts': 'export const billing = 1;\n' };
    const config = '{ "dependencies": [{ "from": ["billing"], "require": ["mortar"] }] }';
    const { violations } = await checked({ ...files, [CONFIG]: config });
    expect(violations.filter(({ rule }) => rule === 'required-dependency').map(placeOf)).toEqual(['1:1']);
  });
});

describe.each([...unused.slice(0, 1), ...exceptions, ...others.slice(0, 3)])(
  '$name',
  ({ rule, path, files }) => {
    const moved = `// Another line.\n\n    ${files[path]}`;

    it('is found where it is after its file was edited, with what was kept from before', async () => {
      const root = makeProject(plain({ ...shop, ...files }));
      const cache = join(root, 'node_modules/.cache/mortar');
      mkdirSync(cache, { recursive: true });
      for (const text of [files[path] ?? '', moved, moved, `\n${moved}`]) {
        writeFiles(root, plain({ [path]: text }));
        const { result } = await checkFolder(root, { cache, today: TODAY });
        expect(of(result).map(placeOf)).toEqual([placeOfMark(text)]);
      }
    });

    it('has the same key wherever it is', async () => {
      const before = await checked({ ...shop, ...files });
      const after = await checked({ ...shop, ...files, [path]: moved });
      expect(of(after).map(({ key }) => key)).toEqual(of(before).map(({ key }) => key));
      expect(of(after).map(placeOf)).not.toEqual(of(before).map(placeOf));
    });

    it('is told with its place and its code in each format', async () => {
      const result = await checked({ ...shop, ...files });
      const one = { ...result, violations: of(result) };
      const [line = '', column = ''] = placeOfMark(files[path] ?? '').split(':');
      const code = pointedAt(of(result)[0]);
      const at = `${path}:${line}:${column}`;
      expect(format(one, 'pretty')).toContain(at);
      expect(format(one, 'pretty')).toContain(code);
      expect(format(one, 'junit')).toContain(at);
      expect(format(one, 'junit')).toContain(`&gt; ${line} |`);
      expect(format(one, 'markdown')).toContain(at);
      expect(format(one, 'github')).toContain(`file=${path},line=${line},col=${column},`);
      expect(JSON.parse(format(one, 'gitlab'))[0].location).toEqual({
        path,
        lines: { begin: Number(line), end: Number(line) },
      });
      const { region, contextRegion } = JSON.parse(format(one, 'sarif')).runs[0].results[0].locations[0]
        .physicalLocation;
      expect(region).toEqual({ startLine: Number(line), startColumn: Number(column) });
      if (contextRegion !== undefined) expect(contextRegion.snippet.text).toContain(code);
      expect(contextRegion === undefined).toBe(path === 'mortar.baseline.json');
      expect(JSON.parse(format(one, 'json')).violations[0]).toMatchObject({ line: Number(line) });
      expect(JSON.parse(format(one, 'json')).violations[0]).not.toHaveProperty('spot');
    });

    function of({ violations }: CheckResult): Violation[] {
      return violations.filter((one) => one.rule === rule && one.path === path);
    }
  },
);

it('ten thousand entries that are mended are told in no long time', async () => {
  const many = Array.from({ length: 9_000 }, (_, index) => {
    const subject = `book-${index}`;
    return { key: keyOf({ ...stale, subject }), ...stale, subject, ...rest };
  });
  const text = JSON.stringify({ version: 1, entries: many }, undefined, 2);
  const root = makeProject({ ...shop, 'mortar.baseline.json': text });
  const before = performance.now();
  const { result } = await checkFolder(root, { today: TODAY });
  expect(performance.now() - before).toBeLessThan(10_000);
  const told = result.violations.filter(({ rule }) => rule === 'baseline-stale');
  expect(told.map(({ line }) => line).sort((a, b) => a - b)).toEqual(many.map((_, index) => 4 + index * 13));
});

async function checked(files: Files): Promise<CheckResult> {
  return (await checkFolder(makeProject(plain(files)), { today: TODAY })).result;
}

function plain(files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? content.replace(MARK, '') : content,
    ]),
  );
}

function placeOf({ line, column }: Violation): string {
  return `${line}:${column}`;
}

/** As an editor counts, which shows no byte order mark. */
function placeOfMark(text: string): string {
  const before = text.replace(/^\uFEFF/, '').split(MARK)[0] ?? '';
  const lines = before.split(/\r?\n/);
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** The rest of the line at which a frame points. */
function pointedAt(violation: Violation | undefined): string | undefined {
  const { frame, line = 0 } = violation ?? {};
  return frame?.lines[line - frame.firstLine]?.slice(frame.column - 1);
}
