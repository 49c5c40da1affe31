import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shortestWay } from '../../src/questions/way.js';
import { projectOf } from './graphs.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('the shortest way', () => {
  test('is as long as it must be, and each step is there', () => {
    const pair = fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), pair, (pairs, [from, to]) => {
        const arrows = pairs.filter(([start, end]) => start !== end);
        const project = projectWith(arrows);
        const way = shortestWay(project, elementOf(project, from), elementOf(project, to));
        expect(way?.length).toBe(distance(arrows, from, to));
        if (way === undefined) return;
        expect(way[0]?.from.id).toBe(from);
        expect(way.at(-1)?.to.id).toBe(to);
        for (const [index, link] of way.entries()) {
          expect(arrows).toContainEqual([link.from.id, link.to.id]);
          if (index > 0) expect(way[index - 1]?.to).toBe(link.from);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('of packages leads through all that is in them', () => {
    const project = nested([
      ['p/a/other.ts', 'p/b/orders/contract.ts'],
      ['p/b/index.ts', 'p/c/index.ts'],
    ]);
    const way = (from: string, to: string) => told(project, from, to);
    expect(way('a', 'b')).toEqual(['a>b/orders p/a/other.ts']);
    expect(way('a', 'b/orders')).toEqual(['a>b/orders p/a/other.ts']);
    expect(way('a', 'c')).toEqual(['a>b/orders p/a/other.ts', 'b>c p/b/index.ts']);
    expect(way('a', 'b/stock')).toBeUndefined();
    expect(way('b/orders', 'c')).toBeUndefined();
    expect(way('b', 'a')).toBeUndefined();
  });

  test('between a package and a module in it is of its own files', () => {
    const project = nested([
      ['p/b/index.ts', 'p/b/orders/module.ts'],
      ['p/b/stock/module.ts', 'p/b/orders/contract.ts'],
      ['p/b/orders/module.ts', 'p/b/text.ts'],
    ]);
    expect(told(project, 'b', 'b/orders')).toEqual(['b>b/orders p/b/index.ts']);
    expect(told(project, 'b/orders', 'b')).toEqual(['b/orders>b p/b/orders/module.ts']);
    expect(told(project, 'b', 'b/stock')).toBeUndefined();
    expect(told(project, 'b/stock', 'b')).toEqual([
      'b/stock>b/orders p/b/stock/module.ts',
      'b/orders>b p/b/orders/module.ts',
    ]);
  });

  test('of a module to itself is a circle', () => {
    const project = projectWith([
      ['a', 'b'],
      ['b', 'a'],
    ]);
    const a = elementOf(project, 'a');
    expect(shortestWay(project, a, a)?.map(({ from, to }) => `${from.id}>${to.id}`)).toEqual(['a>b', 'b>a']);
  });
});

/** Packages a, b and c, and the modules orders and stock in b. */
function nested(imports: readonly (readonly [string, string])[]): ReturnType<typeof projectOf> {
  const modules = ['orders', 'stock'].flatMap((name) => [`p/b/${name}/contract.ts`, `p/b/${name}/module.ts`]);
  return projectOf({
    packages: { a: [], b: [], c: [] },
    files: [...modules, 'p/a/other.ts', 'p/b/text.ts'],
    imports,
  });
}

function told(project: ReturnType<typeof projectOf>, from: string, to: string): string[] | undefined {
  const way = shortestWay(project, elementOf(project, from), elementOf(project, to));
  return way?.map((link) => `${link.from.id}>${link.to.id} ${link.path}`);
}

function projectWith(arrows: readonly (readonly [string, string])[]): ReturnType<typeof projectOf> {
  return projectOf({
    packages: Object.fromEntries(NAMES.map((name) => [name, []])),
    imports: arrows.map(([from, to]) => [`p/${from}/index.ts`, `p/${to}/index.ts`]),
  });
}

function elementOf(project: ReturnType<typeof projectOf>, id: string) {
  const element = project.element(id);
  if (element === undefined) throw new Error(`there is no ${id}`);
  return element;
}

/** By repeated squaring of what can be reached, rather than by a queue. */
function distance(
  arrows: readonly (readonly [string, string])[],
  from: string,
  to: string,
): number | undefined {
  let reached = new Set([from]);
  for (let steps = 1; steps <= NAMES.length; steps += 1) {
    reached = new Set(arrows.filter(([start]) => reached.has(start)).map(([, end]) => end));
    if (reached.has(to)) return steps;
  }
  return undefined;
}
