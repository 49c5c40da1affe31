import { afterEach, beforeEach, expect, it } from 'vitest';
import { settled } from '../../support/virtual-clock.js';
import { anEvent, Bench, subscription } from '../processing/bench.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const CALL_MS = 10;
const BAD_KEYS = 8;

/** Keys that fail at each attempt and are due again at once would fill every slot, for ever. */
it.each([
  ['one at a time', { concurrency: 1 }],
  ['several at once', { concurrency: 4 }],
  ['in batches', { concurrency: 1, batch: { size: 4, withinMs: 5 } }],
])('what is tried again leaves what is new its share: %s', async (_, settings) => {
  const handled: string[] = [];
  let tries = 0;
  await bench.deliver(
    subscription(
      async (several) => {
        const names = several.map(({ event }) => String(event.data));
        await new Promise<void>((resolve) => bench.clock.after(CALL_MS, resolve));
        if (names.some((name) => name.startsWith('bad'))) {
          tries += 1;
          throw new Error('bad');
        }
        handled.push(...names);
        return undefined;
      },
      { decide: () => ({ kind: 'retry', afterMs: 1 }), ...settings },
    ),
  );
  const publish = (...names: readonly string[]) =>
    bench.publish(...names.map((name) => anEvent({ key: name, payload: JSON.stringify(name) })));
  await publish(...Array.from({ length: BAD_KEYS }, (_, index) => `bad ${index}`));
  const pass = async (until: () => boolean, withinMs: number): Promise<void> => {
    for (let ms = 0; ms < withinMs && !until(); ms += CALL_MS) {
      await bench.clock.advance(CALL_MS);
      await settled(20);
    }
  };
  await pass(() => tries > 3 * BAD_KEYS, 10_000);
  const before = tries;
  const good = Array.from({ length: 20 }, (_, index) => `good ${index}`);
  await publish(...good);
  await pass(() => handled.length === good.length, 40 * good.length * CALL_MS);
  expect(handled.toSorted()).toEqual(good.toSorted());
  // Neither do the others come to a stop.
  expect(tries).toBeGreaterThan(before);
});

/** A handler that takes so long; it fails its first call for what is said, and tells what it has handled. */
function slow(failsFirst: (name: string) => boolean) {
  const handled: string[] = [];
  const failed = new Set<string>();
  const handler = async (several: readonly { readonly event: { readonly data: unknown } }[]) => {
    const names = several.map(({ event }) => String(event.data));
    await new Promise<void>((resolve) => bench.clock.after(CALL_MS, resolve));
    for (const name of names)
      if (failsFirst(name) && !failed.has(name)) {
        failed.add(name);
        throw new Error('at first');
      }
    handled.push(...names);
    return undefined;
  };
  return { handled, handler };
}

it.each([
  ['one at a time', { concurrency: 1 }],
  ['several at once', { concurrency: 2 }],
  ['in batches', { concurrency: 1, batch: { size: 4, withinMs: 5 } }],
])('neither do long tails of held keys keep others waiting, new or held: %s', async (_, settings) => {
  const { handled, handler } = slow((name) => name.endsWith(' 0'));
  const tails = ['a', 'b', 'c', 'd'];
  await bench.publish(
    ...Array.from({ length: 100 }, (__, index) =>
      tails.map((key) => anEvent({ key, payload: JSON.stringify(`${key} ${index}`) })),
    ).flat(),
  );
  await bench.deliver(subscription(handler, { decide: () => ({ kind: 'retry', afterMs: 1 }), ...settings }));
  const pass = async (until: () => boolean, calls: number): Promise<void> => {
    for (let call = 0; call < calls && !until(); call += 1) {
      await bench.clock.advance(CALL_MS);
      await settled(20);
    }
  };
  await pass(() => handled.length > 20, 200);
  const good = Array.from({ length: 10 }, (__, index) => `good ${index}`);
  await bench.publish(...good.map((name) => anEvent({ key: name, payload: JSON.stringify(name) })));
  await pass(() => good.every((name) => handled.includes(name)), 100);
  expect(good.filter((name) => !handled.includes(name) && !name.endsWith(' 0'))).toEqual([]);
  await pass(() => handled.length === 410, 2_000);
  expect(handled).toHaveLength(410);
  for (const key of tails)
    expect(handled.filter((name) => name.startsWith(key))).toEqual(
      Array.from({ length: 100 }, (__, index) => `${key} ${index}`),
    );
});
