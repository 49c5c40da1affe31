import { describe, expect, it } from 'vitest';
import { checkFloors } from './architecture/areas.js';
import { floors } from './architecture/floors.js';
import { checkArchitecture } from './architecture/index.js';
import { parseFile } from './source/file.js';
import { type Manifest, readManifests, readRepository } from './source/repository.js';
import { listViolations } from './source/violation.js';

it('the repository is built as its decisions say', () => {
  expect(listViolations(checkArchitecture(readRepository(), readManifests()))).toEqual([]);
});

describe('cycles', () => {
  it('none stands at run time', () => {
    const files = {
      'scripts/a.ts': "import { b } from './b.js';",
      'scripts/b.ts': "\nexport { c } from './c.js';",
      'scripts/c.ts': "\n\nconst a = await import('./a.js');",
    };
    expect(check(files)).toEqual([
      'scripts/c.ts:3 cycle: scripts/a.ts → scripts/b.ts → scripts/c.ts → scripts/a.ts',
    ]);
  });

  it('two that share a file are two, and a file may not import itself', () => {
    const files = {
      'scripts/a.ts': "import './b.js';\nimport './c.js';",
      'scripts/b.ts': "import './a.js';",
      'scripts/c.ts': "import './a.js';\nimport './c.js';",
    };
    expect(check(files)).toEqual([
      'scripts/b.ts:1 cycle: scripts/a.ts → scripts/b.ts → scripts/a.ts',
      'scripts/c.ts:1 cycle: scripts/a.ts → scripts/c.ts → scripts/a.ts',
      'scripts/c.ts:2 cycle: scripts/c.ts → scripts/c.ts',
    ]);
  });

  it.each([
    "import type { B } from './b.js';",
    "export type { B } from './b.js';",
    "type B = import('./b.js').B;",
  ])('%s is no part of one', (text) => {
    expect(check({ 'scripts/a.ts': text, 'scripts/b.ts': "import './a.js';" })).toEqual([]);
  });

  it.each(["import { type B } from './b.js';", "export { type B } from './b.js';"])(
    '%s is: the compiler keeps the import and drops only the name',
    (text) => {
      expect(rulesOf({ 'scripts/a.ts': text, 'scripts/b.ts': "import './a.js';" })).toEqual(['cycle']);
    },
  );

  it('a diamond is none', () => {
    const files = {
      'scripts/a.ts': "import './b.js';\nimport './c.js';",
      'scripts/b.ts': "import './d.js';",
      'scripts/c.ts': "import './d.js';",
      'scripts/d.ts': '',
    };
    expect(check(files)).toEqual([]);
  });
});

describe('areas', () => {
  it('the table has no arrow that runs up, and no circle', () => {
    expect(checkFloors(floors)).toEqual([]);
  });

  it('a bad table is told what is wrong with it', () => {
    expect(checkFloors([{ errors: ['contracts'] }, { contracts: ['errors', 'nowhere'] }])).toEqual([
      'errors may not use contracts: it is not below it',
      'contracts may not use nowhere: it is not below it',
    ]);
    expect(checkFloors([{ a: ['b'], b: ['c'], c: ['b'] }])).toEqual([
      'b uses itself by way of its floor',
      'c uses itself by way of its floor',
    ]);
    expect(checkFloors([{ a: ['a', 'b'], b: [] }])).toEqual([]);
  });

  it.each([
    ['bus', '../delivery/index.js', 'delivery'],
    ['contracts', '../config/setting.js', 'config'],
    ['errors', '../contracts/index.js', 'contracts'],
    ['delivery', '../memory/index.js', 'memory'],
    ['modules', '../app.js', 'app'],
    ['telemetry', '../bus/index.js', 'bus'],
  ])('%s may not import %s', (area, specifier, used) => {
    const file = { [`packages/mortar/src/${area}/a.ts`]: `\nimport { a } from '${specifier}';` };
    expect(check(file)).toEqual([
      expect.stringMatching(`^packages/mortar/src/${area}/a.ts:2 area: ${area} may not use ${used}, only `),
    ]);
  });

  it('an import of types counts: it ties the areas together all the same', () => {
    const file = { 'packages/mortar/src/bus/a.ts': "import type { A } from '../delivery/index.js';" };
    expect(rulesOf(file)).toEqual(['area']);
  });

  it.each([
    ['bus', '../errors/check.js'],
    ['bus', './lanes.js'],
    ['bus', './internal/fifo.js'],
    ['memory', '../delivery/index.js'],
    ['modules', '../container/index.js'],
    ['config', '../contracts/index.js'],
  ])('%s may import %s', (area, specifier) => {
    expect(check({ [`packages/mortar/src/${area}/a.ts`]: `import { a } from '${specifier}';` })).toEqual([]);
  });

  it('the app may use the areas, and the entry the app', () => {
    const files = {
      'packages/mortar/src/app.ts': "import { a } from './bus/index.js';",
      'packages/mortar/src/index.ts': "export { a } from './app.js';",
    };
    expect(check(files)).toEqual([]);
    expect(rulesOf({ 'packages/mortar/src/app.ts': "import './index.js';" })).toEqual(['area']);
  });

  it('an area without a line in the table is a violation', () => {
    expect(check({ 'packages/mortar/src/stuff/a.ts': '' })).toEqual([
      'packages/mortar/src/stuff/a.ts:1 area: stuff has no line in the table of floors',
    ]);
  });
});

describe('internal folders', () => {
  it('are private to the folder they stand in', () => {
    const files = {
      'packages/mortar/src/memory/a.ts': "\nimport type { A } from '../delivery/internal/a.js';",
      'packages/mortar/src/delivery/a.ts': "import { a } from './internal/a.js';",
      'packages/mortar/src/delivery/internal/a.ts': "import { b } from './b.js';",
      'packages/mortar/src/delivery/part/a.ts': "import { b } from '../internal/b.js';",
    };
    expect(check(files)).toEqual([
      'packages/mortar/src/memory/a.ts:2 internal: packages/mortar/src/delivery/internal/a.ts is private to packages/mortar/src/delivery',
    ]);
  });

  it('are open to tests', () => {
    expect(
      check({ 'packages/mortar/test/bus/a.ts': "import { a } from '../../src/bus/internal/a.js';" }),
    ).toEqual([]);
  });
});

describe('packages', () => {
  it.each([
    ['packages/sqlite/src/a.ts', '../../mortar/src/index.js'],
    ['examples/01-shop/src/main.ts', '../../../packages/mortar/dist/index.js'],
    ['packages/mortar/test/a.unit.test.ts', '../../sqlite/src/index.js'],
    ['packages/sqlite/src/a.ts', '../../../scripts/a.js'],
  ])('%s may not reach %s by a path', (path, specifier) => {
    expect(rulesOf({ [path]: `export { a } from '${specifier}';` })).toEqual(['package-path']);
  });

  it.each([
    ['packages/sqlite/src/a.ts', 'mortar/bus', []],
    ['packages/sqlite/src/a.ts', 'node:fs', []],
    ['packages/sqlite/src/a.ts', 'better-sqlite3', []],
    ['packages/sqlite/src/a.ts', '@acme/driver/fast', []],
    ['packages/sqlite/src/a.ts', 'pino', ['undeclared']],
    ['packages/sqlite/src/a.ts', 'vitest', ['undeclared']],
    ['packages/sqlite/src/a.ts', 'tool', ['undeclared']],
    ['packages/sqlite/src/a.ts', '@mortar/sqlite', ['self-import']],
    ['packages/sqlite/test/a.unit.test.ts', '@mortar/sqlite', []],
    ['packages/sqlite/test/a.unit.test.ts', 'vitest', []],
    ['packages/sqlite/test/a.unit.test.ts', 'tool', []],
    ['packages/sqlite/test/a.unit.test.ts', 'pino', ['undeclared']],
  ])('%s imports %s: %j', (path, specifier, rules) => {
    expect(rulesOf({ [path]: `import type { A } from '${specifier}';` })).toEqual(rules);
    expect(rulesOf({ [path]: `const a = await import('${specifier}');` })).toEqual(rules);
  });
});

describe('modules of an example', () => {
  it.each([
    ['billing/module.ts', '../shop/contract.js', []],
    ['billing/module.ts', './charge.js', []],
    ['main.ts', './shop/module.js', []],
    ['billing/module.ts', '../shop/module.js', ['module-contract']],
    ['billing/inner/a.ts', '../../shop/order-book.js', ['module-contract']],
  ])('%s imports %s: %j', (path, specifier, rules) => {
    expect(rulesOf({ [`examples/01-shop/src/${path}`]: `import { a } from '${specifier}';` })).toEqual(rules);
  });
});

const manifests: ReadonlyMap<string, Manifest> = new Map([
  ['', { name: 'root', devDependencies: { vitest: '4' } }],
  ['packages/mortar', { name: 'mortar' }],
  [
    'packages/sqlite',
    {
      name: '@mortar/sqlite',
      dependencies: { '@acme/driver': '1' },
      peerDependencies: { mortar: '0' },
      optionalDependencies: { 'better-sqlite3': '12' },
      devDependencies: { tool: '1' },
    },
  ],
]);

function check(texts: Readonly<Record<string, string>>): string[] {
  const files = Object.entries(texts).map(([path, text]) => parseFile(path, text));
  return listViolations(checkArchitecture(files, manifests));
}

function rulesOf(texts: Readonly<Record<string, string>>): string[] {
  return check(texts).map((line) => / ([a-z-]+): /.exec(line)?.[1] ?? line);
}
