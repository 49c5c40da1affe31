import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestMapping, type PathMapping } from '../../src/resolve/path-mapping.js';

/** Mappings, each with where it leads. */
function mappings(paths: Readonly<Record<string, readonly (string | undefined)[]>>): PathMapping[] {
  return Object.entries(paths).map(([pattern, targets]) => ({ pattern, targets }));
}

describe('a path mapping', () => {
  it.each([
    ['@/a', { '@/*': ['src/*'] }, ['src/a']],
    ['@/a/b.js', { '@/*': ['src/*', 'gen/*'] }, ['src/a/b.js', 'gen/a/b.js']],
    ['@/', { '@/*': ['src/*'] }, ['src']],
    ['@', { '@/*': ['src/*'] }, undefined],
    ['x@/a', { '@/*': ['src/*'] }, undefined],
    ['a', { '*': ['src/*'] }, ['src/a']],
    ['', { '*': ['src/*'] }, ['src']],
    ['config', { config: ['src/config.ts'] }, ['src/config.ts']],
    ['config/x', { config: ['src/config.ts'] }, undefined],
    ['a', { 'a*': ['one/*'], a: ['two'] }, ['two']],
    ['a', { a: ['two'], 'a*': ['one/*'] }, ['two']],
    ['@/deep/a', { '@/*': ['src/*'], '@/deep/*': ['deep/*'] }, ['deep/a']],
    ['@/deep/a', { '@/deep/*': ['deep/*'], '@/*': ['src/*'] }, ['deep/a']],
    ['@/deeper', { '@/*': ['src/*'], '@/deep/*': ['deep/*'] }, ['src/deeper']],
    ['a.css', { '*.css': ['styles/*.css'], '*': ['src/*'] }, ['styles/a.css']],
    ['lib/a.css', { 'lib/*.css': ['styles/*'] }, ['styles/a']],
    ['lib/a.scss', { 'lib/*.css': ['styles/*'] }, undefined],
    // What is before and what is after the star may not be the same letters.
    ['aba', { 'ab*ba': ['x/*'] }, undefined],
    ['abba', { 'ab*ba': ['x/*'] }, ['x']],
    ['@/a', { '@/*': ['./src/./*'] }, ['src/a']],
    ['@/a', { '@/*': ['src/../lib/*'] }, ['lib/a']],
    ['@/../a', { '@/*': ['src/*'] }, ['a']],
    ['@/../../a', { '@/*': ['src/*'] }, [undefined]],
    ['@/a', { '@/*': [undefined, 'src/*'] }, [undefined, 'src/a']],
    ['@/a', { '@/*': [] }, []],
    ['@/$&', { '@/*': ['src/*'] }, ['src/$&']],
    ["@/$'$1$$", { '@/*': ['src/*/x'] }, ["src/$'$1$$/x"]],
    ['@/a', { '@/*': ['src/only.ts'] }, ['src/only.ts']],
    ['a', {}, undefined],
  ])('%j by %j leads to %j', (specifier, paths, targets) => {
    expect(bestMapping(mappings(paths), specifier)?.targets).toEqual(targets);
  });

  it('is the first of two that fit as well', () => {
    const both = mappings({ 'a*': ['one/*'], 'a*x': ['two/*'] });
    expect(bestMapping(both, 'a-x')?.pattern).toBe('a*');
    expect(bestMapping(both.toReversed(), 'a-x')?.pattern).toBe('a*x');
  });

  it('is left as it was, so that it can be asked again', () => {
    const once = mappings({ '@/*': ['src/*'] });
    bestMapping(once, '@/a');
    expect(bestMapping(once, '@/b')?.targets).toEqual(['src/b']);
  });

  it('is found for whatever its star stands for, and gives just that back', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '@', '-', '$'), maxLength: 4 });
    const star = fc.string({ unit: fc.constantFrom('a', 'b', '-', '$', '&'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(part, star, part, (before, between, after) => {
        const found = bestMapping(mappings({ [`${before}*${after}`]: ['to/*'] }), before + between + after);
        expect(found?.targets).toEqual([`to/${between}`]);
      }),
    );
  });

  it('has nothing of a specifier that lacks its beginning or its end', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
    fc.assert(
      fc.property(
        part,
        part,
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 7 }),
        (before, after, specifier) => {
          const isFit = new RegExp(`^${before}.*${after}$`).test(specifier);
          const found = bestMapping(mappings({ [`${before}*${after}`]: ['x'] }), specifier);
          expect(found !== undefined).toBe(isFit);
        },
      ),
    );
  });
});
