import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type ProjectGraph, readProject } from '../../src/index.js';
import { type Files, lineOf, makeProject } from '../support/project.js';

/** What must not be waited for longer than this, on a busy machine. */
const LONGEST_MS = 20_000;
const MIB = 1_048_576;

interface Hostile {
  readonly name: string;
  readonly files: Files;
  readonly prepare?: (root: string) => void;
  /** Codes of diagnostics, each once. */
  readonly codes?: readonly string[];
  /** Edges of `a.ts`. */
  readonly edges?: readonly string[];
}

const harmless: Files = { 'a.ts': "import './b.js';\n", 'b.ts': '' };
const toB = '1:8 sideEffectImport ./b.js → b.ts {}';
const deep = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times);

const cases: readonly Hostile[] = [
  {
    name: 'tsconfig.json that extends itself',
    files: { ...harmless, 'tsconfig.json': '{ "extends": "./tsconfig.json" }' },
    codes: ['tsconfig-cycle'],
    edges: [toB],
  },
  {
    name: 'three tsconfig.json in a circle',
    files: {
      ...harmless,
      'tsconfig.json': '{ "extends": "./one.json" }',
      'one.json': '{ "extends": ["./two.json"] }',
      'two.json': '{ "extends": "./tsconfig.json" }',
    },
    codes: ['tsconfig-cycle'],
    edges: [toB],
  },
  {
    name: 'tsconfig.json that extends what is outside',
    files: { ...harmless, 'tsconfig.json': '{ "extends": "../../../../../../etc/passwd" }' },
    codes: ['outside-root'],
    edges: [toB],
  },
  {
    name: 'tsconfig.json that extends an absolute path',
    files: { ...harmless, 'tsconfig.json': '{ "extends": "/etc/passwd" }' },
    codes: ['outside-root'],
    edges: [toB],
  },
  {
    name: 'tsconfig.json that is a link out of the root',
    files: harmless,
    prepare: (root) => symlinkSync('/etc/passwd', join(root, 'tsconfig.json')),
    edges: [toB],
  },
  {
    name: 'forty tsconfig.json, each of which extends the next',
    files: {
      ...harmless,
      'tsconfig.json': '{ "extends": "./t0.json" }',
      ...Object.fromEntries(
        Array.from({ length: 40 }, (_, at) => [`t${at}.json`, `{ "extends": "./t${at + 1}.json" }`]),
      ),
    },
    codes: ['tsconfig-too-deep'],
    edges: [toB],
  },
  {
    name: 'paths that lead out of the root',
    files: {
      'a.ts': "import '@x/passwd';\n",
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@x/*": ["../../../../../etc/*"] } } }',
    },
    edges: ['1:8 sideEffectImport @x/passwd → unresolved {}'],
  },
  {
    name: 'an import that leads out of the root',
    files: { 'a.ts': "import '../../../../../../etc/passwd';\nimport '/etc/passwd';\n" },
    edges: [
      '1:8 sideEffectImport ../../../../../../etc/passwd → unresolved {}',
      '2:8 sideEffectImport /etc/passwd → unresolved {}',
    ],
  },
  {
    name: 'a link to its own folder',
    files: { 'a.ts': "import './loop/loop/b.js';\n", 'b.ts': '' },
    prepare: (root) => symlinkSync('.', join(root, 'loop')),
    edges: ['1:8 sideEffectImport ./loop/loop/b.js → b.ts {}'],
  },
  {
    name: 'two links to each other',
    files: { 'a.ts': "import './one/b.js';\n", 'b.ts': '' },
    prepare: (root) => {
      symlinkSync('two', join(root, 'one'));
      symlinkSync('one', join(root, 'two'));
    },
    edges: ['1:8 sideEffectImport ./one/b.js → unresolved {}'],
  },
  {
    name: 'a link to a folder outside',
    files: { 'a.ts': "import './out/secret.js';\n" },
    prepare: (root) => {
      const outside = mkdtempSync(join(tmpdir(), 'mortar-outside-'));
      onTestFinished(() => rmSync(outside, { recursive: true }));
      writeFileSync(join(outside, 'secret.ts'), 'export const secret = 1;\n');
      symlinkSync(outside, join(root, 'out'));
    },
    edges: ['1:8 sideEffectImport ./out/secret.js → unresolved {}'],
  },
  {
    name: 'a pipe with the name of a file of code, and of a configuration',
    files: { ...harmless, 'package.json': '{}' },
    prepare: (root) => {
      execFileSync('mkfifo', [join(root, 'pipe.ts'), join(root, 'tsconfig.json')]);
    },
    codes: ['configuration-unreadable'],
    edges: [toB],
  },
  {
    name: 'a package.json of 50 MiB',
    files: { ...harmless, 'package.json': Buffer.alloc(50 * MIB, ' ') },
    codes: ['configuration-unreadable'],
    edges: [toB],
  },
  {
    name: 'a package.json that is no JSON',
    files: { ...harmless, 'package.json': '{ "name": ' },
    codes: ['configuration-invalid'],
    edges: [toB],
  },
  {
    name: 'a package.json that is nested deep',
    files: { ...harmless, 'package.json': `{ "a": ${deep('[', ']', 100_000)} }` },
    codes: ['configuration-invalid'],
    edges: [toB],
  },
  {
    name: 'a package.json of nothing but other types',
    files: {
      ...harmless,
      'package.json': '{ "name": 1, "workspaces": { "packages": 7 }, "exports": [[[]]], "dependencies": [] }',
    },
    codes: ['workspace-unclear'],
    edges: [toB],
  },
  {
    name: '__proto__ as key of everything',
    files: {
      ...harmless,
      'package.json':
        '{ "__proto__": { "polluted": 1 }, "dependencies": { "__proto__": "1", "constructor": "1" }, "exports": { "__proto__": "./b.js" } }',
      'tsconfig.json':
        '{ "__proto__": { "polluted": 1 }, "compilerOptions": { "__proto__": {}, "paths": { "__proto__": ["./b.ts"] } }, }',
    },
    edges: [toB],
  },
  {
    name: 'imports that are called as what every object has',
    files: {
      'a.ts':
        "import 'constructor';\nimport '__proto__';\nimport 'toString';\nexport { hasOwnProperty } from './b.js';\n",
      'b.ts': 'export const __proto__ = 1;\n',
    },
    edges: [
      '1:8 sideEffectImport constructor → unresolved {}',
      '2:8 sideEffectImport __proto__ → unresolved {}',
      '3:8 sideEffectImport toString → unresolved {}',
      '4:32 reexport ./b.js → b.ts {hasOwnProperty}',
    ],
  },
  {
    name: 'hostile patterns of workspaces and of what is ignored',
    files: {
      ...harmless,
      'package.json': `{ "workspaces": ["${'**/a*'.repeat(200)}b", "{${'a,'.repeat(5_000)}}", "[", "../../../*"] }`,
      '.gitignore': `${'**/*a'.repeat(200)}b\n[\n!\n/\n${'{a,b}'.repeat(40)}\n`,
      [`${'a'.repeat(200)}/c.ts`]: '',
    },
    codes: ['workspace-unclear'],
    edges: [toB],
  },
  {
    name: 'a template that is never closed',
    files: { 'a.ts': "import './b.js';\nconst a = `${ import('./b.js') ", 'b.ts': '' },
    codes: ['syntax'],
    edges: [toB, '2:22 dynamicImport ./b.js → b.ts {*}'],
  },
  {
    name: 'a string, a comment and a regular expression that are never closed',
    files: {
      ...harmless,
      'c.ts': "const a = 'x\nconst b = 1;",
      'd.ts': 'const a = 1; /* x',
      'e.ts': 'const a = /[x',
    },
    codes: ['syntax'],
    edges: [toB],
  },
  {
    name: 'brackets that do not match',
    files: { ...harmless, 'c.ts': '})]>;import ./b.js', 'd.tsx': 'const a = <a><b></a></b>;' },
    codes: ['syntax'],
    edges: [toB],
  },
  {
    name: 'a byte order mark and CRLF',
    files: {
      'a.ts': "\ufeffimport {\r\n  b,\r\n} from './b.js';\r\nb;\r\n",
      'b.ts': 'export const b = 1;\r\n',
    },
    edges: ['3:8 import ./b.js → b.ts {b}'],
  },
  {
    name: 'lines that end with CR alone',
    files: { 'a.ts': "// one\rimport './b.js';\r", 'b.ts': '' },
    edges: ['2:8 sideEffectImport ./b.js → b.ts {}'],
  },
  {
    name: 'UTF-16',
    files: { 'a.ts': Buffer.from("\ufeffimport './b.js';\n", 'utf16le'), 'b.ts': '' },
    edges: [toB],
  },
  {
    name: 'what is no UTF-8',
    files: {
      'a.ts': Buffer.from([...Buffer.from("import './b.js'; // "), 0xff, 0xc0, 0x80, 10]),
      'b.ts': '',
    },
    codes: ['encoding'],
    edges: [toB],
  },
  {
    name: 'NUL and other controls in the code',
    files: { 'a.ts': "import './b.js';\n\0\u0001\u0007import './b\0.js';\n", 'b.ts': '' },
    edges: [toB, '2:11 sideEffectImport ./b\0.js → unresolved {}'],
  },
  {
    name: 'one line of 10 MiB',
    files: {
      'a.js': `import './b.js';${'a(1,"x",/y/g)/2;/*c*/'.repeat((10 * MIB) / 21)}`,
      'a.ts': '',
      'b.ts': '',
    },
    edges: [],
  },
  {
    name: '10 MiB of what begins a regular expression',
    files: { 'a.ts': `import './b.js';\n${'/['.repeat(5 * MIB)}`, 'b.ts': '' },
    codes: ['syntax'],
    edges: [toB],
  },
  {
    name: '10 MiB of tags that are never closed',
    files: {
      ...harmless,
      'c.tsx': `const a = ${'<T>('.repeat((10 * MIB) / 4)}`,
      'd.vue': '<script '.repeat(MIB),
    },
    codes: ['syntax'],
    edges: [toB],
  },
  {
    name: 'brackets 40,000 deep, which would end a parser',
    files: { 'a.ts': `import { b } from './b.js';\nexport const a = ${deep('(', ')', 40_000)};`, 'b.ts': '' },
    codes: ['too-deep'],
    edges: ['1:19 import ./b.js → b.ts {b}'],
  },
  {
    name: 'chains 100,000 long, which would end a parser',
    files: {
      'a.ts': `import { b } from './b.js';\nexport const a = ${'new '.repeat(100_000)}b;`,
      'b.ts': '',
      'c.ts': `import { b } from './b.js';\n${'if (a) {} else '.repeat(100_000)}{}`,
      'd.ts': `import { b } from './b.js';\nexport const a = b${'.c()'.repeat(100_000)};`,
    },
    codes: ['too-deep'],
    edges: ['1:19 import ./b.js → b.ts {b}'],
  },
  {
    name: 'names with characters that a shell would run',
    files: {
      'a.ts': "import './$(touch pwned).js';\nimport './`x`;&|.js';\n",
      '$(touch pwned).ts': '',
      '`x`;&|.ts': '',
      '-rf.ts': '',
      'line\nbreak.ts': '',
    },
    edges: [
      '1:8 sideEffectImport ./$(touch pwned).js → $(touch pwned).ts {}',
      '2:8 sideEffectImport ./`x`;&|.js → `x`;&|.ts {}',
    ],
  },
  {
    name: 'folders 300 deep',
    files: { ...harmless, [`${'d/'.repeat(300)}c.ts`]: '' },
    codes: ['too-deep'],
    edges: [toB],
  },
  {
    name: 'configurations that are code are not run',
    files: {
      ...harmless,
      'package.json': '{ "scripts": { "prepare": "touch pwned" } }',
      'mortar.config.js': "require('node:fs').writeFileSync('pwned', '');",
      'vite.config.ts': "import { writeFileSync } from 'node:fs';\nwriteFileSync('pwned', '');\n",
    },
    edges: [toB],
  },
];

it('there are enough of them', () => {
  expect(cases.length).toBeGreaterThanOrEqual(30);
});

it.each(cases)(
  '$name',
  async ({ files, prepare, codes = [], edges = [] }) => {
    const root = makeProject(files);
    prepare?.(root);
    const graph = await readProject(root);
    expect(codesOf(graph)).toEqual(codes);
    expect(graph.edges.filter(({ from }) => from === 'a.ts').map(lineOf)).toEqual(edges);
    expect(existsSync(join(root, 'pwned'))).toBe(false);
    expect({}).not.toHaveProperty('polluted');
  },
  LONGEST_MS,
);

const nests: readonly (readonly [open: string, close: string])[] = [
  ['publish(', ')'],
  ['app.publish(', ')'],
  ['publish([', '])'],
  ['on({ a: ', '})'],
  ['createRequire(', ')'],
  ['import.meta.glob([', '])'],
  ["jest.mock('b', () => ", ')'],
  ['vi.mock(import(', '))'],
  ['publish<A<', '>>()'],
];

it.each(nests)(
  'calls of %s in each other, deeper than any stack',
  async (open, close) => {
    for (const times of [1_000, 12_000]) {
      const code = `import { publish } from 'mortar';\nimport './b.js';\n${deep(open, close, times)};\n`;
      const own = '{ "dependencies": { "mortar": "1" } }';
      const { edges, diagnostics } = await readProject(
        makeProject({ ...harmless, 'package.json': own, 'a.ts': code }),
      );
      expect(edges.map(lineOf)).toContain('2:8 sideEffectImport ./b.js → b.ts {}');
      // What was not read to its end is told; what needs no stack was read.
      for (const { code: told } of diagnostics) expect(['too-deep', 'syntax']).toContain(told);
      expect(diagnostics.length > 0 || /mock/.test(open)).toBe(true);
    }
  },
  LONGEST_MS,
);

it('a repository whose settings run programs has none run, nor is anything outside of it read', async () => {
  const root = makeProject(harmless);
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: root, stdio: 'pipe' });
  git('init', '-q');
  git('add', '.');
  mkdirSync(join(root, 'hooks'));
  writeFileSync(join(root, 'hooks', 'run'), '#!/bin/sh\ntouch pwned\n', { mode: 0o755 });
  for (const name of ['core.fsmonitor', 'core.pager', 'filter.x.smudge', 'core.sshCommand']) {
    git('config', name, join(root, 'hooks', 'run'));
  }
  const graph = await readProject(root, { source: 'index' });
  expect(graph.edges.map(lineOf)).toEqual([toB]);
  expect(existsSync(join(root, 'pwned'))).toBe(false);
});

function codesOf({ diagnostics }: ProjectGraph): readonly string[] {
  return [...new Set(diagnostics.map(({ code }) => code))];
}
