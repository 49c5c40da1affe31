import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeliveryBatch } from '../../../src/delivery/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { Bench } from '../processing/bench.js';
import { mortal } from '../processing/mortal-store.js';
import { dataOf, lateStore, said, single, unknownCommit } from './late-answers.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const rest = (ms: number) => new Promise<void>((resolve) => bench.clock.after(ms, resolve));

it('deliveries that lose a lease while they start take no other one twice', async () => {
  const handled: unknown[] = [];
  let isUnknown = true;
  const late = await lateStore(
    bench,
    (method, [name]) => method === 'heldKeys' && name === 'two',
    (method, [batch]) => {
      if (method !== 'commit' || (batch as DeliveryBatch).subscription !== 'one' || !isUnknown) return;
      isUnknown = false;
      throw unknownCommit();
    },
  );
  late.delay();
  const one = single(() => rest(7_000).then(() => undefined), { name: 'one', types: ['shop.one'] });
  const two = single(
    async (some) => {
      handled.push(...dataOf(some));
      await rest(1_000);
      const note = async (tx: unknown): Promise<void> => {
        const effects = (tx as MemoryTransaction).table<readonly unknown[]>('effects');
        await effects.set('two', [...((await effects.get('two')) ?? []), ...dataOf(some)]);
      };
      return { writes: [note], appends: [] };
    },
    { name: 'two', types: ['shop.two'] },
  );
  await bench.publish(said('x', 'o', { type: 'shop.one' }));
  await bench.publish(...[1, 2, 3].map((data) => said(data, 'k', { type: 'shop.two' })));
  const starting = bench.deliver([one, two], { store: late.store });
  await bench.until(() => late.isLate, 'what is held to be asked for');
  // The lease that is lost is sought meanwhile, and with it all that is free.
  for (let step = 0; step < 200 && handled.length === 0; step += 1) await bench.clock.advance(50);
  expect(isUnknown).toBe(false);
  late.answer();
  const deliveries = await starting;
  await bench.clock.advance(100);
  const { subscriptions } = await deliveries.status();
  expect(subscriptions.map(({ held }) => held)).toEqual([[0], [0]]);
  await bench.clock.advance(60_000);
  expect(bench.log.table('effects').get('two')).toEqual([1, 2, 3]);
  expect(handled).toEqual([1, 2, 3]);
});

/** Stops at the first event, and goes on with the others if it does not. */
const stopping = (handled: unknown[]) =>
  single(
    async (one) => {
      handled.push(...dataOf(one));
      await rest(10);
      if (dataOf(one).includes('bad')) throw new Error('bad');
      return undefined;
    },
    { decide: () => ({ kind: 'stop' }) },
  );

async function stopAtFirst(handled: readonly unknown[]): Promise<void> {
  await bench.publish(said('bad', 'a'), said(2, 'b'), said(3, 'c'), said(4, 'd'));
  await bench.until(async () => (await bench.letters()).length === 1, 'a letter');
  await bench.clock.advance(300);
  expect(handled.length).toBeLessThan(3);
}

it('a policy stops its subscription also where a heartbeat from before is answered late', async () => {
  const handled: unknown[] = [];
  const late = await lateStore(bench, (method) => method === 'announce');
  await bench.deliver(stopping(handled), { store: late.store });
  late.delay();
  await bench.until(() => late.isLate, 'a heartbeat');
  await stopAtFirst(handled);
  const before = [...handled];
  late.answer();
  await bench.clock.advance(300);
  expect(handled).toEqual(before);
});

it('a policy stops its subscription also where the store is slow to hear of it', async () => {
  const handled: unknown[] = [];
  const { store } = mortal(await bench.handle(), {
    before: (method) => (method === 'setPaused' ? rest(30_000) : undefined),
  });
  await bench.deliver(stopping(handled), { store });
  await stopAtFirst(handled);
  const before = [...handled];
  await bench.clock.advance(60_000);
  expect(handled).toEqual(before);
});
