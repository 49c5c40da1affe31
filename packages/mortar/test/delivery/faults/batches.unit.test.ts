import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeliveryBatch, OpenStore } from '../../../src/delivery/index.js';
import { anEvent, Bench, subscription } from '../processing/bench.js';
import { Crashes } from './crashes.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

/** The store, telling of each batch that is committed. */
function observed(store: OpenStore, see: (batch: DeliveryBatch) => void): OpenStore {
  const { deliveries } = store;
  const watched = new Proxy(deliveries, {
    get(_, name) {
      if (name === 'commit')
        return async (batch: DeliveryBatch) => {
          const outcome = await deliveries.commit(batch);
          if (outcome.ok) see(batch);
          return outcome;
        };
      const value: unknown = Reflect.get(deliveries, name);
      return typeof value === 'function' ? value.bind(deliveries) : value;
    },
  });
  return { ...store, deliveries: watched };
}

it('a key that is held is accounted for up to its last event, also where a batch was taken apart', async () => {
  const commits: DeliveryBatch[] = [];
  let calls = 0;
  const handled: number[] = [];
  const store = observed(await bench.handle(), (batch) => commits.push(batch));
  await bench.publish(...Array.from({ length: 6 }, () => anEvent({ key: 'k' })));
  const deliveries = await bench.deliver(
    subscription(
      (several) => {
        calls += 1;
        // The batch fails, and then its first event alone.
        if (calls <= 2) throw new Error('not yet');
        handled.push(...several.map(({ event }) => event.position));
        return undefined;
      },
      {
        batch: { size: 3, withinMs: 10 },
        concurrency: 1,
        partitions: 1,
        decide: () => ({ kind: 'retry', afterMs: 10 }),
      },
    ),
    { store },
  );
  await bench.until(() => handled.length >= 6, 'all of them');
  await deliveries.idle();
  expect(handled).toEqual([1, 2, 3, 4, 5, 6]);
  for (const { hold, progress } of commits)
    for (const { first, last } of hold) {
      const [place] = progress;
      const accounted = (position: number) =>
        position <= (place?.low ?? 0) || (place?.ahead ?? []).some((one) => one === position);
      const range = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      expect(range.filter((position) => !accounted(position))).toEqual([]);
    }
});

it('no batch overtakes what may have killed the process', async () => {
  const crashes = await Crashes.open();
  const types = ['shop.order-placed'];
  const settings = { batch: { size: 50, withinMs: 5 }, concurrency: 1, partitions: 1, types } as const;
  const others = (count: number) =>
    Array.from({ length: count }, () => crashes.event('other', { name: '' }, 'shop.other'));
  const ofKey = (...names: readonly string[]) => names.map((name) => crashes.event('key', { name }));
  // Two processes end at the first event. What lies within a window of it is suspected, what comes after that is not.
  const poison = crashes.event('poison', { name: 'poison', kills: true });
  const all = [poison, ...others(3_998), ...ofKey('a', 'b', 'c'), ...others(145), ...ofKey('d', 'e', 'f')];
  for (let from = 0; from < all.length; from += 1_000)
    await crashes.bench.publish(...all.slice(from, from + 1_000));
  for (let process = 0; process < 2; process += 1) {
    await crashes.start(settings);
    await crashes.bench.until(() => crashes.kills > process, 'its end');
  }
  crashes.isMended = true;
  await crashes.start(settings);
  const names = () => crashes.calls.filter(({ process }) => process === 3).map(({ name }) => name);
  await crashes.bench.until(() => names().length >= 7, 'all of them');
  expect(names()).toEqual(['poison', 'a', 'b', 'c', 'd', 'e', 'f']);
});
