import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, compileGlobs } from '../../src/model/glob.js';

describe('a glob', () => {
  it.each([
    ['src/a.ts', 'src/a.ts', []],
    ['src/a.ts', 'src/b.ts', undefined],
    ['src/*', 'src/a', ['a']],
    ['src/*', 'src/a/b', undefined],
    ['src/*', 'src', undefined],
    ['src/*.ts', 'src/a.test.ts', ['a.test']],
    ['*-*.ts', 'a-b-c.ts', ['a', 'b-c']],
    ['src/**', 'src/a/b/c.ts', ['a/b/c.ts']],
    ['src/**', 'src', ['']],
    ['**/test/**', 'test/a.ts', ['', 'a.ts']],
    ['**/test/**', 'a/b/test/c/d.ts', ['a/b', 'c/d.ts']],
    ['**/*.ts', 'a.ts', ['', 'a']],
    ['packages/*/src/*/index.ts', 'packages/ui/src/button/index.ts', ['ui', 'button']],
    ['a/**/b/*/c', 'a/b/x/b/y/c', ['b/x', 'y']],
    ['{a,b}/*', 'b/x', ['x']],
    ['{a,{b,c}}/x', 'c/x', []],
    ['a?.ts', 'ab.ts', []],
    ['a?.ts', 'a.ts', undefined],
    ['./src/*/', 'src/a', ['a']],
    ['[a].ts', '[a].ts', []],
    ['[a].ts', 'a.ts', undefined],
    ['a+(b)$', 'a+(b)$', []],
    ['*', '', ['']],
  ])('%s of %s: %j', (pattern, path, expected) => expect(compileGlob(pattern).match(path)).toEqual(expected));

  it('with stars alone is what a regular expression says', () => {
    const part = fc.stringMatching(/^[ab*]{1,5}$/);
    const text = fc.stringMatching(/^[ab]{0,6}$/);
    fc.assert(
      fc.property(part, text, (pattern, name) => {
        const isPath = !pattern.includes('**');
        fc.pre(isPath);
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
        expect(compileGlob(pattern).match(name) !== undefined).toBe(expected);
      }),
    );
  });

  it('gives back with its captures the path it was asked about', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-c]{1,3}$/), { minLength: 1, maxLength: 4 }), (names) => {
        const captures = compileGlob(names.map(() => '*').join('/')).match(names.join('/'));
        expect(captures).toEqual(names);
      }),
    );
  });

  it.each(['*a'.repeat(200), '**/'.repeat(200), '{a,b}'.repeat(40), '{'.repeat(10_000), '{a,'.repeat(5_000)])(
    'that is meant to hang does not: %.12s…',
    (pattern) => {
      const start = performance.now();
      compileGlob(pattern).match(`${'a'.repeat(2_000)}/${'a/'.repeat(500)}b`);
      expect(performance.now() - start).toBeLessThan(20_000);
    },
  );
});

describe('a list of globs', () => {
  it('is read from first to last, and ! takes away', () => {
    const fits = compileGlobs(['src/**', '!src/internal/**', 'src/internal/open.ts']);
    expect(['src/a.ts', 'src/internal/a.ts', 'src/internal/open.ts', 'b.ts'].map(fits)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('says of each pattern what the pattern alone says', () => {
    const part = fc.constantFrom('**', '*', 'a', 'b', 'a*', '*.b', '*.b.*', '?', '{a,b}', '*.{a,b}');
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const name = fc.constantFrom('a', 'b', 'ab', 'a.b', 'a.b.a', '');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(pattern, path, (one, at) => {
        expect(compileGlobs([one])(at)).toBe(compileGlob(one).match(at) !== undefined);
      }),
      { numRuns: 3_000 },
    );
  });
});
