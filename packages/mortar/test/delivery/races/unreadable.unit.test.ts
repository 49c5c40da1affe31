import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DurableSubscription, WINDOW_POSITIONS } from '../../../src/delivery/index.js';
import { decodeEntry, type LogEntry } from '../../../src/event-store/index.js';
import { Bench, type Handler, NAME } from '../processing/bench.js';
import { mortal } from '../processing/mortal-store.js';
import { dataOf, outage, replay, said, single } from './late-answers.js';

let bench: Bench;
let isMended: boolean;
let handled: unknown[];

beforeEach(async () => {
  bench = await Bench.open();
  isMended = false;
  handled = [];
});
afterEach(() => bench.close());

const isLost = ({ payload }: LogEntry): boolean => !isMended && payload.startsWith('"lost');

/** As of a projection: what can't be read has a key of its own, which holds all others. */
function following(handler: Handler, parts: Partial<DurableSubscription> = {}): DurableSubscription {
  return single(
    async (several, signal) => {
      const work = await handler(several, signal);
      handled.push(...dataOf(several));
      return work;
    },
    {
      batch: { size: 3, withinMs: 0 },
      orderKey: (entry) => (isLost(entry) ? `?${entry.position}` : (entry.key ?? '')),
      holdsAll: (key) => key.startsWith('?'),
      read: (entry) => {
        if (isLost(entry)) throw new Error('unreadable');
        return decodeEntry(entry);
      },
      ...parts,
    },
  );
}

async function restart(sub: () => DurableSubscription): Promise<void> {
  void bench.running.at(-1)?.stop();
  await bench.clock.advance(100);
  await bench.deliver(sub());
}

it('what is put off for an outage comes before an event that can not be read, and what it holds behind it', async () => {
  let isOut = true;
  const sub = following(() => {
    if (!isOut) return undefined;
    isOut = false;
    throw outage();
  });
  await bench.deliver(sub);
  await bench.publish(said(1, 'a'), said(2, 'b'), said('lost', 'c'), said(4, 'd'), said(5, 'd'));
  await bench.until(async () => (await bench.letters()).length === 1, 'a letter');
  await bench.clock.advance(20_000);
  expect([...handled].sort()).toEqual([1, 2]);
  isMended = true;
  await replay(bench);
  await bench.until(() => handled.length === 5, 'all');
  expect(handled.slice(2)).toEqual(['lost', 4, 5]);
});

it('an event that could not be read is handled once, though it is of a key by now that is held from before it', async () => {
  const sub = () =>
    following((several) => {
      if (!isMended && dataOf(several).includes(1)) throw new Error('bad');
      return undefined;
    });
  await bench.deliver(sub());
  await bench.publish(said(1), said('lost'), said(3));
  await bench.until(async () => (await bench.letters()).length === 2, 'the letters');
  isMended = true;
  const [first, lost] = await bench.letters();
  for (const letter of [lost, first]) {
    await restart(sub);
    await bench.store.deadLetters.change(letter?.id ?? '', 'dead', 'replaying');
    await bench.clock.advance(40_000);
  }
  expect(handled.map(String).sort()).toEqual(['1', '3', 'lost']);
});

it('what comes behind two events that could not be read is handled, and not passed', async () => {
  let calls = 0;
  const sub = () =>
    following(
      (several) => {
        const data = dataOf(several);
        if (!isMended && data.includes(1)) calls += 1;
        const isBad = !isMended && ((data.includes(1) && calls <= 2) || data.includes(4));
        if (isBad) throw new Error('bad');
        return undefined;
      },
      { decide: (_, attempt) => (attempt < 3 ? { kind: 'retry', afterMs: 1_000 } : { kind: 'deadLetter' }) },
    );
  await bench.deliver(sub());
  await bench.publish(said(1), said('lost 2', 'other'), said('lost 3'), said(4), said(5));
  await bench.clock.advance(20_000);
  isMended = true;
  await restart(sub);
  for (let round = 0; round < 5; round += 1) {
    for (const { id } of await bench.letters()) await bench.store.deadLetters.change(id, 'dead', 'replaying');
    await bench.clock.advance(10_000);
  }
  expect(await bench.store.deliveries.checkpoints(NAME)).toMatchObject([{ low: 5, heldKeys: 0 }]);
  expect(handled.filter((one) => one !== 'lost 2')).toEqual([1, 'lost 3', 4, 5]);
});

it('an event that can not be read is not passed while it is called alone, for its process may have ended for it', async () => {
  const sub = following(() => undefined, { types: ['shop.order-placed'] });
  for (let process = 0; process < 2; process += 1) {
    const { store, kill } = mortal(await bench.handle());
    await bench.deliver(sub, { store });
    kill();
    await bench.clock.advance(20_000);
  }
  const others = Array.from({ length: WINDOW_POSITIONS - 1 }, () =>
    said('other', 'o', { type: 'shop.other' }),
  );
  // It is the last that is suspected.
  await bench.publish(...others, said('lost', 'c'), said(4, 'd'));
  await bench.deliver(sub);
  await bench.until(async () => (await bench.letters()).length === 1, 'a letter');
  await bench.clock.advance(10_000);
  expect(handled).toEqual([]);
});
