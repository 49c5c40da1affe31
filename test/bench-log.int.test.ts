import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isId } from 'mortar/contracts';
import { describe, expect, it } from 'vitest';
import { freshStreams, makeEvent, uuid } from '../bench/suites/log/events.mjs';
import { timeSyncs } from '../bench/suites/log/fsync.mjs';
import { callAtOnce, type LogContestant, measureLog } from '../bench/suites/log/rounds.mjs';

const pace = { sampleMs: 5, warmUpMs: 5, fewestRounds: 3 };

describe('events of the benchmarks', () => {
  it('have ids that are UUIDv7 and differ', () => {
    const ids = Array.from({ length: 3_000 }, uuid);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isId)).toBe(true);
  });

  it('carry about 300 bytes of data', () => {
    const { payload } = makeEvent(7);
    expect(JSON.parse(payload)).toMatchObject({ orderId: 'order-7' });
    expect(payload.length).toBeGreaterThan(250);
    expect(payload.length).toBeLessThan(400);
  });

  it('go to streams that nobody else has, some to each', () => {
    const [one, two] = [freshStreams(), freshStreams()];
    expect(one(0, 1)).toBe(one(0, 99));
    expect(new Set([one(0, 1), one(0, 100), one(1, 1), two(0, 1)]).size).toBe(4);
  });
});

describe('callers at once', () => {
  it('make so many calls together, each its next when the one before is answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 60 }),
        async (callers, total) => {
          const numbers: number[] = [];
          const busy = new Set<number>();
          let most = 0;
          await callAtOnce(callers, total, async (caller, number) => {
            expect(busy.has(caller)).toBe(false);
            busy.add(caller);
            most = Math.max(most, busy.size);
            numbers.push(number);
            await Promise.resolve();
            busy.delete(caller);
          });
          expect(numbers).toEqual(Array.from({ length: total }, (_, index) => index + 1));
          expect(most).toBeLessThanOrEqual(Math.min(callers, total));
        },
      ),
    );
  });

  it('fail with the first that fails', async () => {
    await expect(callAtOnce(3, 10, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
  });
});

describe('rounds of the log', () => {
  it('give each contestant one sample a round, of the same events', async () => {
    const counts = new Map<string, number[]>();
    const contestants = ['one', 'two'].map((name): LogContestant => {
      const seen: number[] = [];
      counts.set(name, seen);
      return { name, kind: 'peer', events: 4, run: (events) => seen.push(events) };
    });
    const rows = await measureLog(contestants, 5, pace);
    expect(rows.map(({ name, samples }) => [name, samples.length])).toEqual([
      ['one', 5],
      ['two', 5],
    ]);
    // One more is the warm-up.
    for (const seen of counts.values()) expect(seen).toEqual([4, 4, 4, 4, 4, 4]);
  });

  it('find out how many events make a sample, in whole multiples', async () => {
    const asked: number[] = [];
    const run = (events: number): void => {
      asked.push(events);
      const end = performance.now() + events * 0.01;
      while (performance.now() < end);
    };
    await measureLog([{ name: 'busy', kind: 'peer', multiple: 10, run }], 3, pace);
    expect(asked.every((events) => events % 10 === 0)).toBe(true);
    expect(asked.at(-1)).toBeGreaterThan(10);
  });

  it('leave out a peer that fails, close all, and fail where ours does', async () => {
    const closed: string[] = [];
    const contestant = (name: string, kind: 'ours' | 'peer', isFailing: boolean): LogContestant => ({
      name,
      kind,
      events: 1,
      run: () => (isFailing ? Promise.reject(new Error('busy')) : undefined),
      close: () => closed.push(name),
    });
    const rows = await measureLog(
      [contestant('bad', 'peer', true), contestant('good', 'peer', false)],
      3,
      pace,
    );
    expect(rows.map(({ name }) => name)).toEqual(['good']);
    expect(closed).toEqual(['bad', 'good']);
    await expect(measureLog([contestant('bad', 'ours', true)], 3, pace)).rejects.toThrow('busy');
  });
});

it('a sync takes time, and is timed one by one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-sync-'));
  const times = timeSyncs(join(folder, 'page'), 20);
  rmSync(folder, { recursive: true });
  expect(times).toHaveLength(20);
  expect(times.every((time) => time > 0)).toBe(true);
});
