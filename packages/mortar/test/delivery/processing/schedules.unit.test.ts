import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { event, isId, newId } from '../../../src/contracts/index.js';
import { type Schedule, Schedules } from '../../../src/delivery/index.js';
import type { EncodedEvent, LogEntry } from '../../../src/event-store/index.js';
import { codeOf } from '../../contracts/caught.js';
import { LogBook } from '../../support/log-book.js';
import { rejectionOf } from '../letters.js';
import { anEvent, Bench, subscription } from './bench.js';

const DayEnded = event('books.day-ended', { data: z.object({ at: z.number() }) });
const HOUR_MS = 3_600_000;

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

async function schedule(name: string, dueAt: number, one: EncodedEvent = anEvent()): Promise<EncodedEvent> {
  const [outcome] = await bench.store.units.commit([
    { id: newId(), writes: [], appends: [], schedule: [{ name, dueAt, event: one }] },
  ]);
  expect(outcome?.ok).toBe(true);
  return one;
}

async function log(): Promise<readonly LogEntry[]> {
  return (await bench.store.events.readAll({ limit: 10_000 })).entries;
}

describe('an event that is scheduled', () => {
  it('is published at its time, and delivered', async () => {
    const seen: string[] = [];
    const deliveries = await bench.deliver(subscription(([one]) => void seen.push(one?.event.id ?? '')));
    const late = await schedule('b', bench.clock.now() + 90_000);
    const soon = await schedule('a', bench.clock.now() + 30_000);
    await bench.clock.advance(29_000);
    expect(seen).toEqual([]);
    await bench.clock.advance(2_000);
    await deliveries.idle();
    expect(seen).toEqual([soon.id]);
    await bench.clock.advance(60_000);
    await deliveries.idle();
    expect(seen).toEqual([soon.id, late.id]);
    expect((await bench.store.deliveries.due(10)).nextAt).toBeUndefined();
  });

  it('is published when a process comes, if its time has passed without one', async () => {
    const { id } = await schedule('a', bench.clock.now() + 1_000);
    await bench.clock.advance(HOUR_MS);
    const deliveries = await bench.deliver(subscription(() => undefined));
    await deliveries.idle();
    expect((await log()).map((entry) => entry.id)).toEqual([id]);
  });

  it('is published once by several processes', async () => {
    for (let process = 0; process < 4; process += 1)
      await bench.deliver(
        subscription(() => undefined),
        { store: await bench.handle() },
      );
    for (let index = 0; index < 150; index += 1) await schedule(`${index}`, bench.clock.now() + 500 + index);
    await bench.clock.advance(5_000);
    expect(await log()).toHaveLength(150);
    expect((await bench.store.deliveries.due(10)).events).toEqual([]);
  });

  it('that is in the log by now is done with', async () => {
    const one = anEvent();
    await bench.publish(one);
    await schedule('a', bench.clock.now() + 100, one);
    await schedule('b', bench.clock.now() + 100, { ...one, payload: '"other"' });
    await bench.deliver(subscription(() => undefined));
    await bench.clock.advance(1_000);
    expect(await log()).toHaveLength(1);
    expect((await bench.store.deliveries.due(10)).events).toEqual([]);
  });

  it('whose id the log has for another event is given up, and that is said', async () => {
    const book = new LogBook();
    const one = anEvent();
    await bench.publish(one);
    await schedule('a', bench.clock.now() + 100, { ...one, payload: '"other"' });
    await bench.deliver(
      subscription(() => undefined),
      { logger: book },
    );
    await bench.clock.advance(1_000);
    expect((await bench.store.deliveries.due(10)).events).toEqual([]);
    expect(book.lines.map(({ message }) => message)).toEqual([
      'The log has another event under the id of a scheduled one, which is given up',
    ]);
  });

  it('far beyond what a timer holds is waited for', async () => {
    await bench.deliver(subscription(() => undefined));
    const year = 365 * 24 * HOUR_MS;
    await schedule('a', bench.clock.now() + year);
    await bench.clock.advance(5_000);
    expect(await log()).toEqual([]);
  });
});

describe('events by the calendar', () => {
  const daily: Schedule = { name: 'day', cron: '0 9 * * *', event: DayEnded, data: (at) => ({ at }) };
  const nineOn = (day: number): number => Date.UTC(2026, 0, day, 9);

  async function start(schedules: readonly Schedule[] = [daily]): Promise<void> {
    await bench.deliver([], {
      schedules: new Schedules(schedules),
      store: await bench.handle(),
      pollMs: HOUR_MS,
      leaseTtlMs: 24 * HOUR_MS,
    });
  }

  beforeEach(() => bench.clock.adjust(Date.UTC(2026, 0, 1, 8) - bench.clock.now()));

  const times = async (): Promise<readonly number[]> =>
    (await log()).map(({ payload }) => (JSON.parse(payload) as { at: number }).at);

  it('are published at each time, with an id of their own', async () => {
    await start();
    await bench.clock.advance(3 * 24 * HOUR_MS);
    expect(await times()).toEqual([nineOn(1), nineOn(2), nineOn(3)]);
    for (const { id, occurredAt } of await log()) {
      expect(isId(id)).toBe(true);
      expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(occurredAt);
    }
  });

  it('whose next data can not be made come all the same, keep no other back, and go on when it can', async () => {
    const book = new LogBook();
    let isBroken = false;
    const breaking: Schedule = {
      ...daily,
      name: 'breaking',
      data: (at) => {
        if (isBroken) throw new Error('no data');
        return { at };
      },
    };
    const schedules = new Schedules([breaking]);
    await bench.deliver([], { schedules, logger: book, pollMs: HOUR_MS, leaseTtlMs: 24 * HOUR_MS });
    isBroken = true;
    for (const [index, day] of [1, 2].entries())
      await schedule(`later ${index}`, nineOn(day) + HOUR_MS, anEvent({ payload: `{"at":${day}}` }));
    await bench.clock.advance(2 * HOUR_MS + 1_000);
    expect(await times()).toEqual([nineOn(1), 1]);
    expect(book.lines.map(({ message }) => message)).toEqual(['A scheduled event could not be published']);
    isBroken = false;
    await bench.clock.advance(24 * HOUR_MS);
    expect(await times()).toEqual([nineOn(1), 1, nineOn(2), 2]);
  });

  it('keep others from being published neither where there are many that break, and say so once', async () => {
    const book = new LogBook();
    let isBroken = false;
    const data = (at: number): { at: number } => {
      if (isBroken) throw new Error('no data');
      return { at };
    };
    const many = Array.from({ length: 120 }, (_, index) => ({ ...daily, name: `breaking ${index}`, data }));
    const schedules = new Schedules(many);
    await bench.deliver([], { schedules, logger: book, pollMs: HOUR_MS, leaseTtlMs: 24 * HOUR_MS });
    await schedule('z', nineOn(1) + 1, anEvent({ payload: '{"at":1}' }));
    isBroken = true;
    await bench.clock.advance(HOUR_MS + 10_000);
    expect((await times()).filter((at) => at === 1)).toHaveLength(1);
    expect(await times()).toHaveLength(121);
    expect(book.lines).toHaveLength(120);
  });

  it('are published once, however many processes there are', async () => {
    await start();
    await start();
    await start();
    await bench.clock.advance(2 * 24 * HOUR_MS);
    expect(await times()).toEqual([nineOn(1), nineOn(2)]);
  });

  it('that were missed come once, or not at all, by policy', async () => {
    const skipping: Schedule = { ...daily, name: 'other', missed: 'skip' };
    const first = new Schedules([daily, skipping]);
    await first.prepare(bench.store, bench.clock);
    await bench.clock.advance(3 * 24 * HOUR_MS);
    await start([daily, skipping]);
    await bench.clock.advance(HOUR_MS / 2);
    expect(await times()).toEqual([nineOn(1)]);
    await bench.clock.advance(HOUR_MS);
    expect(await times()).toEqual([nineOn(1), nineOn(4), nineOn(4)]);
  });

  it('go by their time zone, also where the clock is changed', async () => {
    bench.clock.adjust(Date.UTC(2026, 2, 27, 12) - bench.clock.now());
    await start([{ ...daily, timezone: 'Europe/Vienna' }]);
    await bench.clock.advance(3 * 24 * HOUR_MS);
    expect(await times()).toEqual([
      Date.UTC(2026, 2, 28, 8),
      Date.UTC(2026, 2, 29, 7),
      Date.UTC(2026, 2, 30, 7),
    ]);
  });

  it('follow a new expression when there is one', async () => {
    await new Schedules([daily]).prepare(bench.store, bench.clock);
    await start([{ ...daily, cron: '30 8 * * *' }]);
    await bench.clock.advance(2 * HOUR_MS);
    expect(await times()).toEqual([Date.UTC(2026, 0, 1, 8, 30)]);
  });

  it.each([{ cron: 'every day' }, { cron: '61 * * * *' }, { timezone: 'Europe/Nowhere' }])(
    'with %o are refused',
    async (parts) => {
      const schedules = new Schedules([{ ...daily, ...parts }]);
      const error = await rejectionOf(schedules.prepare(bench.store, bench.clock));
      expect(error.code).toBe('MORTAR_SCHEDULE_INVALID');
    },
  );

  it('of two with one name are refused', () => {
    expect(codeOf(() => new Schedules([daily, daily]))).toBe('MORTAR_SCHEDULE_INVALID');
  });
});
