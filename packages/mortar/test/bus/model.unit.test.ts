import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { PriorityLanes, passLimits } from '../../src/bus/internal/queues/lanes.js';
import { type Priority, priorities } from '../../src/contracts/index.js';
import { violations } from './model/handler-model.js';
import { plans } from './model/plan.js';
import { faultsOf } from './model/verdict.js';
import { World } from './model/world.js';

beforeEach(() => {
  violations.splice(0);
});

const timeout = 180_000;

describe('a model of the bus', () => {
  test('20,000 runs: each accepted event comes to one end at each subscription, by key in order, within limits', {
    timeout,
  }, async () => {
    const numRuns = 20_000;
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const world = new World(plan);
        await world.run(plan.steps);
        await world.finish();
        check(world);
        expect(await world.bus.stop()).toEqual({ isDrained: true, givenUp: 0 });
        expect(world.clock.pending).toBe(0);
      }),
      { numRuns },
    );
  });

  test('10,000 runs: a drain in the middle loses nothing and gives up what is unfinished when its time is up', {
    timeout,
  }, async () => {
    const numRuns = 10_000;
    await fc.assert(
      fc.asyncProperty(plans, fc.constantFrom(0, 1, 3, 20, 1_000), async (plan, timeoutMs) => {
        const world = new World(plan);
        await world.run(plan.steps);
        await drain(world, timeoutMs);
        await world.finish();
        check(world);
        expect(world.clock.pending).toBe(0);
      }),
      { numRuns },
    );
  });
});

describe('a model of the lanes', () => {
  const steps = fc.array(
    fc.option(fc.constantFrom<Priority>(...priorities), { nil: 'take' as const, freq: 2 }),
    {
      maxLength: 400,
      size: 'max',
    },
  );

  test('5,000 runs: first in, first out in a lane; no head is passed over more often than is stated', {
    timeout,
  }, () => {
    fc.assert(
      fc.property(steps, (given) => {
        const model = new LanesModel();
        for (const step of given) model.take(step);
        while (model.size > 0) model.take('take');
      }),
      { numRuns: 5_000 },
    );
  });

  test('the stated bounds are reached, and not passed, when every higher lane is always full', () => {
    for (const [priority, bound] of [
      ['high', 10],
      ['normal', 17],
      ['low', 32],
    ] as const) {
      const model = new LanesModel();
      for (const each of priorities) for (let count = 0; count < 100; count += 1) model.take(each);
      let longest = 0;
      for (let round = 0; round < 100; round += 1) longest = Math.max(longest, model.take('take')[priority]);
      expect({ priority, longest }).toEqual({
        priority,
        longest: priority === 'low' ? passLimits.low : bound,
      });
    }
  });
});

/** Drains at a point where anything may be under way, and notes what is left then. */
async function drain(world: World, timeoutMs: number): Promise<void> {
  const report = world.bus.drain({ timeoutMs });
  let isOver = false;
  report.finally(() => {
    isOver = true;
  });
  for (let round = 0; round < 200 && !isOver; round += 1) await world.clock.advance(timeoutMs === 0 ? 0 : 1);
  for (let round = 0; round < 200 && !isOver; round += 1) await world.clock.advance(10);
  const { isDrained, givenUp } = await report;
  const stopped = [...world.ends.values()].flat().filter(({ reason }) => reason === 'stopped').length;
  expect(givenUp).toBe(stopped);
  // A sink that takes its time may be late with what had failed before; that is not given up.
  const isLate = !isDrained && givenUp === 0 && world.plan.sink === 'later';
  expect(isDrained || isLate).toBe(givenUp === 0);
  const calls = world.calls;
  await expect(world.bus.idle()).resolves.toBeUndefined();
  await world.clock.runOut();
  expect(world.calls).toBe(calls);
}

/** What is wrong with a world after everything has come to its end. */
function check(world: World): void {
  expect(violations.splice(0)).toEqual([]);
  expect(faultsOf(world)).toEqual([]);
}

/** Lanes of numbers, and how often each lane's head was passed over. */
class LanesModel {
  readonly #lanes = new PriorityLanes<number>();
  readonly #waiting: Record<Priority, number[]> = { critical: [], high: [], normal: [], low: [] };
  readonly #passed: Record<Priority, number> = { critical: 0, high: 0, normal: 0, low: 0 };
  #count = 0;

  get size(): number {
    return this.#lanes.size;
  }

  /** Puts one in, or takes one out and checks it. Answers with how often the heads have been passed over. */
  take(step: Priority | 'take'): Readonly<Record<Priority, number>> {
    if (step !== 'take') {
      this.#count += 1;
      this.#waiting[step].push(this.#count);
      this.#lanes.push(this.#count, step);
      return this.#passed;
    }
    const taken = this.#lanes.take();
    const lane = priorities.find((priority) => this.#waiting[priority][0] === taken);
    if (taken === undefined) expect(Object.values(this.#waiting).flat()).toEqual([]);
    else expect(lane, `${taken} is not the head of a lane`).toBeDefined();
    for (const priority of priorities) {
      if (priority === lane) this.#waiting[priority].shift();
      this.#passed[priority] =
        priority === lane || this.#waiting[priority].length === 0 ? 0 : this.#passed[priority] + 1;
    }
    const { high, normal, low } = this.#passed;
    expect(high).toBeLessThanOrEqual(10);
    expect(normal).toBeLessThanOrEqual(17);
    expect(low).toBeLessThanOrEqual(32);
    return { ...this.#passed };
  }
}
