import { afterEach, beforeEach, expect, it } from 'vitest';
import { anEvent, Bench, subscription } from '../processing/bench.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

it('a batch that runs for long while nothing more can be read, and fails, loses none of its events', async () => {
  const handled: [key: string, position: number][] = [];
  let isFirst = true;
  const deliveries = await bench.deliver(
    subscription(
      async (several) => {
        if (isFirst) {
          isFirst = false;
          await new Promise<void>((resolve) => bench.clock.after(4_000, resolve));
          throw new Error('after long');
        }
        for (const { event } of several) handled.push([event.key ?? event.id, event.position]);
        return undefined;
      },
      {
        batch: { size: 4, withinMs: 10 },
        concurrency: 1,
        partitions: 1,
        decide: () => ({ kind: 'retry', afterMs: 10 }),
      },
    ),
  );
  // So large that there is no room for what comes after some of them.
  const payload = JSON.stringify('x'.repeat(1_000_000));
  const k = () => anEvent({ key: 'k', payload });
  await bench.publish(k(), k(), k(), anEvent({ payload }));
  await bench.publish(k(), ...Array.from({ length: 150 }, () => anEvent({ payload })));
  await bench.until(() => handled.length >= 155, 'all of them');
  await deliveries.idle();
  expect(handled.map(([, position]) => position).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 155 }, (_, index) => index + 1),
  );
  const ofKey = handled.filter(([key]) => key === 'k').map(([, position]) => position);
  expect(ofKey).toEqual([1, 2, 3, 5]);
});
