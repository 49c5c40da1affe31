import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineModule, event, type Module } from '../../src/index.js';
import { type TestApp, testApp, VirtualClock } from '../../src/testing/index.js';

/** What the handling of a message does: fails so often, waits so long, then sends on. */
interface Node {
  readonly kind: 'event' | 'command';
  /** Failed attempts before the first that succeeds; an event has three in all. */
  readonly failures: number;
  readonly turns: number;
  readonly children: readonly Node[];
}

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    kind: fc.constantFrom('event', 'command'),
    failures: fc.integer({ min: 0, max: 4 }),
    turns: fc.integer({ min: 0, max: 2 }),
    children: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant([]),
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    ),
  }),
}));

const Grow = event('forest.grow', {
  data: z.object({ path: z.string(), key: z.string() }),
  key: (data) => data.key,
});
const Plant = command('forest.plant', { data: z.object({ path: z.string() }) });

/** Handles each node of trees by its path, and counts. */
function forest(trees: readonly Node[], counts: Map<string, number>): Module {
  const nodeAt = (path: string): Node => {
    let found: Node = { kind: 'event', failures: 0, turns: 0, children: trees };
    for (const place of path.split('/').slice(1)) found = found.children[Number(place)] as Node;
    return found;
  };
  const work = async (path: string): Promise<Node> => {
    const found = nodeAt(path);
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    for (let turn = 0; turn < found.turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return found;
  };
  return defineModule('forest', (module) => {
    const backoff = { kind: 'exponential', delayMs: 60_000 } as const;
    module.on(Grow, { retry: { attempts: 3, backoff }, concurrency: 4 }, async (context) => {
      const { path } = context.data;
      const { failures, children } = await work(path);
      await sendOn(path, children, context);
      if (context.attempt <= failures) throw new Error(`${path}, attempt ${context.attempt}`);
    });
    module.handle(Plant, async (context) => {
      const { children } = await work(context.data.path);
      await sendOn(context.data.path, children, context);
    });
  });
}

interface Sending {
  publish(event: typeof Grow, data: { path: string; key: string }): Promise<void>;
  dispatch(command: typeof Plant, data: { path: string }): Promise<unknown>;
}

async function sendOn(path: string, children: readonly Node[], context: Sending): Promise<void> {
  for (const [place, child] of children.entries()) {
    const next = `${path}/${place}`;
    if (child.kind === 'event') await context.publish(Grow, { path: next, key: `${next.length % 3}` });
    else await context.dispatch(Plant, { path: next });
  }
}

/** The paths of all events that are published for good, and whether each is handled. */
function expectedOf(
  path: string,
  { kind, failures, children }: Node,
): readonly (readonly [string, boolean])[] {
  // A command succeeds at once; what it publishes is sent even if the event's handler that dispatched it dies.
  const isHandled = kind === 'command' || failures < 3;
  const own = kind === 'event' ? [[path, isHandled] as const] : [];
  const below = children.flatMap((child, place) =>
    child.kind === 'event' && !isHandled ? [] : expectedOf(`${path}/${place}`, child),
  );
  return [...own, ...below];
}

async function played(trees: readonly Node[], counts: Map<string, number>): Promise<TestApp> {
  const app = await testApp([forest(trees, counts)]);
  for (const [place, tree] of trees.entries()) {
    const path = `/${place}`;
    if (tree.kind === 'event') await app.publish(Grow, { path, key: 'top' });
    else void app.dispatch(Plant, { path });
  }
  await app.idle();
  return app;
}

describe('idle, over random trees of events and commands', () => {
  it('always ends, in virtual time, with every event handled or dead', async () => {
    const beganAt = performance.now();
    let virtualMs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(node, { minLength: 1, maxLength: 4 }), async (trees) => {
        const counts = new Map<string, number>();
        const app = await played(trees, counts);
        const seen = app.recorded.events().map(({ data, handlings }): [string, string, number] => {
          const [handling] = handlings;
          return [(data as { path: string }).path, handling?.status ?? 'none', handling?.attempts ?? 0];
        });
        const expected = trees.flatMap((tree, place) => expectedOf(`/${place}`, tree));
        expect(seen.map(([path, status]) => `${path} ${status}`).sort()).toEqual(
          expected.map(([path, isHandled]) => `${path} ${isHandled ? 'handled' : 'dead'}`).sort(),
        );
        for (const [path, , attempts] of seen) expect(counts.get(path)).toBe(attempts);
        const dead = expected.filter(([, isHandled]) => !isHandled);
        expect(app.recorded.deaths()).toHaveLength(dead.length);
        expect(await app.deadLetters.list()).toHaveLength(dead.length);
        expect(app.recorded.all().every((one) => one.kind === 'event' || one.outcome.kind === 'result')).toBe(
          true,
        );
        expect(app.clock.pending).toBe(0);
        virtualMs += app.clock.now() - new VirtualClock().now();
        expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
      }),
      { numRuns: 300 },
    );
    expect(virtualMs).toBeGreaterThan(60_000 * 10);
    expect(performance.now() - beganAt).toBeLessThan(virtualMs);
  });
});
