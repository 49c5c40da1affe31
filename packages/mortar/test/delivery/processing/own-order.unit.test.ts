import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DurableSubscription } from '../../../src/delivery/index.js';
import type { LogEntry } from '../../../src/event-store/index.js';
import { rejectionOf } from '../../support/parcels.js';
import { anEvent, Bench, NAME, subscription } from './bench.js';

let bench: Bench;
/** What was handled, in order. */
let handled: string[];
let isMended: boolean;

beforeEach(async () => {
  bench = await Bench.open();
  handled = [];
  isMended = false;
});
afterEach(() => bench.close());

/** By the city in the payload, which the log knows nothing of. */
const cityOf = ({ payload }: LogEntry): string => JSON.parse(payload).split('-')[0];

/** Fails for what ends in an exclamation mark. */
function byCity(parts: Partial<DurableSubscription> = {}): DurableSubscription {
  return subscription(
    (several) => {
      for (const { event } of several)
        if (!isMended && String(event.data).endsWith('!')) throw new Error('no');
      handled.push(...several.map(({ event }) => String(event.data)));
      return undefined;
    },
    { orderKey: cityOf, ...parts },
  );
}

/** Each with a key of its own, as far as the log knows. */
const orders = (...names: readonly string[]) =>
  names.map((name) => anEvent({ key: name, payload: JSON.stringify(name) }));

describe('a subscription with an order of its own', () => {
  it('has one partition', async () => {
    await bench.deliver(byCity());
    expect(await bench.store.deliveries.subscriptions()).toMatchObject([{ name: NAME, partitions: 1 }]);
  });

  it('is refused where the store knows it with several partitions', async () => {
    await bench.store.deliveries.register(NAME, 'beginning', 16);
    const deliveries = bench.deliver(byCity());
    expect(await rejectionOf(deliveries)).toBe('MORTAR_OPTIONS_INVALID');
  });

  it.each([
    ['one by one', undefined],
    ['in batches', { size: 10, withinMs: 0 }],
  ])('holds what belongs together by it, and lets others flow, %s', async (_, batch) => {
    await bench.deliver(byCity({ batch, concurrency: batch === undefined ? 16 : 1 }));
    await bench.publish(...orders('bern-1!', 'bern-2', 'rome-1', 'bern-3', 'rome-2'));
    await bench.until(async () => (await bench.held()).length === 1, 'a held key');
    await bench.until(() => handled.length === 2, 'the others');
    expect(handled).toEqual(['rome-1', 'rome-2']);
    expect(await bench.held()).toMatchObject([{ orderKey: 'bern', first: 1, last: 4, state: 'dead' }]);
  });

  it('reads the tail of a held key by it, however far it is scattered', async () => {
    await bench.deliver(byCity());
    await bench.publish(...orders('bern-1!'));
    await bench.until(async () => (await bench.letters()).length === 1, 'a dead letter');
    for (let round = 0; round < 5; round += 1)
      await bench.publish(
        ...orders(...Array.from({ length: 700 }, (__, n) => `rome-${n}`), `bern-${round + 2}`),
      );
    await bench.until(() => handled.length === 3_500, 'the others');
    await bench.until(async () => (await bench.held())[0]?.last === 3_506, 'the tail');
    for (const deliveries of bench.running.splice(0)) await stop(deliveries);
    // Nothing of the tail is at hand in another process.
    isMended = true;
    handled = [];
    await bench.deliver(byCity());
    const [letter] = await bench.letters();
    await bench.store.deadLetters.change(letter?.id ?? '', 'dead', 'replaying');
    await bench.until(async () => (await bench.held()).length === 0, 'the end of the tail');
    expect(handled).toEqual(['bern-1!', 'bern-2', 'bern-3', 'bern-4', 'bern-5', 'bern-6']);
  });

  it('tells those who wait for an event how it is held by it', async () => {
    const deliveries = await bench.deliver(byCity());
    const events = orders('bern-1!', 'bern-2', 'rome-1');
    const [, second = 0, third = 0] = await bench.publish(...events);
    const outcomeOf = async (index: number, position: number) => {
      const { id = '', key } = events[index] ?? {};
      // Whoever publishes knows the order of the log alone.
      const waiting = deliveries.whenHandled({ id, position: position as never, orderKey: key ?? id });
      let outcomes: readonly unknown[] | undefined;
      void waiting.then((all) => {
        outcomes = all;
      });
      await bench.until(() => outcomes !== undefined, 'an outcome');
      return outcomes;
    };
    expect(await outcomeOf(1, second)).toMatchObject([{ status: 'held' }]);
    expect(await outcomeOf(2, third)).toMatchObject([{ status: 'handled' }]);
  });
});

async function stop(deliveries: { stop(): Promise<void> }): Promise<void> {
  let isStopped = false;
  void deliveries.stop().then(() => {
    isStopped = true;
  });
  await bench.until(() => isStopped, 'the stop');
}
