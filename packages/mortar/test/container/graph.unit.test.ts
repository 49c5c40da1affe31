import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Container, type Token, token } from '../../src/container/index.js';
import { MortarError } from '../../src/errors/index.js';

const NODES = 8;

/** For each service, whether it is bound, and what it depends on. */
const graphs = fc.array(
  fc.record({
    isBound: fc.boolean(),
    dependencies: fc.uniqueArray(fc.nat({ max: NODES - 1 }), { maxLength: 3 }),
  }),
  { minLength: NODES, maxLength: NODES },
);

/** Mostly without cycles, so that there are graphs to accept. */
const layered = fc
  .array(
    fc.record({
      isBound: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
      dependencies: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
    }),
    { minLength: NODES, maxLength: NODES },
  )
  .map((nodes) =>
    nodes.map(({ isBound, dependencies }, index) => ({
      isBound,
      dependencies: [
        ...new Set(dependencies.map((step) => index + 1 + step).filter((other) => other < NODES)),
      ],
    })),
  );

interface Node {
  readonly isBound: boolean;
  readonly dependencies: readonly number[];
}

/** The definition: a service can be made if it is bound, is not on the way to itself, and all it needs can be made. */
function canBeMade(graph: readonly Node[], index: number, way: readonly number[] = []): boolean {
  const node = graph[index];
  if (node === undefined || !node.isBound || way.includes(index)) return false;
  return node.dependencies.every((needed) => canBeMade(graph, needed, [...way, index]));
}

function build(graph: readonly Node[]): {
  container: Container;
  tokens: readonly Token<unknown>[];
  made: string[];
} {
  const tokens = graph.map((_, index) => token(`S${index}`));
  const made: string[] = [];
  const container = new Container();
  for (const [index, { isBound, dependencies }] of graph.entries()) {
    const service = tokens[index];
    if (!isBound || service === undefined) continue;
    container.bind({
      service,
      dependencies: dependencies.flatMap((needed) => tokens[needed] ?? []),
      create: (resolved) => {
        made.push(service.name);
        return resolved.length;
      },
      owner: 'test',
    });
  }
  return { container, tokens, made };
}

function outcomeOf(run: () => unknown): 'made' | string {
  try {
    run();
    return 'made';
  } catch (error) {
    if (error instanceof MortarError) return error.code;
    throw error;
  }
}

it('verify accepts exactly the graphs in which every root and every binding can be made', () => {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof(graphs, layered), fc.nat({ max: NODES - 1 }), (graph, root) => {
      const { container, tokens, made } = build(graph);
      const needed = [root, ...graph.flatMap(({ isBound }, index) => (isBound ? [index] : []))];
      const isSound = needed.every((index) => canBeMade(graph, index));
      const dependencies = tokens.slice(root, root + 1);
      const verified = outcomeOf(() => container.verify([{ owner: 'handler', dependencies }]));
      expect(verified === 'made').toBe(isSound);
      expect(made).toEqual([]);
      seen[isSound ? 'accepted' : 'refused'] += 1;
    }),
    { numRuns: 2_000 },
  );
  expect(seen.accepted).toBeGreaterThan(100);
  expect(seen.refused).toBeGreaterThan(100);
});

it('resolve makes what can be made, each service once, and says of the rest whether it is missing or a cycle', () => {
  fc.assert(
    fc.property(fc.oneof(graphs, layered), (graph) => {
      const { container, tokens, made } = build(graph);
      for (const [index, service] of tokens.entries()) {
        const outcome = outcomeOf(() => container.resolve(service));
        expect(outcome === 'made').toBe(canBeMade(graph, index));
        expect(['made', 'MORTAR_BINDING_MISSING', 'MORTAR_BINDING_CYCLE']).toContain(outcome);
      }
      expect(new Set(made).size).toBe(made.length);
    }),
    { numRuns: 2_000 },
  );
});

it('every missing service is named by verify', () => {
  fc.assert(
    fc.property(layered, (graph) => {
      const { container } = build(graph);
      const missing = new Set(
        graph.flatMap(({ isBound, dependencies }) =>
          isBound ? dependencies.filter((needed) => graph[needed]?.isBound !== true) : [],
        ),
      );
      let named = new Set<string>();
      try {
        container.verify();
      } catch (error) {
        if (error instanceof MortarError) named = new Set(error.issues.map(({ message }) => message));
      }
      expect(named).toEqual(new Set([...missing].map((index) => `S${index} is not bound`)));
    }),
    { numRuns: 1_000 },
  );
});
