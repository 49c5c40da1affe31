import { describe, expect, it } from 'vitest';
import { found, from, judge, places } from './judged.js';

const app = {
  name: '@x/app',
  folder: 'apps/app',
  entries: ['apps/app/src/main.ts'],
  dependencies: { '@x/ui': 'dependencies' },
} as const;
const ui = { name: '@x/ui', folder: 'packages/ui', entries: ['packages/ui/src/index.ts'] };
const root = { name: 'root', folder: '.' };
const modules = [
  'a/orders/contract.ts',
  'a/orders/module.ts',
  'a/orders/order-book.ts',
  'a/billing/contract.ts',
  'a/billing/module.ts',
  'a/billing/ledger.ts',
];

describe('contract-only', () => {
  it.each([
    ['a/billing/ledger.ts', 'a/orders/contract.ts', []],
    ['a/billing/ledger.ts', 'a/orders/order-book.ts', ['a/billing/ledger.ts:1']],
    ['a/billing/ledger.ts', 'a/orders/module.ts', ['a/billing/ledger.ts:1']],
    ['a/orders/module.ts', 'a/orders/order-book.ts', []],
    ['a/main.ts', 'a/orders/module.ts', []],
    ['a/main.ts', 'a/orders/order-book.ts', ['a/main.ts:1']],
    ['a/main.test.ts', 'a/orders/order-book.ts', []],
    ['a/billing/ledger.test.ts', 'a/orders/order-book.ts', ['a/billing/ledger.test.ts:1']],
    ['a/orders/order-book.ts', 'a/main.ts', []],
  ])('%s imports %s: %j', (path, to, expected) => {
    expect(places(found('contract-only', { files: modules, imports: [from(path, to)] }))).toEqual(expected);
  });

  it('tells both sides, why, and the port to use instead', () => {
    const [violation] = found('contract-only', {
      files: modules,
      definitions: [
        { kind: 'event', name: 'orders.order-placed', path: 'a/orders/contract.ts' },
        { kind: 'port', name: 'orders.prices', path: 'a/orders/contract.ts' },
      ],
      imports: [
        from('a/billing/ledger.ts', 'a/orders/order-book.ts', { line: 7, column: 3, names: ['OrderBook'] }),
      ],
    });
    expect(violation).toMatchObject({
      severity: 'error',
      path: 'a/billing/ledger.ts',
      line: 7,
      column: 3,
      kind: 'import',
      from: 'a/billing',
      to: 'a/orders',
      target: 'a/orders/order-book.ts',
      message:
        'a/billing reaches into a/orders, past its a/orders/contract.ts: a/orders/order-book.ts is internal to it.',
      route:
        'Use what a/orders/contract.ts offers: the port Prices and the event OrderPlaced. If that is not enough, add a port or an event there.',
    });
    expect(violation?.why).not.toBe('');
  });

  it('names the door where it exports what is wanted already', () => {
    const given = {
      files: modules,
      definitions: [{ kind: 'event', name: 'orders.order-placed', path: 'a/orders/contract.ts' }] as const,
      imports: [from('a/billing/ledger.ts', 'a/orders/order-book.ts', { names: ['OrderPlaced'] })],
    };
    expect(found('contract-only', given)[0]?.route).toBe(
      'Import OrderPlaced from a/orders/contract.ts, which exports it already.',
    );
  });

  it('a module without a contract is told to get one', () => {
    const given = {
      files: ['a/orders/module.ts'],
      imports: [from('a/orders/module.ts', 'npm:mortar'), from('a/billing/x.ts', 'a/orders/order-book.ts')],
    };
    expect(found('contract-only', given)[0]?.message).toContain('which has no contract');
  });

  it('a module inside another is reached from outside through the outer one alone', () => {
    const files = [
      ...modules,
      'a/orders/pricing/contract.ts',
      'a/orders/pricing/module.ts',
      'a/orders/pricing/rates.ts',
    ];
    const outside = { files, imports: [from('a/billing/ledger.ts', 'a/orders/pricing/contract.ts')] };
    expect(found('contract-only', outside).map(({ to }) => to)).toEqual(['a/orders']);
    const inside = {
      files,
      imports: [
        from('a/orders/order-book.ts', 'a/orders/pricing/contract.ts'),
        from('a/orders/order-book.ts', 'a/orders/pricing/rates.ts'),
      ],
    };
    expect(found('contract-only', inside).map(({ to, target }) => `${to} ${target}`)).toEqual([
      'a/orders/pricing a/orders/pricing/rates.ts',
    ]);
    const outward = { files, imports: [from('a/orders/pricing/rates.ts', 'a/orders/order-book.ts')] };
    expect(found('contract-only', outward)).toEqual([]);
  });

  it('counts types, re-exports and dynamic imports alike', () => {
    const imports = (['import', 'reexport', 'dynamicImport', 'typeImport', 'require', 'mock'] as const).map(
      (kind, index) =>
        from('a/billing/ledger.ts', 'a/orders/order-book.ts', {
          kind,
          line: index + 1,
          isTypeOnly: kind === 'typeImport',
        }),
    );
    expect(found('contract-only', { files: modules, imports })).toHaveLength(6);
  });

  it('what a package exports may lie in a module', () => {
    const given = {
      packages: [app, { ...ui, entries: ['packages/ui/src/orders/order-book.ts'] }],
      files: ['packages/ui/src/orders/contract.ts', 'packages/ui/src/orders/module.ts'],
      imports: [from('apps/app/src/main.ts', 'packages/ui/src/orders/order-book.ts', { specifier: '@x/ui' })],
    };
    expect(judge(given).violations.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('modules are found by their files', () => {
  const reach = (files: readonly string[], more: object = {}): string[] =>
    found('contract-only', { files, imports: [from('a/main.ts', 'a/orders/order-book.ts')], ...more }).map(
      ({ to }) => to,
    );

  it('a contract beside a module.ts', () =>
    expect(reach(['a/orders/contract.ts', 'a/orders/module.ts'])).toEqual(['a/orders']));
  it('a contract that defines messages', () => {
    const definitions = [{ kind: 'event', name: 'orders.a', path: 'a/orders/contract.ts' }] as const;
    expect(reach(['a/orders/contract.ts'], { definitions })).toEqual(['a/orders']);
  });
  it('contracts in folders beside each other', () =>
    expect(reach(['a/orders/contract.ts', 'a/billing/contract.ts'])).toEqual(['a/orders']));
  it('a folder contract/ with an index', () => {
    const files = ['a/orders/contract/index.ts', 'a/orders/module.ts'];
    const imports = [
      from('a/main.ts', 'a/orders/order-book.ts'),
      from('a/main.ts', 'a/orders/module.ts'),
      from('a/orders/module.ts', 'npm:mortar'),
      from('a/main.ts', 'a/orders/contract/index.ts', { line: 2 }),
    ];
    expect(places(found('contract-only', { files, imports }))).toEqual(['a/main.ts:1']);
  });
  it('not a lone file that is named contract', () => expect(reach(['a/orders/contract.ts'])).toEqual([]));
  it('not a module.ts that knows nothing of Mortar', () => expect(reach(['a/orders/module.ts'])).toEqual([]));
  it('nothing where the configuration says so', () => {
    const given = { files: modules, imports: [from('a/main.ts', 'a/orders/order-book.ts')] };
    expect(found('contract-only', given, { discover: false })).toEqual([]);
  });
});

describe('package-exports', () => {
  const reach = (
    path: string,
    to: string,
    specifier: string,
    packages: readonly object[] = [root, app, ui],
  ): string[] =>
    found('package-exports', { packages: packages as never, imports: [from(path, to, { specifier })] }).map(
      ({ message }) => message,
    );

  it('the exported file by name is the door', () => {
    expect(reach('apps/app/src/main.ts', 'packages/ui/src/index.ts', '@x/ui')).toEqual([]);
  });
  it('a file that is not exported is none, even where TypeScript finds it', () => {
    expect(reach('apps/app/src/main.ts', 'packages/ui/src/button.ts', '@x/ui/src/button')).toEqual([
      '@x/app imports packages/ui/src/button.ts of the package @x/ui, which does not export it.',
    ]);
  });
  it('a path goes around the door, even to the file that is exported', () => {
    expect(
      reach('apps/app/src/main.ts', 'packages/ui/src/index.ts', '../../../packages/ui/src/index.js'),
    ).toEqual([
      '@x/app reaches into the package @x/ui by the path ../../../packages/ui/src/index.js, not by its name.',
    ]);
  });
  it('what stands in the root may enter packages by path', () => {
    expect(reach('scripts/build.ts', 'packages/ui/src/button.ts', '../packages/ui/src/button.js')).toEqual(
      [],
    );
  });
  it('a package does not reach into the root’s own files by breaking a boundary', () => {
    expect(reach('packages/ui/src/index.ts', 'scripts/build.ts', '../../../scripts/build.js')).toEqual([]);
  });
  it('without exports, the main file is the door unless all is said to be open', () => {
    const closed = { ...ui, hasExports: false };
    const imports = [
      from('apps/app/src/main.ts', 'packages/ui/src/button.ts', { specifier: '@x/ui/src/button' }),
    ];
    expect(found('package-exports', { packages: [app, closed], imports })).toHaveLength(1);
    expect(
      found(
        'package-exports',
        { packages: [app, closed], imports },
        { rules: { 'package-exports': { withoutExports: 'open' } } },
      ),
    ).toEqual([]);
    expect(found('package-exports', { packages: [app, { ...closed, entries: [] }], imports })).toEqual([]);
  });
  it('an import within a package by its own name is none of its business', () => {
    expect(reach('packages/ui/src/button.ts', 'packages/ui/src/theme.ts', '@x/ui/src/theme')).toEqual([]);
  });
});

describe('private-folder', () => {
  it.each([
    ['packages/ui/src/a.ts', []],
    ['packages/ui/src/part/a.ts', []],
    ['packages/ui/src/internal/b.ts', []],
    ['packages/ui/lib/a.ts', ['packages/ui/lib/a.ts:1']],
    ['packages/ui/lib/a.test.ts', []],
  ])('%s imports packages/ui/src/internal/a.ts: %j', (path, expected) => {
    expect(
      places(found('private-folder', { imports: [from(path, 'packages/ui/src/internal/a.ts')] })),
    ).toEqual(expected);
  });

  it('is off unless switched on', () => {
    expect(judge({ imports: [from('lib/a.ts', 'src/internal/a.ts')] }).violations).toEqual([]);
  });
});

describe('self-import', () => {
  it.each([
    ['@x/ui', 1],
    ['@x/ui/button', 1],
    ['./button.js', 0],
    ['@x/ui-kit', 0],
  ])('%s: %i', (specifier, count) => {
    const given = {
      packages: [ui],
      imports: [from('packages/ui/src/a.ts', 'packages/ui/src/b.ts', { specifier })],
    };
    expect(found('self-import', given)).toHaveLength(count);
  });
});

describe('undeclared-dependency', () => {
  const lib = {
    name: '@x/lib',
    folder: 'packages/lib',
    dependencies: { zod: 'dependencies', '@types/estree': 'devDependencies' },
  } as const;
  const top = { name: 'root', folder: '.', dependencies: { vitest: 'devDependencies' } } as const;
  const imported = (to: string, rest: object = {}, config: object = {}): string[] =>
    found(
      'undeclared-dependency',
      {
        packages: [top, lib, ui],
        imports: [from('packages/lib/src/a.ts', to, { specifier: to.replace('npm:', ''), ...rest })],
      },
      config,
    ).map(({ to: name }) => name);

  it.each([
    ['npm:zod', []],
    ['npm:left-pad', ['left-pad']],
    ['npm:vitest', []],
    ['npm:estree', []],
    ['npm:virtual:thing', []],
    ['node:fs', []],
  ])('%s: %j', (to, expected) => expect(imported(to)).toEqual(expected));

  it('a workspace package by its name or an alias is one too, by a path it is not', () => {
    expect(imported('packages/ui/src/index.ts', { specifier: '@x/ui' })).toEqual(['@x/ui']);
    expect(imported('packages/ui/src/index.ts', { specifier: '~ui' })).toEqual(['@x/ui']);
    expect(imported('packages/ui/src/index.ts', { specifier: '../../ui/src/index.js' })).toEqual([]);
  });

  it('the root’s may be kept for tests, or for itself', () => {
    const setting = (kind: string): object => ({ rules: { 'undeclared-dependency': { root: kind } } });
    expect(imported('npm:vitest', {}, setting('tests'))).toEqual(['vitest']);
    expect(imported('npm:vitest', { from: 'packages/lib/src/a.test.ts' }, setting('tests'))).toEqual([]);
    expect(imported('npm:vitest', { from: 'packages/lib/src/a.test.ts' }, setting('none'))).toEqual([
      'vitest',
    ]);
  });

  it('a project without any package.json declares nothing, and breaks nothing', () => {
    expect(found('undeclared-dependency', { imports: [from('a.ts', 'npm:zod')] })).toEqual([]);
  });
});

describe('a workspace package whose sources are not found', () => {
  const packages = ['a', 'b'].map((name) => ({ name: `@x/${name}`, folder: name }));
  const imports = [
    from('a/index.ts', 'nowhere', { specifier: '@x/b/client' }),
    from('b/index.ts', 'a/index.ts', { specifier: '@x/a' }),
  ];
  const given = { packages, imports };

  it('is depended on by its name all the same', () => {
    expect(found('undeclared-dependency', given).map(({ to }) => to)).toEqual(['@x/b', '@x/a']);
    expect(found('module-cycle', given)).toHaveLength(1);
    expect(found('dependencies', given, { dependencies: [{ from: ['@x/a'], deny: ['@x/b'] }] })).toHaveLength(
      1,
    );
    expect(found('layers', given, { layers: [{ name: 'x', order: [['@x/b'], ['@x/a']] }] })).toHaveLength(1);
    expect(
      found('required-dependency', given, { dependencies: [{ from: ['@x/a'], require: ['@x/b'] }] }),
    ).toEqual([]);
  });
  it('is not said to be entered past its door', () => {
    expect(found('package-exports', given)).toHaveLength(1);
    expect(found('unresolved-import', given)).toHaveLength(1);
  });
});
