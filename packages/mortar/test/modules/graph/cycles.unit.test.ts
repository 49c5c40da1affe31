import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineModule, startOrderOf } from '../../../src/modules/index.js';

/** Who starts after whom: for each module, by its place, the places of others. */
type Graph = readonly (readonly number[])[];

const LETTERS = 'fbdagce';

function nameOf(place: number): string {
  return LETTERS.charAt(place);
}

/** The circles of modules that are told as faults, as the letters of their names. */
function circlesIn(graph: Graph): readonly string[] {
  return startOrderOf(modulesOf(graph)).faults.map(({ path, code }) => {
    expect(code).toBe('MORTAR_MODULE_CYCLE');
    return path.replaceAll(' → ', '');
  });
}

function modulesOf(graph: Graph) {
  return graph.map((others, place) =>
    defineModule(nameOf(place), (module) => module.startsAfter(...others.map(nameOf))),
  );
}

/** How many steps the shortest circle through a step has; infinite where there is none. */
function shortestThrough(graph: Graph, from: number, to: number): number {
  let reached = new Set([to]);
  for (let steps = 1; steps <= graph.length; steps += 1) {
    if (reached.has(from)) return steps;
    reached = new Set([...reached].flatMap((place) => graph[place] ?? []));
  }
  return Number.POSITIVE_INFINITY;
}

function stepsOf(circle: string): readonly (readonly [from: number, to: number])[] {
  const places = [...circle].map((name) => LETTERS.indexOf(name));
  return places.slice(1).map((to, index) => [places[index] ?? -1, to]);
}

const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: LETTERS.length }).chain((count) =>
  fc.array(fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 3 }), {
    minLength: count,
    maxLength: count,
  }),
);

describe('modules that start after each other', () => {
  it.each<readonly [string, Graph, readonly string[]]>([
    ['in a row are not on a circle', [[1], [2], []], []],
    ['are told once, from the smallest name round to it', [[1], [2], [0]], ['bdfb']],
    ['by themselves are a circle of one', [[], [1]], ['bb']],
    ['in two circles that share one of them are told as two', [[1, 2], [0], [0]], ['bfb', 'dfd']],
    ['in two circles that share a step are told as two', [[1], [0, 2], [0]], ['bfb', 'bdfb']],
    ['both ways round are told as the short circles', [[1], [2, 0], [1]], ['bfb', 'bdb']],
    ['beside a circle are not on it', [[1], [2, 0], []], ['bfb']],
  ])('%s', (_, graph, circles) => {
    expect([...circlesIn(graph)].sort()).toEqual([...circles].sort());
  });

  it('are told by circles that are, together, all that is wrong: none more than once, none too long', () => {
    let faulty = 0;
    const property = fc.property(graphs, (graph) => {
      const circles = circlesIn(graph);
      faulty += circles.length > 0 ? 1 : 0;
      expect(new Set(circles).size).toBe(circles.length);
      for (const circle of circles) {
        const names = [...circle.slice(0, -1)];
        expect(circle.at(-1)).toBe([...names].sort()[0]);
        expect(circle.at(0)).toBe(circle.at(-1));
        expect(new Set(names).size).toBe(names.length);
        const steps = stepsOf(circle);
        for (const [from, to] of steps) expect(graph[from]).toContain(to);
        expect(steps.map(([from, to]) => shortestThrough(graph, from, to))).toContain(names.length);
      }
      for (const [place, others] of graph.entries()) {
        for (const other of others) {
          const through = circles.filter((circle) => circle.includes(nameOf(place) + nameOf(other)));
          const shortest = shortestThrough(graph, place, other);
          if (Number.isFinite(shortest))
            expect(Math.min(...through.map(({ length }) => length - 1))).toBe(shortest);
          else expect(through).toEqual([]);
        }
      }
    });
    fc.assert(property, { numRuns: 2_000 });
    expect(faulty).toBeGreaterThan(200);
  });

  it('are all ordered nevertheless, and rightly where there is no circle', () => {
    const property = fc.property(graphs, (graph) => {
      const { modules, faults } = startOrderOf(modulesOf(graph));
      const order = modules.map(({ name }) => name);
      expect([...order].sort()).toEqual(graph.map((__, place) => nameOf(place)).sort());
      if (faults.length > 0) return;
      for (const [place, others] of graph.entries())
        for (const other of others)
          expect(order.indexOf(nameOf(other))).toBeLessThan(order.indexOf(nameOf(place)));
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});
