import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp, defineModule, event, type ModuleBuilder } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { testApp, VirtualClock } from '../../../src/testing/index.js';
import { caught } from '../../contracts/caught.js';
import { rejectionOf } from '../../delivery/letters.js';
import { EntryWritten } from '../journal.js';

const ReportDue = event('reports.due', { data: z.object({ day: z.string() }) });
const HOUR_MS = 3_600_000;

const dayOf = (dueAt: number): { day: string } => ({ day: new Date(dueAt).toISOString() });

function reports(register: (module: ModuleBuilder<'reports'>) => void, days: string[] = []) {
  return defineModule('reports', (module) => {
    register(module);
    module.on(ReportDue, ({ data }) => void days.push(data.day));
  });
}

describe('a schedule of a module', () => {
  it('publishes an event for each of its times', async () => {
    const days: string[] = [];
    const clock = VirtualClock.at('2026-03-01T08:30:00Z');
    const module = reports((builder) => builder.schedule('hourly', '0 * * * *', ReportDue, dayOf), days);
    await using app = await testApp([module], { store: memory({ clock }), clock });
    await app.idle();
    expect(days).toEqual([]);
    await app.advance(2 * HOUR_MS);
    await app.idle();
    expect(days).toEqual(['2026-03-01T09:00:00.000Z', '2026-03-01T10:00:00.000Z']);
    const [first] = app.recorded.events();
    expect(first?.envelope).toMatchObject({ occurredAt: Date.parse('2026-03-01T09:00:00Z') });
  });

  it('takes its data as it is, its time zone, and goes on in the next process', async () => {
    const days: string[] = [];
    const clock = VirtualClock.at('2026-03-01T07:30:00Z');
    const log = new MemoryLog({ clock });
    const module = reports((builder) => {
      builder.schedule('morning', '0 9 * * *', ReportDue, { day: 'a day' }, { timezone: 'Europe/Vienna' });
    }, days);
    await using first = await testApp([module], { store: memory({ log }), clock });
    await first.advance(HOUR_MS);
    await first.idle();
    expect(days).toEqual(['a day']);
    await first.stop();
    await using second = await testApp([module], { store: memory({ log }), clock });
    await second.advance(24 * HOUR_MS);
    await second.idle();
    expect(days).toEqual(['a day', 'a day']);
  });

  it('is one for several processes', async () => {
    const days: string[] = [];
    const clock = VirtualClock.at('2026-03-01T08:30:00Z');
    const log = new MemoryLog({ clock });
    const module = reports((builder) => builder.schedule('hourly', '0 * * * *', ReportDue, dayOf), days);
    await using one = await testApp([module], { store: memory({ log }), clock });
    await using two = await testApp([module], { store: memory({ log }), clock });
    await one.advance(HOUR_MS);
    await one.idle();
    await two.idle();
    expect(days).toEqual(['2026-03-01T09:00:00.000Z']);
  });

  it('is data of its module', () => {
    const { schedules } = reports((builder) =>
      builder.schedule('hourly', '0 * * * *', ReportDue, dayOf, { missed: 'skip' }),
    );
    expect(schedules).toMatchObject([
      { name: 'reports/hourly', cron: '0 * * * *', event: ReportDue, missed: 'skip' },
    ]);
    expect(schedules[0]?.place).toMatch(/schedules\.unit\.test\.ts:\d+$/);
    expect(schedules[0]?.data(0)).toEqual({ day: '1970-01-01T00:00:00.000Z' });
  });

  it.each<readonly [string, (module: ModuleBuilder<'reports'>) => void, string]>([
    ['an empty name', (m) => m.schedule('', '* * * * *', ReportDue, dayOf), 'MORTAR_SCHEDULE_INVALID'],
    [
      'a name with a blank',
      (m) => m.schedule('a b', '* * * * *', ReportDue, dayOf),
      'MORTAR_SCHEDULE_INVALID',
    ],
    ['a number', (m) => m.schedule('a', 5 as never, ReportDue, dayOf), 'MORTAR_SCHEDULE_INVALID'],
    [
      'no event',
      (m) => m.schedule('a', '* * * * *', dayOf as never, dayOf as never),
      'MORTAR_MODULE_INVALID',
    ],
    [
      'another one’s event',
      (m) => m.schedule('a', '* * * * *', EntryWritten as never, dayOf as never),
      'MORTAR_NOT_OWNER',
    ],
    [
      'a misspelt option',
      (m) => m.schedule('a', '* * * * *', ReportDue, dayOf, { zone: 'UTC' } as never),
      'MORTAR_OPTIONS_INVALID',
    ],
    [
      'an unknown policy',
      (m) => m.schedule('a', '* * * * *', ReportDue, dayOf, { missed: 'all' as never }),
      'MORTAR_OPTIONS_INVALID',
    ],
    [
      'an empty time zone',
      (m) => m.schedule('a', '* * * * *', ReportDue, dayOf, { timezone: '' }),
      'MORTAR_SCHEDULE_INVALID',
    ],
    [
      'options that are none',
      (m) => m.schedule('a', '* * * * *', ReportDue, dayOf, 5 as never),
      'MORTAR_MODULE_INVALID',
    ],
  ])('is refused with %s', (_, register, code) => {
    expect(caught(() => reports(register)).code).toBe(code);
  });

  it.each([
    ['six words', 'a b c d e f', 'UTC'],
    ['an hour that there is not', '0 25 * * *', 'UTC'],
    ['no such zone', '0 * * * *', 'Mars/Olympus'],
  ])('is a fault of an app where it has %s, beside others', async (_, cron, timezone) => {
    const module = reports((builder) => {
      builder.schedule('a', cron, ReportDue, dayOf, { timezone });
      builder.startsAfter('nowhere');
    });
    const { code, issues } = await rejectionOf(
      createApp({ modules: [module], store: memory(), logger: silentLogger }),
    );
    expect(code).toBe('MORTAR_GRAPH_INVALID');
    expect(issues.map((issue) => issue.code)).toEqual(['MORTAR_MODULE_MISSING', 'MORTAR_SCHEDULE_INVALID']);
    expect(issues[1]).toMatchObject({ path: 'schedule reports/a' });
    const said = [JSON.stringify(cron), JSON.stringify(timezone), 'schedules.unit.test.ts:'];
    for (const word of said) expect(issues[1]?.message).toContain(word);
  });

  it('is a fault of an app without a store, and of two with one name', async () => {
    const twice = reports((builder) => {
      builder.schedule('a', '0 * * * *', ReportDue, dayOf);
      builder.schedule('a', '1 * * * *', ReportDue, dayOf);
    });
    const error = await rejectionOf(createApp({ modules: [twice], logger: silentLogger }));
    expect(error.issues.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'schedule reports/a MORTAR_SCHEDULE_INVALID',
      'schedule reports/a MORTAR_STORE_MISSING',
      'schedule reports/a MORTAR_STORE_MISSING',
    ]);
  });
});
