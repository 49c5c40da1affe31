import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppStore } from '../../src/app/store/app-store.js';
import { LOG_RETRY, logSubscription } from '../../src/app/store/log-subscriptions.js';
import { createDurableBus, type RetryPolicy } from '../../src/bus/index.js';
import type { Clock } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import { defineModule, type Module } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { memory } from '../../src/memory/index.js';
import { testApp, VirtualClock } from '../../src/testing/index.js';
import { Crashes, nameOf } from '../delivery/faults/crashes.js';
import { EntryWritten, journal, startedApp } from './journal.js';

interface Call {
  readonly text: string;
  readonly attempt: number;
  readonly at: number;
}

const MINUTE_MS = 60_000;

/** Notes each call, and fails with a plain error as long as it is told to. */
function reader(calls: Call[], clock: Clock, fails: (call: Call) => boolean, retry?: RetryPolicy): Module {
  return defineModule('reader', (module) => {
    module.on(EntryWritten, retry === undefined ? {} : { retry }, ({ data: { text }, attempt }) => {
      const call = { text, attempt, at: clock.now() };
      calls.push(call);
      if (fails(call)) throw new Error('no answer');
    });
  });
}

/** An app on a clock of its own, over a log unless said. */
async function reading(fails: (call: Call) => boolean, store: 'log' | 'none' = 'log') {
  const clock = new VirtualClock();
  const calls: Call[] = [];
  const modules = [journal, reader(calls, clock, fails)];
  const kept = store === 'log' ? { store: memory({ clock }) } : {};
  const app = await testApp(modules, { clock, ...kept });
  onTestFinished(async () => void (await app.stop()));
  return { app, clock, calls };
}

describe('what a subscription that says nothing does with an event that fails', () => {
  it('is to outlast what is away for a minute, without a dead letter, while others go on', async () => {
    // Halves each pause, which is random else.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    onTestFinished(() => random.mockRestore());
    const { app, clock, calls } = await reading(({ text, at }) => text === 'a' && at < backAt);
    const backAt = clock.now() + MINUTE_MS;
    for (const text of ['a', 'b', 'a', 'c']) await app.publish(EntryWritten, { text });
    await app.idle();
    expect(app.recorded.deaths()).toEqual([]);
    const done = calls.filter(({ text, at }) => text !== 'a' || at >= backAt);
    expect(done.map(({ text }) => text)).toEqual(['b', 'c', 'a', 'a']);
    // The others did not wait for it, and what came later for its key did.
    expect(done.map(({ at }) => at < backAt)).toEqual([true, true, false, false]);
    expect(done.map(({ attempt }) => attempt)).toEqual([1, 1, 9, 1]);
  });

  it('makes no dead letter of an outage of plain errors, and calls little meanwhile', async () => {
    const { app, clock, calls } = await reading(({ at }) => at < backAt);
    const backAt = clock.now() + MINUTE_MS;
    const texts = Array.from({ length: 200 }, (_, index) => `entry ${index}`);
    for (const text of texts) await app.publish(EntryWritten, { text });
    await app.idle();
    const [failed, done] = [calls.filter(({ at }) => at < backAt), calls.filter(({ at }) => at >= backAt)];
    expect(done.map(({ text }) => text).sort()).toEqual([...texts].sort());
    expect(app.recorded.deaths()).toEqual([]);
    // Twenty in a row and those beside them tell of it; then there are probes, 5 s apart in the end.
    expect(failed.length).toBeLessThan(75);
  });

  it('is to try ten times, soon at first, and over ten minutes at most', async () => {
    const { app, calls } = await reading(() => true);
    await app.publish(EntryWritten, { text: 'a' });
    await app.idle();
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const pauses = calls.slice(1).map(({ at }, index) => at - (calls[index]?.at ?? 0));
    for (const [index, pauseMs] of pauses.entries())
      expect(pauseMs).toBeLessThanOrEqual(Math.min(100 * 3 ** index, 5 * MINUTE_MS));
    expect(app.recorded.deaths()).toMatchObject([{ attempts: 10 }]);
  });

  it('is to try three times where there is no store to wait in', async () => {
    const { app, calls } = await reading(() => true, 'none');
    await app.publish(EntryWritten, { text: 'a' });
    await app.idle();
    expect(calls).toHaveLength(3);
    expect(app.recorded.deaths()).toHaveLength(1);
  });

  it('is what the app says for all of them, and one that says it goes by its own', async () => {
    const calls: Call[] = [];
    const clock: Clock = { now: Date.now, after: () => () => undefined };
    const backoff = { kind: 'fixed', delayMs: 1 } as const;
    const usual = reader(calls, clock, () => true);
    const own = defineModule('own', (module) => {
      module.on(EntryWritten, { retry: { attempts: 4, backoff } }, ({ attempt }) => {
        calls.push({ text: 'own', attempt, at: 0 });
        throw new Error('no answer');
      });
    });
    const delivery = { retry: { attempts: 2, backoff } };
    const app = await startedApp([journal, usual, own], { store: memory(), delivery });
    onTestFinished(async () => void (await app.stop()));
    const outcomes = await app.publish(EntryWritten, { text: 'usual' }, { wait: 'handled' });
    expect(outcomes.map(({ subscription, status, attempts }) => [subscription, status, attempts])).toEqual([
      ['reader/journal.entry-written', 'dead', 2],
      ['own/journal.entry-written', 'dead', 4],
    ]);
  });
});

describe('an event that kills its process', () => {
  const decideBy = (retry: RetryPolicy) => {
    const { logHandlers } = createDurableBus(
      { logger: silentLogger },
      new AppStore(memory(), silentLogger, []),
    );
    const source = { name: 'reader', events: [EntryWritten], bus: { retry }, log: {}, handler: () => {} };
    return logSubscription(source, logHandlers).decide;
  };
  const died = new MortarError('MORTAR_PROCESS_DIED', { rule: 'r', expected: 'e', got: 'g' });

  it('is dead after the third where the subscription says nothing, however long others are retried', async () => {
    const crashes = await Crashes.open();
    onTestFinished(() => crashes.bench.close());
    const decide = decideBy(LOG_RETRY);
    await crashes.bench.publish(crashes.event('poison', { name: 'poison', kills: true, ms: 60 }));
    await crashes.until(async () => (await crashes.bench.letters()).length > 0, { decide });
    const letters = await crashes.bench.letters();
    expect(letters.map(nameOf)).toEqual(['poison']);
    expect(letters).toMatchObject([{ attempts: 3, error: { code: 'MORTAR_PROCESS_DIED' } }]);
    expect(decide(new Error('no answer'), 3)).toMatchObject({ kind: 'retry' });
  });

  it('is tried as often as a subscription says', () => {
    const decide = decideBy({ attempts: 5 });
    expect([3, 4, 5].map((attempt) => decide(died, attempt).kind)).toEqual(['retry', 'retry', 'deadLetter']);
  });
});
