import { afterEach, beforeEach, expect, it } from 'vitest';
import { settled } from '../../support/virtual-clock.js';
import { Bench } from '../processing/bench.js';
import { dataOf, gate, outage, replay, said, single } from './late-answers.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

it('what comes during a replay of its key goes behind what waits for its batch already', async () => {
  const handled: unknown[] = [];
  let isBad = true;
  let isReplaying = false;
  const { passed, open } = gate();
  await bench.deliver(
    single(
      async (several) => {
        const isReplay = dataOf(several).includes('X');
        if (isReplay && isBad) throw new Error('bad');
        if (isReplay) {
          isReplaying = true;
          await passed;
        }
        handled.push(...dataOf(several));
        return undefined;
      },
      { onDead: 'continue', batch: { size: 10, withinMs: 500 } },
    ),
  );
  await bench.publish(said('X'));
  await bench.until(async () => (await bench.letters()).length === 1, 'a letter');
  isBad = false;
  await bench.publish(said('A'));
  await bench.clock.advance(20);
  await replay(bench);
  await bench.until(() => isReplaying, 'the replay');
  await bench.publish(said('B'));
  await bench.clock.advance(10);
  open();
  await bench.until(() => handled.length === 3, 'all');
  expect(handled).toEqual(['X', 'A', 'B']);
});

it('what is to be called alone stays before what comes behind it, though a replay of its key is put off', async () => {
  const handled: unknown[] = [];
  const bad = new Set<unknown>(['X', 'Bad']);
  let isOut = true;
  const { passed, open } = gate();
  await bench.deliver(
    single(
      async (several) => {
        const data = dataOf(several);
        if (data.includes('Bad')) await passed;
        if (data.some((one) => bad.has(one))) throw new Error('bad');
        if (data.includes('X') && isOut) {
          isOut = false;
          throw outage();
        }
        handled.push(...data);
        return undefined;
      },
      { onDead: 'continue', batch: { size: 3, withinMs: 500 } },
    ),
  );
  await bench.publish(said('X'));
  await bench.until(async () => (await bench.letters()).length === 1, 'a letter');
  bad.delete('X');
  // The first three are a batch that is taken apart, when the replay is due.
  await bench.publish(said('Bad', 'b'), said('A'), said('C', 'c'), said('B'));
  await bench.clock.advance(600);
  await replay(bench);
  await settled(20);
  open();
  await bench.until(() => handled.length === 4, 'all');
  expect(isOut).toBe(false);
  expect(handled.filter((one) => one === 'A' || one === 'B')).toEqual(['A', 'B']);
});
