import type { CheckResult, Violation } from '@mortar/boundaries';
import { describe, expect, test } from 'vitest';
import { ofChanged } from '../../src/check/changed.js';

const SETTINGS = ['mortar.config.json', 'mortar.baseline.json'];
const CONFIG = { settings: SETTINGS, isThere: (path: string) => path !== 'gone.ts' };

describe('what changed files are part of', () => {
  test.each([
    ['stands in one', violation({ path: 'a.ts' }), true],
    ['reaches one', violation({ path: 'b.ts', target: 'a.ts' }), true],
    ['is a circle through one', violation({ path: 'b.ts', cycle: circle(['a.ts', 'b.ts'], 'b.ts') }), true],
    [
      'is a circle of modules that one closes',
      violation({ path: 'b.ts', cycle: circle(['x', 'y'], 'a.ts') }),
      true,
    ],
    ['is elsewhere', violation({ path: 'b.ts', target: 'c.ts' }), false],
    ['is a circle elsewhere', violation({ path: 'b.ts', cycle: circle(['b.ts', 'c.ts'], 'c.ts') }), false],
    ['stands in a file of a similar name', violation({ path: 'a.tsx' }), false],
  ])('what %s', (_, found, isKept) => {
    const result = ofChanged(resultOf([found]), new Set(['a.ts']), CONFIG);
    expect(result.violations).toEqual(isKept ? [found] : []);
    expect(result.errors).toBe(isKept ? 1 : 0);
  });

  const unresolved = violation({ rule: 'unresolved-import', path: 'apps/web/main.ts' });
  test.each<[string, Violation, boolean]>([
    ['packages/a/package.json', violation({ path: 'packages/a/src/x.ts' }), true],
    ['packages/a/package.json', violation({ path: 'b.ts', target: 'packages/a/src/x.ts' }), true],
    ['packages/a/package.json', violation({ path: 'packages/ab/src/x.ts' }), false],
    ['packages/a/package.json', unresolved, true],
    ['packages/a/tsconfig.build.json', violation({ path: 'packages/a/src/x.ts' }), true],
    ['package.json', violation({ path: 'packages/ab/src/x.ts' }), true],
    ['packages/a/not-package.json', violation({ path: 'packages/a/src/x.ts' }), false],
    ['gone.ts', unresolved, true],
    ['gone.ts', violation({ path: 'b.ts' }), false],
    ['a.ts', unresolved, false],
  ])('with %s changed: what stands in %o', (path, found, isKept) =>
    expect(ofChanged(resultOf([found]), new Set([path]), CONFIG).violations).toEqual(isKept ? [found] : []),
  );

  test.each(SETTINGS)('all of it where %s has changed', (path) => {
    const whole = resultOf([violation({ path: 'b.ts' })]);
    expect(ofChanged(whole, new Set([path]), CONFIG)).toBe(whole);
  });

  test('errors and warnings are counted again', () => {
    const found = [
      violation({ path: 'a.ts' }),
      violation({ path: 'a.ts', severity: 'warn' }),
      violation({ path: 'b.ts' }),
    ];
    expect(ofChanged(resultOf(found), new Set(['a.ts']), CONFIG)).toMatchObject({
      errors: 1,
      warnings: 1,
      elsewhere: 1,
      files: 9,
    });
  });
});

function violation(parts: Partial<Violation>): Violation {
  return {
    rule: 'contract-only',
    severity: 'error',
    path: 'a.ts',
    line: 1,
    column: 1,
    from: 'x',
    to: 'y',
    kind: 'import',
    subject: 's',
    message: 'm',
    route: 'r',
    why: 'w',
    key: 'k',
    frame: undefined,
    ...parts,
  };
}

function circle(members: readonly string[], path: string): NonNullable<Violation['cycle']> {
  const [from = '', to = ''] = members;
  return {
    members,
    circle: [...members, from],
    cut: [{ from, to, path, line: 1, column: 1, places: 1 }],
    isSmallest: true,
  };
}

function resultOf(violations: readonly Violation[]): CheckResult {
  const count = (severity: string): number => violations.filter((one) => one.severity === severity).length;
  return {
    violations,
    baselined: [],
    excepted: [],
    modules: [],
    errors: count('error'),
    warnings: count('warn'),
    files: 9,
    edges: 9,
  };
}
