import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { updatedBaseline } from '../../src/baseline/matching.js';
import { format, reportFormats } from '../../src/report/format.js';
import { from, type Given, judge } from '../rules/judged.js';

const MODULES = ['orders', 'billing', 'mail'];
const contracts = MODULES.flatMap((name) => [`src/${name}/contract.ts`, `src/${name}/module.ts`]);
const fresh = { owner: 'ann', reason: 'It was there.', expires: '2026-12-31' };
const quiet = { rules: { 'unused-contract': 'off', 'module-cycle': 'off', 'file-cycle': 'off' } };

/** A file of a module, and a file of a module that it imports, at a line. */
const reach = fc.record({
  user: fc.constantFrom(...MODULES),
  file: fc.constantFrom('a', 'b', 'deep/c'),
  owner: fc.constantFrom(...MODULES),
  target: fc.constantFrom('x', 'y', 'deep/z', 'contract'),
  line: fc.integer({ min: 1, max: 500 }),
});
type Reach = typeof reach extends fc.Arbitrary<infer T> ? T : never;
const reaches = fc.uniqueArray(reach, { maxLength: 20, selector: (one) => `${pathOf(one)} ${one.line}` });

function pathOf({ user, file }: Reach): string {
  return `src/${user}/${file}.ts`;
}

function project(list: readonly Reach[]): Given {
  return {
    files: contracts,
    imports: list.map((one) => from(pathOf(one), `src/${one.owner}/${one.target}.ts`, { line: one.line })),
  };
}

/** By the plainest reading of the rule: into another module, and not to its contract. */
const isReach = ({ user, owner, target }: Reach): boolean => user !== owner && target !== 'contract';

describe('a check of any project', () => {
  it('tells each reach into another module once, and nothing else', () => {
    fc.assert(
      fc.property(reaches, (list) => {
        const told = judge(project(list), quiet).violations.map(({ path, line }) => `${path}:${line}`);
        expect(told.sort()).toEqual(
          list
            .filter(isReach)
            .map((one) => `${pathOf(one)}:${one.line}`)
            .sort(),
        );
      }),
    );
  });
  it('does not depend on the order in which imports are read', () => {
    fc.assert(
      fc.property(reaches, (list) => {
        const there = judge(project(list)).violations;
        const back = judge(project([...list].reverse())).violations;
        const cut = (violations: typeof there): string[] =>
          violations.map(({ rule, path, line, key }) => `${rule} ${path}:${line} ${key}`);
        expect(cut(back)).toEqual(cut(there));
      }),
    );
  });
  it('a circle of files is told if, and only if, a file comes back to itself', () => {
    const arrow = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }));
    fc.assert(
      fc.property(fc.uniqueArray(arrow, { maxLength: 16, selector: (one) => one.join() }), (arrows) => {
        const given = { imports: arrows.map(([a, b]) => from(`src/f${a}.ts`, `src/f${b}.ts`)) };
        const found = judge(given).violations.filter(({ rule }) => rule === 'file-cycle');
        const members = found.flatMap(({ cycle }) => cycle?.members ?? []).sort();
        expect(members).toEqual(comingBack(arrows).map((node) => `src/f${node}.ts`));
        const cut = new Set(
          found.flatMap(({ cycle }) => cycle?.cut ?? []).map((one) => `${one.from} ${one.to}`),
        );
        const left = arrows.filter(([a, b]) => !cut.has(`src/f${a}.ts src/f${b}.ts`));
        expect(comingBack(left)).toEqual([]);
      }),
    );
  });
});

describe('a baseline of any project', () => {
  const baselineOf = (list: readonly Reach[]): ReturnType<typeof updatedBaseline> =>
    updatedBaseline(undefined, judge(project(list), quiet).violations, fresh, () => false);
  it('covers all of it, wherever the lines go', () => {
    fc.assert(
      fc.property(reaches, fc.integer({ min: 1, max: 100 }), (list, lines) => {
        const moved = list.map((one) => ({ ...one, line: one.line + lines }));
        expect(judge(project(moved), quiet, { baseline: baselineOf(list) }).violations).toEqual([]);
      }),
    );
  });
  it('written again is the same', () => {
    fc.assert(
      fc.property(reaches, (list) => {
        const once = baselineOf(list);
        const late = { ...fresh, owner: 'bob' };
        const again = updatedBaseline(once, judge(project(list), quiet).violations, late, () => true);
        expect(again).toEqual(once);
      }),
    );
  });
  it('fails if, and only if, there is more or less than it lists', () => {
    fc.assert(
      fc.property(reaches, reaches, (before, after) => {
        const { violations } = judge(project(after), quiet, { baseline: baselineOf(before) });
        const count = (list: readonly Reach[]): number => list.filter(isReach).length;
        if (count(before) !== count(after)) expect(violations.length).toBeGreaterThan(0);
      }),
    );
  });
  it('never lets an import into a module through that it has no entry for', () => {
    fc.assert(
      fc.property(reaches, reaches, (before, after) => {
        const result = judge(project(after), quiet, { baseline: baselineOf(before) });
        const known = new Set(before.filter(isReach).map(({ user, owner }) => `${user} ${owner}`));
        const covered = result.baselined.map(({ from: user, to }) => `${user} ${to}`);
        expect(covered.filter((one) => !known.has(one))).toEqual([]);
      }),
    );
  });
});

describe('a report with any names in it', () => {
  const name = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .map((text) => text.replaceAll(/[/\\*?{}!\0]/g, '_'))
    .filter((text) => text.trim() !== '' && !/^\.+$/.test(text));
  const results = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) =>
    judge({
      files: contracts,
      imports: names.map((one) => from(`src/billing/${one}.ts`, 'src/orders/x.ts', { specifier: one })),
    }),
  );
  it('is JSON that says them as they are', () => {
    fc.assert(
      fc.property(results, (result) => {
        const { violations } = JSON.parse(format(result, 'json'));
        expect(violations.map((one: { path: string }) => one.path)).toEqual(
          result.violations.map(({ path }) => path),
        );
        const issues = JSON.parse(format(result, 'gitlab'));
        expect(new Set(issues.map((one: { fingerprint: string }) => one.fingerprint)).size).toBe(
          issues.length,
        );
      }),
    );
  });
  it('has one command a line for GitHub, with nothing in its properties that would end them', () => {
    fc.assert(
      fc.property(results, (result) => {
        const lines = format(result, 'github').split('\n').slice(0, -1);
        expect(lines).toHaveLength(result.violations.length);
        for (const line of lines)
          expect(line).toMatch(/^::(error|warning) file=[^,:\r]*,line=\d+,col=\d+,title=[^,:\r]*::[^\r]*$/);
      }),
    );
  });
  it('has no markup of names in XML, and no character that XML does not know', () => {
    fc.assert(
      fc.property(results, (result) => {
        const xml = format(result, 'junit');
        expect(xml).not.toMatch(/(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u);
        expect(xml.replaceAll(/<\/?[a-z?][\w-]*(?:\s+[\w-]+="[^"<]*")*\s*[/?]?>/g, '')).not.toContain('<');
        expect(xml.replaceAll(/&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);/gi, '')).not.toContain('&');
      }),
    );
  });
  it('moves no cursor and rings no bell', () => {
    // GitHub's runner takes the path as it is.
    const formats = reportFormats.filter((one) => one !== 'github');
    fc.assert(
      fc.property(results, fc.constantFrom(...formats), (result, as) => {
        expect(format(result, as)).not.toMatch(/(?![\t\n])\p{Cc}/u);
      }),
    );
  });
});

/** Nodes that arrows lead back to, sorted as text. */
function comingBack(arrows: readonly (readonly [number, number])[]): number[] {
  const reached = (start: number): Set<number> => {
    const seen = new Set(arrows.filter(([a]) => a === start).map(([, b]) => b));
    for (const node of seen) for (const [a, b] of arrows) if (a === node) seen.add(b);
    return seen;
  };
  return [...new Set(arrows.flat())].filter((node) => reached(node).has(node)).sort((a, b) => a - b);
}
