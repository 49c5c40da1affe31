import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEventBus } from '../../src/bus/index.js';
import { PriorityLanes } from '../../src/bus/internal/queues/lanes.js';
import { event, type Priority, priorities } from '../../src/contracts/index.js';
import { plans } from './invariants/plan.js';
import { ReferenceLanes } from './invariants/reference-lanes.js';
import { ComparedRoom } from './invariants/reference-room.js';
import { faultsOf } from './invariants/verdict.js';
import { World } from './invariants/world.js';

// 6,000 + 6,000 + 2,000 + 6,000 = 20,000 runs.
const MANY = { timeout: 120_000 };

/** Often enough critical that the others have to wait. */
const crowd: fc.Arbitrary<Priority> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('critical') },
  { weight: 3, arbitrary: fc.constant('high') },
  { weight: 1, arbitrary: fc.constantFrom(...priorities) },
);

const kindsOf = <K extends string>(weights: Readonly<Record<K, number>>): fc.Arbitrary<K> => {
  const kinds = Object.keys(weights) as K[];
  return fc.oneof(...kinds.map((kind) => ({ weight: weights[kind], arbitrary: fc.constant(kind) })));
};

const manyOf = <T>(one: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> =>
  fc.array(one, { maxLength, size: 'max' });

describe('priority lanes', () => {
  const moves = manyOf(
    fc.record({ kind: kindsOf({ push: 6, take: 7, evictBelow: 1 }), priority: crowd }),
    150,
  );

  test(
    '6,000 runs: first in, first out in a lane; no head waits longer than its pass limit allows',
    MANY,
    () => {
      const property = fc.property(manyOf(fc.constantFrom(...priorities), 60), moves, (first, then) => {
        const lanes = new PriorityLanes<{ readonly priority: Priority }>();
        const reference = new ReferenceLanes<{ readonly priority: Priority }>();
        const push = (priority: Priority): void => {
          const item = { priority };
          lanes.push(item, priority);
          reference.push(item);
        };
        const take = (): void => {
          const item = lanes.take();
          if (item === undefined) expect(reference.size).toBe(0);
          else expect(reference.take(item)).toBeUndefined();
        };
        for (const priority of first) push(priority);
        for (const { kind, priority } of then) {
          if (kind === 'push') push(priority);
          else if (kind === 'take') take();
          else expect(lanes.evictBelow(priority)).toBe(reference.evictBelow(priority));
          expect(lanes.size).toBe(reference.size);
        }
        while (reference.size > 0) take();
        expect(lanes.take()).toBeUndefined();
      });
      fc.assert(property, { numRuns: 6_000 });
    },
  );
});

describe('a waiting room', () => {
  const moves = manyOf(
    fc.record({
      kind: kindsOf({ push: 6, take: 6, release: 4, putBack: 1, evictBelow: 1 }),
      key: fc.constantFrom('a', 'b', 'c', undefined),
      priority: crowd,
      place: fc.nat({ max: 9 }),
    }),
    150,
  );

  test('6,000 runs: one of each key at a time and in its order, by priority within the bounds', MANY, () => {
    const property = fc.property(moves, (all) => {
      const room = new ComparedRoom();
      for (const { kind, key, priority, place } of all) {
        if (kind === 'push') room.push(key, priority);
        else if (kind === 'evictBelow') room.evictBelow(priority);
        else if (kind === 'take') room.take();
        else room[kind](place);
      }
      room.clear();
    });
    fc.assert(property, { numRuns: 6_000 });
  });
});

describe('a bus with one handler at a time', () => {
  const Stepped = event('invariants.stepped', { data: z.object({ wave: z.array(z.enum(priorities)) }) });

  interface Step {
    readonly priority: Priority;
    /** What is enqueued while it is handled. */
    readonly wave: Priority[];
  }

  const steps: fc.Arbitrary<Step> = fc.record({ priority: crowd, wave: fc.array(crowd, { maxLength: 2 }) });

  /** Enqueues all at once, and more from inside the handlers; answers with what was wrong with their order. */
  async function run(first: readonly Step[], limitOf: 'bus' | 'subscription'): Promise<readonly string[]> {
    const one = { concurrency: 1 };
    const bus = createEventBus(limitOf === 'bus' ? one : {});
    // The first finds the handler free and waits nowhere; one may stand between the queue of the bus and its only slot.
    const reference = new ReferenceLanes<Step>(limitOf === 'bus' ? 2 : 1);
    const byId = new Map<string, Step>();
    const faults: string[] = [];
    let sent = 0;
    const send = (step: Step): void => {
      sent += 1;
      const id = `00000000-0000-7000-8000-${String(sent).padStart(12, '0')}`;
      byId.set(id, step);
      reference.push(step);
      bus.enqueue(Stepped, { wave: step.wave }, { id, priority: step.priority });
    };
    bus.subscribe(Stepped, limitOf === 'bus' ? {} : one, async ({ envelope }) => {
      const step = byId.get(envelope.id);
      const fault = step === undefined ? 'It is no one.' : reference.take(step);
      if (fault !== undefined) faults.push(fault);
      for (const priority of step?.wave ?? []) send({ priority, wave: [] });
    });
    for (const step of first) send(step);
    await bus.idle();
    return reference.size === 0 ? faults : [...faults, `${reference.size} were lost.`];
  }

  test('2,000 runs: no event waits for more others than its pass limit allows', MANY, async () => {
    const property = fc.asyncProperty(
      manyOf(steps, 100),
      fc.constantFrom('bus', 'subscription'),
      async (first, limitOf) => {
        expect(await run(first, limitOf)).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 2_000 });
  });

  test('the bound is reached: 32 critical events pass the head of low, and not one more', async () => {
    const critical = Array.from({ length: 40 }, (): Step => ({ priority: 'critical', wave: [] }));
    const bus = createEventBus();
    const order: Priority[] = [];
    bus.subscribe(Stepped, { concurrency: 1 }, async ({ envelope }) => {
      order.push(envelope.priority);
    });
    for (const { priority } of [...critical, { priority: 'low' } as const]) {
      bus.enqueue(Stepped, { wave: [] }, { priority });
    }
    await bus.idle();
    // The first of all did not wait at the subscription, so it has passed nobody there.
    expect(order.indexOf('low')).toBe(33);
  });
});

describe('a bus under a virtual clock', () => {
  test(
    '6,000 runs: order per key, limits, one end for each delivery, every attempt counted',
    MANY,
    async () => {
      const property = fc.asyncProperty(plans, async (plan) => {
        const world = new World(plan);
        await world.run();
        await world.probe();
        expect(faultsOf(world)).toEqual([]);
      });
      await fc.assert(property, { numRuns: 6_000 });
    },
  );
});
