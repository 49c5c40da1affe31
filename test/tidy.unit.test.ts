import { describe, expect, it } from 'vitest';
import { parseFile } from './source/file.js';
import { readRepository } from './source/repository.js';
import { listViolations } from './source/violation.js';
import { type Exception, exceptions } from './tidy/exceptions.js';
import { checkTidy } from './tidy/index.js';

// Reads everything, for which a machine that is busy with other tests takes more than a minute.
it('the repository is tidy', { timeout: 300_000 }, () => {
  expect(listViolations(checkTidy(readRepository(), exceptions))).toEqual([]);
});

describe('functions', () => {
  it('none is longer than 70 lines', () => {
    const files = { 'packages/shop/src/a.ts': `\nfunction f() {${'\n'.repeat(70)}}\n` };
    expect(check(files)).toEqual([
      'packages/shop/src/a.ts:2 function-length: function of 71 lines; at most 70',
      'packages/shop/src/a.ts:2 function-length: function of 71 lines; 95 % keep within 40, here only 0 of 1 do',
    ]);
    expect(check({ 'packages/shop/src/a.ts': manyShort(19) + functionOf(70) })).toEqual([]);
  });

  it('95 % are within 40 lines, and those that are not are named', () => {
    const longs = `${functionOf(41)}${functionOf(41)}`;
    expect(check({ 'packages/shop/src/a.ts': manyShort(38) + longs })).toEqual([]);
    expect(check({ 'packages/shop/src/a.ts': manyShort(37) + longs })).toEqual([
      'packages/shop/src/a.ts:38 function-length: function of 41 lines; 95 % keep within 40, here only 37 of 39 do',
      'packages/shop/src/a.ts:79 function-length: function of 41 lines; 95 % keep within 40, here only 37 of 39 do',
    ]);
  });

  it.each([
    ['an arrow function', `const f = () => {${'\n'.repeat(70)}};`],
    ['a method', `class A { f() {${'\n'.repeat(70)}} }`],
    ['a closure in a closure', `const g = () => () => {${'\n'.repeat(70)}};`],
  ])('%s counts', (_, text) => {
    expect(rulesOf({ 'packages/shop/src/a.ts': text })).toContain('function-length');
  });

  it('in tests the upper limit holds, except for the body of a describe', () => {
    const lines = '\n'.repeat(70);
    expect(check({ 'packages/shop/test/a.unit.test.ts': `it('works', () => {${lines}});` })).toEqual([
      'packages/shop/test/a.unit.test.ts:1 function-length: function of 71 lines; at most 70',
    ]);
    expect(
      check({ 'packages/shop/test/a.unit.test.ts': `it('works', () => {${'\n'.repeat(60)}});` }),
    ).toEqual([]);
    expect(check({ 'packages/shop/test/a.unit.test.ts': `describe('a', () => {${lines}});` })).toEqual([]);
    expect(
      check({ 'packages/shop/test/a.unit.test.ts': `describe.each([1])('a', () => {${lines}});` }),
    ).toEqual([]);
  });
});

describe('files and folders', () => {
  it('no file is longer than 600 lines', () => {
    const short = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`examples/${n}/src/main.ts`, '']));
    expect(check({ ...short, 'scripts/a.mjs': '\n'.repeat(601) })).toEqual([
      'scripts/a.mjs:1 file-length: file of 601 lines; at most 600',
    ]);
    expect(check({ ...short, 'scripts/a.mjs': '\n'.repeat(600) })).toEqual([]);
  });

  it('95 % are within 400 lines', () => {
    expect(check({ 'scripts/a.mjs': '\n'.repeat(401), 'scripts/b.mjs': '' })).toEqual([
      'scripts/a.mjs:1 file-length: file of 401 lines; 95 % keep within 400, here only 1 of 2 do',
    ]);
    expect(check({ 'scripts/a.mjs': '\n'.repeat(400), 'scripts/b.mjs': '' })).toEqual([]);
  });

  it('at most 12 files stand in a folder, subfolders apart', () => {
    const files = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`scripts/part/${n}.mjs`, '']));
    expect(check({ ...files(12), 'scripts/part/more/a.mjs': '' })).toEqual([]);
    expect(check(files(13))).toEqual(['scripts/part:1 folder-size: 13 files in one folder; at most 12']);
  });

  it.each([
    'util.ts',
    'string-utils.ts',
    'helpers/a.ts',
    'bus-manager.ts',
    'common/a.ts',
    'misc.ts',
    'store.impl.ts',
  ])('%s has a name that says nothing', (name) => {
    expect(rulesOf({ [`examples/01/src/${name}`]: '' })).toEqual(['file-name']);
  });

  it.each(['utility-bill.ts', 'commonwealth.ts', 'implementation-notes.ts', 'management.ts'])(
    '%s says enough',
    (name) => {
      expect(rulesOf({ [`examples/01/src/${name}`]: '' })).toEqual([]);
    },
  );

  it('a package has 1.2 lines of tests for each line of source; an example need not', () => {
    const source = { 'packages/shop/src/a.ts': '\n'.repeat(100), 'examples/01/src/a.ts': '\n'.repeat(50) };
    expect(checkAll({ ...source, 'packages/shop/test/a.unit.test.ts': '\n'.repeat(120) })).toEqual([]);
    expect(checkAll({ ...source, 'packages/shop/test/a.unit.test.ts': '\n'.repeat(119) })).toEqual([
      'packages:1 test-ratio: 119 lines of tests for 100 lines of source; at least 120',
    ]);
  });
});

describe('types', () => {
  it('at most 3 any stand in 1,000 lines of source', () => {
    const text = (count: number) => `${'type A = any;\n'.repeat(count)}${'\n'.repeat(1_000 - count)}`;
    expect(rulesOf(spread(text(3)))).toEqual([]);
    expect(check(spread(text(4)))).toContain(
      'packages/shop/src/a.ts:4 any: one of 4 in 1000 lines; at most 3 in 1,000',
    );
    expect(check(spread(text(4))).filter((line) => line.includes(' any: '))).toHaveLength(4);
    expect(rulesOf({ 'packages/shop/test/types.unit.test.ts': text(4) })).toEqual([
      'file-length',
      'file-length',
    ]);
  });

  it.each(['const a = b as string;', 'const a = <string>b;', 'const a = b!;'])('%s is a cast', (text) => {
    expect(rulesOf({ 'packages/shop/src/a.ts': text })).toEqual(['cast']);
    expect(rulesOf({ 'packages/shop/test/a.unit.test.ts': text })).toEqual([]);
  });

  it.each(['const a = [b] as const;', 'const a = <const>[b];', 'const a = b satisfies string;'])(
    '%s is none',
    (text) => {
      expect(rulesOf({ 'packages/shop/src/a.ts': text })).toEqual([]);
    },
  );

  it('at most 5 casts stand in 1,000 lines', () => {
    const text = (count: number) => `${'let a = b as C;\n'.repeat(count)}${'\n'.repeat(1_000 - count)}`;
    expect(rulesOf(spread(text(5)))).toEqual([]);
    expect(rulesOf(spread(text(6)))).toEqual(Array.from({ length: 6 }, () => 'cast'));
  });
});

describe('declarations', () => {
  it.each([
    ["export * from './b.js';", 'export-all'],
    ["export * as b from './b.js';", 'export-all'],
    ['export default 1;', 'default-export'],
    ['const a = 1; export { a as default };', 'default-export'],
    ['enum Color { Red }', 'enum'],
    ['interface IStore { readonly a: string }', 'interface-prefix'],
  ])('%s is refused', (text, rule) => {
    for (const path of ['packages/shop/src/a.ts', 'packages/shop/test/a.unit.test.ts', 'scripts/a.ts']) {
      expect(check({ [path]: `\n${text}` })).toEqual([expect.stringMatching(`^${path}:2 ${rule}: `)]);
    }
  });

  it('configuration files may have a default export', () => {
    expect(rulesOf({ 'packages/shop/vitest.config.ts': 'export default {};' })).toEqual([]);
  });

  it('names that begin with an I of their own are fine', () => {
    expect(rulesOf({ 'scripts/a.ts': 'interface Item {}\ninterface IOError {}\ninterface Id {}' })).toEqual(
      [],
    );
  });
});

describe('words', () => {
  it.each(['// TODO later', '/* FIXME */', '/**\n * TODO: a test\n */'])('%s puts work off', (text) => {
    expect(rulesOf({ 'scripts/a.mjs': text })).toEqual(['todo']);
  });

  it('a string may hold any word', () => {
    expect(rulesOf({ 'scripts/a.mjs': "const a = 'TODO';" })).toEqual([]);
  });

  it.each([
    "it.skip('a', () => {});",
    "describe.only('a', () => {});",
    "test.todo('a');",
    "it.skipIf(true)('a', () => {});",
    "it.concurrent.skip('a', () => {});",
    "// A comment that is further away.\n\nit.skip('a', () => {});",
  ])('%s gives no reason', (text) => {
    expect(rulesOf({ 'test/a.unit.test.ts': text })).toEqual(['skip']);
  });

  it.each([
    "// Needs a server, which is not here.\nit.skip('a', () => {});",
    "it.skipIf(isWindows)('a', () => {}); // Windows has no signals",
    'stream.skip(3);',
  ])('%s is fine', (text) => {
    expect(rulesOf({ 'test/a.unit.test.ts': text })).toEqual([]);
  });

  it('no package writes to the console; a script or an example may', () => {
    const text = "console.log('hello');";
    expect(rulesOf({ 'packages/shop/src/a.ts': text })).toEqual(['console']);
    expect(rulesOf({ 'examples/01/src/main.ts': text, 'scripts/a.mjs': text })).toEqual([]);
  });
});

describe('docstrings', () => {
  const index = (text: string) => ({ 'packages/shop/src/bus/index.ts': text });

  it('each symbol that an index exports has one where it is declared', () => {
    const bus =
      '/** A bus. */\nexport interface Bus {}\n\nexport function makeBus() {}\n// No docstring.\nexport const a = 1;';
    const files = {
      ...index("export { a as first, type Bus, makeBus } from './bus.js';"),
      'packages/shop/src/bus/bus.ts': bus,
    };
    expect(check(files)).toEqual([
      'packages/shop/src/bus/bus.ts:4 docstring: makeBus is exported by packages/shop/src/bus/index.ts and has none',
      'packages/shop/src/bus/bus.ts:6 docstring: first is exported by packages/shop/src/bus/index.ts and has none',
    ]);
  });

  it('re-exports and imports are followed', () => {
    const files = {
      ...index("import { a } from './middle.js';\nexport { a };"),
      'packages/shop/src/bus/middle.ts': "export { b as a } from './end.js';",
    };
    expect(rulesOf({ ...files, 'packages/shop/src/bus/end.ts': 'export const b = 1;' })).toEqual([
      'docstring',
    ]);
    expect(rulesOf({ ...files, 'packages/shop/src/bus/end.ts': '/** One. */\nexport const b = 1;' })).toEqual(
      [],
    );
  });

  it('one docstring serves all overloads, and what index.ts declares itself needs one too', () => {
    const overloads =
      'export function a(x: string): void;\n/** Does it. */\nexport function a(x: unknown) {}';
    expect(rulesOf(index(overloads))).toEqual([]);
    expect(rulesOf(index('export class A {}'))).toEqual(['docstring']);
  });

  it('what another package declares, and what no index exports, needs none', () => {
    expect(rulesOf(index("export type { Schema } from '@acme/schema';"))).toEqual([]);
    expect(rulesOf({ 'packages/shop/src/bus/bus.ts': 'export const a = 1;' })).toEqual([]);
  });
});

describe('exceptions', () => {
  const files = { 'packages/shop/src/a.ts': 'enum Color { Red }\nconsole.log(1);' };
  const exception: Exception = {
    rule: 'enum',
    path: 'packages/shop/src/a.ts',
    reason: 'The wire format is numeric.',
  };

  it('one covers its rule in its file only', () => {
    expect(check(files, [exception])).toEqual(['packages/shop/src/a.ts:2 console: use the logger']);
  });

  it('one that covers nothing is a violation', () => {
    const unused = { ...exception, rule: 'any' };
    expect(check(files, [exception, unused])).toContain(
      'packages/shop/src/a.ts:1 exception: the exception from any is not needed: remove it',
    );
  });

  it('one without a reason is a violation', () => {
    expect(check(files, [{ ...exception, reason: ' ' }])).toContain(
      'packages/shop/src/a.ts:1 exception: the exception from enum gives no reason',
    );
  });
});

type Texts = Readonly<Record<string, string>>;

function checkAll(texts: Texts, list: readonly Exception[] = []): string[] {
  return listViolations(
    checkTidy(
      Object.entries(texts).map(([path, text]) => parseFile(path, text)),
      list,
    ),
  );
}

/** The violations but for the ratio of tests, which every sample here would break. */
function check(texts: Texts, list: readonly Exception[] = []): string[] {
  return checkAll(texts, list).filter((line) => !line.includes(' test-ratio: '));
}

function rulesOf(texts: Texts): string[] {
  return check(texts).map((line) => / ([a-z-]+): /.exec(line)?.[1] ?? line);
}

/** The lines of a text over files that are short enough each. */
function spread(text: string): Texts {
  const lines = text.split('\n');
  return {
    'packages/shop/src/a.ts': `${lines.slice(0, 300).join('\n')}\n`,
    'packages/shop/src/b.ts': `${lines.slice(300, 600).join('\n')}\n`,
    'packages/shop/src/c.ts': lines.slice(600).join('\n'),
  };
}

function manyShort(count: number): string {
  return Array.from({ length: count }, (_, n) => `const f${n} = () => 1;\n`).join('');
}

function functionOf(lines: number): string {
  return `(() => {${'\n'.repeat(lines - 1)}})();\n`;
}
