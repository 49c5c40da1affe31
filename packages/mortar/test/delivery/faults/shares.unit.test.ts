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
