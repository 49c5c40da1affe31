import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeliveryBatch } from '../../../src/delivery/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { settled } from '../../support/virtual-clock.js';
import { Bench, NAME } from '../processing/bench.js';
import { dataOf, gate, lateStore, replay, said, single, unknownCommit } from './late-answers.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

it('a key that has gone on to another dead letter waits for it, whatever is heard of the one before', async () => {
  const handled: unknown[] = [];
  const bad = new Set<unknown>(['X', 'Y']);
  const late = await lateStore(bench, (method) => method === 'openAt');
  await bench.deliver(
    single((one) => {
      if (dataOf(one).some((data) => bad.has(data))) throw new Error('bad');
      handled.push(...dataOf(one));
      return undefined;
    }),
    { store: late.store },
  );
  await bench.publish(said('X'), said('Y'), said('Z'));
  await bench.until(async () => (await bench.letters()).length === 1, 'a letter');
  bad.delete('X');
  late.delay();
  await replay(bench);
  await bench.until(() => handled.includes('X'), 'the replay');
  await bench.until(async () => (await bench.letters()).length === 1, 'another letter');
  expect(late.isLate).toBe(true);
  late.answer();
  await bench.clock.advance(5_000);
  expect(handled).toEqual(['X']);
  expect(await bench.held()).toMatchObject([{ state: 'dead', first: 2 }]);
});

it('a letter has its effect once, also where its lease is taken anew before it is heard which are to be replayed', async () => {
  let [isBad, isUnknown, replays] = [true, true, 0];
  const { passed, open: finish } = gate();
  const late = await lateStore(
    bench,
    (method) => method === 'replaying',
    (method, [batch]) => {
      if (method !== 'commit' || !isUnknown) return;
      if ((batch as DeliveryBatch).letters.every(({ kind }) => kind !== 'replayed')) return;
      isUnknown = false;
      throw unknownCommit();
    },
  );
  const deliveries = await bench.deliver(
    single(async () => {
      if (isBad) throw new Error('bad');
      replays += 1;
      await passed;
      const count = async (tx: unknown): Promise<void> => {
        const effects = (tx as MemoryTransaction).table<number>('effects');
        await effects.set('X', ((await effects.get('X')) ?? 0) + 1);
      };
      return { writes: [count], appends: [] };
    }),
    { store: late.store },
  );
  await bench.publish(said('X'));
  await bench.until(async () => (await bench.letters()).length === 1, 'a letter');
  isBad = false;
  await replay(bench);
  await bench.until(() => replays === 1, 'the replay');
  late.delay();
  // The letters are looked at, for something of the subscription has changed.
  await deliveries.resume(NAME);
  await settled(10);
  expect(late.isLate).toBe(true);
  finish();
  await bench.until(async () => (await bench.letters('replayed')).length === 1, 'its end');
  await bench.clock.advance(3_000);
  late.answer();
  await bench.clock.advance(10_000);
  expect([...bench.log.table('effects').entries()]).toEqual([['X', 1]]);
  expect(replays).toBe(1);
});

it('a letter that dies again while letters are looked for is replayed again soon', async () => {
  let calls = 0;
  const second = gate();
  const late = await lateStore(bench, (method) => method === 'replaying');
  const deliveries = await bench.deliver(
    single(async () => {
      calls += 1;
      if (calls === 2) await second.passed;
      throw new Error('bad');
    }),
    { store: late.store },
  );
  await bench.publish(said('X'));
  await replay(bench);
  await bench.until(() => calls === 2, 'a replay');
  late.delay();
  // The letters are looked at, for something of the subscription has changed.
  await deliveries.resume(NAME);
  await settled(10);
  expect(late.isLate).toBe(true);
  second.open();
  await replay(bench);
  await settled(10);
  late.answer();
  await bench.clock.advance(3_000);
  expect(calls).toBe(3);
});
