import { describe, expect, it } from 'vitest';
import { whatIfMove } from '../../src/rules/what-if.js';
import { graphOf } from '../../src/self-test/sample.js';
import { defaults, from, type Given, sampleOf } from './judged.js';

const files = ['orders', 'billing'].flatMap((name) => [`src/${name}/contract.ts`, `src/${name}/module.ts`]);

function move(given: Given, file: string, module: string): ReturnType<typeof whatIfMove> {
  const sample = sampleOf(given);
  return whatIfMove(graphOf(sample), defaults, file, module, { readText: (path) => sample.files[path] });
}

const told = (violations: ReturnType<typeof whatIfMove>['added']): string[] =>
  violations.map(({ rule, path, from: a, to }) => `${rule} ${path} ${a} → ${to}`);

describe('moving a file to another module', () => {
  it('takes away what it violated there, and adds what it would violate here', () => {
    const imports = [
      from('src/billing/tax.ts', 'src/orders/book.ts', { specifier: '../orders/book.js', line: 2 }),
      from('src/billing/tax.ts', 'src/billing/ledger.ts', { specifier: './ledger.js', line: 3 }),
    ];
    const result = move({ files, imports }, 'src/billing/tax.ts', 'orders');
    expect(result).toMatchObject({ path: 'src/orders/tax.ts', from: 'billing', to: 'orders' });
    expect(told(result.removed)).toEqual(['contract-only src/billing/tax.ts billing → orders']);
    expect(told(result.added)).toEqual(['contract-only src/orders/tax.ts orders → billing']);
    expect(result.rewritten).toEqual([
      { path: 'src/orders/tax.ts', line: 2, before: '../orders/book.js', after: './book.js' },
      { path: 'src/orders/tax.ts', line: 3, before: './ledger.js', after: '../billing/ledger.js' },
    ]);
  });
  it('rewrites who imports it', () => {
    const imports = [from('src/billing/module.ts', 'src/billing/tax.ts', { specifier: './tax.js' })];
    const result = move({ files, imports }, 'src/billing/tax.ts', 'orders');
    expect(result.rewritten).toEqual([
      { path: 'src/billing/module.ts', line: 1, before: './tax.js', after: '../orders/tax.js' },
    ]);
    expect(told(result.added)).toEqual(['contract-only src/billing/module.ts billing → orders']);
  });
  it('keeps its place in the module, so that layers hold', () => {
    const imports = [from('src/billing/domain/tax.ts', 'src/billing/domain/rate.ts')];
    expect(move({ files, imports }, 'src/billing/domain/tax.ts', 'orders').path).toBe(
      'src/orders/domain/tax.ts',
    );
  });
  it('goes by the name where it comes to another package', () => {
    const packages = ['a', 'b'].map((name) => ({
      name: `@x/${name}`,
      folder: name,
      entries: [`${name}/index.ts`],
      dependencies: { '@x/a': 'dependencies' } as const,
    }));
    const imports = [
      from('a/x.ts', 'a/index.ts', { specifier: './index.js' }),
      from('a/x.ts', 'a/hidden.ts', { specifier: './hidden.js' }),
    ];
    const result = move({ packages, imports }, 'a/x.ts', '@x/b');
    expect(result.rewritten.map(({ after }) => after)).toEqual(['@x/a', '../a/hidden.js']);
    expect(told(result.added)).toEqual(['package-exports b/x.ts @x/b → @x/a']);
  });
  it('lies in the src of a package that has one, and out of it where it was out of it', () => {
    const packages = ['a', 'b', 'c'].map((name) => ({ name: `@x/${name}`, folder: name }));
    const given = {
      packages,
      files: [
        'a/src/index.ts',
        'a/src/deep/tax.ts',
        'a/bin/run.ts',
        'b/src/index.ts',
        'c/index.ts',
        ...files,
      ],
    };
    const path = (file: string, module: string): string => move(given, file, module).path;
    expect(path('a/src/deep/tax.ts', '@x/b')).toBe('b/src/deep/tax.ts');
    expect(path('a/src/deep/tax.ts', '@x/c')).toBe('c/deep/tax.ts');
    expect(path('c/index.ts', '@x/b')).toBe('b/src/index-moved.ts');
    expect(path('a/bin/run.ts', '@x/b')).toBe('b/bin/run.ts');
    expect(path('src/orders/module.ts', '@x/b')).toBe('b/src/module.ts');
    expect(path('a/src/deep/tax.ts', 'orders')).toBe('src/orders/deep/tax.ts');
    expect(move({ files: [...files, 'src/main.ts'] }, 'src/main.ts', 'orders').path).toBe(
      'src/orders/main.ts',
    );
  });
  it('is of the module that all the code of a package is', () => {
    const given = {
      packages: [
        { name: '@x/a', folder: 'a' },
        { name: '@x/shop', folder: 'shop' },
      ],
      files: ['a/tax.ts', 'shop/src/contract.ts', 'shop/src/module.ts', 'shop/src/price.ts'],
    };
    expect(move(given, 'a/tax.ts', '@x/shop')).toMatchObject({ path: 'shop/src/tax.ts', to: 'shop' });
    expect(move(given, 'shop/src/price.ts', '@x/shop')).toMatchObject({
      from: 'shop',
      to: 'shop',
      rewritten: [],
    });
  });
  it('does not take the place of a file that is there', () => {
    const given = { files: [...files, 'src/billing/tax.ts', 'src/orders/tax.ts'] };
    expect(move(given, 'src/billing/tax.ts', 'orders').path).toBe('src/orders/tax-moved.ts');
  });
  it('of messages moves who publishes them', () => {
    const given: Given = {
      files,
      definitions: [{ kind: 'event', name: 'orders.order-placed', path: 'src/orders/contract.ts' }],
      uses: [{ role: 'publish', name: 'orders.order-placed', path: 'src/orders/place.ts' }],
    };
    expect(told(move(given, 'src/orders/place.ts', 'billing').added)).toEqual([
      'message-owner src/billing/place.ts billing → orders',
    ]);
  });
  it('to where it is changes nothing', () => {
    const imports = [
      from('src/billing/tax.ts', 'src/orders/book.ts', { specifier: '../orders/book.js' }),
      from('src/billing/module.ts', 'src/billing/tax.ts', { specifier: './tax.js' }),
      from('src/main.ts', 'src/billing/tax.ts', { specifier: './billing/tax.js' }),
    ];
    expect(move({ files, imports }, 'src/billing/tax.ts', 'billing')).toEqual({
      file: 'src/billing/tax.ts',
      path: 'src/billing/tax.ts',
      from: 'billing',
      to: 'billing',
      added: [],
      removed: [],
      rewritten: [],
    });
  });
  it('needs a file and a module that are there', () => {
    expect(() => move({ files }, 'src/nowhere.ts', 'orders')).toThrow(/MORTAR_OPTIONS_INVALID/);
    expect(() => move({ files }, 'src/orders/module.ts', 'nobody')).toThrow(/MORTAR_OPTIONS_INVALID/);
  });
});
