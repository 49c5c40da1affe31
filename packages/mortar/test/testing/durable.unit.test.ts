import { describe, expect, it } from 'vitest';
import { defineModule } from '../../src/index.js';
import { MemoryLog, type MemoryTransaction, memory } from '../../src/memory/index.js';
import { projection } from '../../src/projections/index.js';
import { scenario, testApp, VirtualClock } from '../../src/testing/index.js';
import { EntryWritten, journal, listener, WriteEntry } from '../app/journal.js';
import { opera, PrintTickets, SeatsTaken, TakeSeats, TicketsPrinted, tickets } from '../app/store/seats.js';
import { rejectionOf } from '../delivery/letters.js';
import { upTo } from '../support/parcels.js';

const DAY_MS = 86_400_000;
const store = (clock: NonNullable<Parameters<typeof memory>[0]>['clock']) =>
  memory(clock === undefined ? {} : { clock });
const backoff = { kind: 'fixed', delayMs: 60_000, jitter: false } as const;

/** A module that fails a few times with each entry. */
function stubborn(failures: number, attempts = failures + 1) {
  const heard: string[] = [];
  const module = defineModule('stubborn', (builder) => {
    builder.on(EntryWritten, { retry: { attempts, backoff } }, ({ data, attempt }) => {
      heard.push(`${data.text} ${attempt}`);
      if (attempt <= failures) throw new Error(`no ${data.text}`);
    });
  });
  return { module, heard };
}

describe('a test app with a store', () => {
  it('is idle when everything has come through the log', async () => {
    await using app = await testApp([opera, tickets()], { store });
    await app.dispatch(TakeSeats, { show: 'aida', count: 2 });
    await app.idle();
    expect(app.recorded.events(SeatsTaken)).toEqual([{ show: 'aida', count: 2 }]);
    expect(app.recorded.events(TicketsPrinted)).toEqual([{ show: 'aida', count: 2 }]);
    expect(app.recorded.commands(PrintTickets)).toHaveLength(1);
    const [taken] = app.recorded.events();
    expect(taken?.handlings).toEqual([
      { handler: 'tickets/opera.seats-taken', module: 'tickets', status: 'handled', attempts: 1 },
    ]);
    const { subscriptions } = await app.deliveries.status();
    expect(subscriptions).toMatchObject([{ name: 'tickets/opera.seats-taken', lagEvents: 0 }]);
  });

  it.each(['async', 'inline', 'live'] as const)('has brought on what is placed %s', async (placement) => {
    const seats = projection('seats', {
      events: [SeatsTaken],
      initialState: () => ({ taken: 0 }),
      key: ({ data }) => data.show,
      placement,
      on: { 'opera.seats-taken': ({ taken }, { data }) => ({ taken: taken + data.count }) },
    });
    const board = defineModule('board', (module) => module.project(seats));
    await using app = await testApp([opera, tickets(), board], { store });
    await app.dispatch(TakeSeats, { show: 'aida', count: 2 });
    await app.dispatch(TakeSeats, { show: 'aida', count: 3 });
    await app.idle();
    expect(await app.readModel(seats).get('aida')).toEqual({ taken: 5 });
    const [status] = await app.projections.status();
    expect(status).toMatchObject({ name: 'board/seats', placement });
  });

  it('records nothing of what is rolled back', async () => {
    await using app = await testApp([opera, tickets()], { store });
    const answer = await app.tryDispatch(TakeSeats, { show: 'aida', count: 500 });
    expect(answer.ok).toBe(false);
    await app.idle();
    expect(app.recorded.events()).toEqual([]);
  });

  it('lets the time of retries pass at once', async () => {
    const { module, heard } = stubborn(3);
    await using app = await testApp([journal, module], { store });
    const before = app.clock.now();
    await app.publish(EntryWritten, { text: 'a' });
    await app.idle();
    expect(heard).toEqual(['a 1', 'a 2', 'a 3', 'a 4']);
    expect(app.clock.now() - before).toBeGreaterThanOrEqual(3 * 60_000);
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'handled', attempts: 4 }]);
  });

  it('lets it pass step by step with advance, and leaves it with idle without', async () => {
    const { module, heard } = stubborn(3);
    await using app = await testApp([journal, module], { store });
    await app.publish(EntryWritten, { text: 'a' });
    await app.idle({ advance: false });
    expect(heard).toEqual(['a 1']);
    await app.advance(59_999);
    expect(heard).toHaveLength(1);
    await app.advance(1);
    expect(heard).toHaveLength(2);
    await app.advance(120_000);
    expect(heard).toEqual(['a 1', 'a 2', 'a 3', 'a 4']);
  });

  it('records deaths, with the error as it was thrown, and keeps the letters', async () => {
    const { module } = stubborn(9, 2);
    await using app = await testApp([journal, module], { store });
    await app.publish(EntryWritten, { text: 'a' });
    await app.idle();
    const [death, ...others] = app.recorded.deaths();
    expect(others).toEqual([]);
    expect(death).toMatchObject({
      subscription: 'stubborn/journal.entry-written',
      type: 'journal.entry-written',
      data: { text: 'a' },
      attempts: 2,
      reason: 'failed',
    });
    expect(death?.error).toBeInstanceOf(Error);
    expect(await app.deadLetters.list()).toMatchObject([{ attempts: 2, error: { message: 'no a' } }]);
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'dead', attempts: 2 }]);
  });

  it('is idle while an event waits for its day, and publishes it when that comes', async () => {
    const heard: string[] = [];
    await using app = await testApp([journal, listener((text) => heard.push(text))], { store });
    const at = app.clock.now() + 3 * DAY_MS;
    await app.publishAt(EntryWritten, { text: 'later' }, at);
    await app.publishAfter(EntryWritten, { text: 'sooner' }, DAY_MS, { name: 'sooner' });
    await app.publishAfter(EntryWritten, { text: 'never' }, DAY_MS, { name: 'never' });
    await app.unschedule('never');
    await app.idle();
    expect([heard, app.recorded.events()]).toEqual([[], []]);
    await app.advance(DAY_MS);
    await app.idle();
    expect(heard).toEqual(['sooner']);
    await app.advance(2 * DAY_MS);
    await app.idle();
    expect(heard).toEqual(['sooner', 'later']);
    const [, later] = app.recorded.events();
    expect(later?.envelope.occurredAt).toBe(at);
  });

  it('waits for what a batch waits for', async () => {
    const batches: number[] = [];
    const counter = defineModule('counter', (module) => {
      module.on(EntryWritten, { batch: { size: 10, withinMs: 5_000 } }, (events) => {
        batches.push(events.length);
      });
    });
    await using app = await testApp([journal, counter], { store });
    for (const no of upTo(4)) await app.publish(EntryWritten, { text: `${no}` });
    await app.idle();
    expect(batches).toEqual([4]);
  });

  it('shows handlers within the transaction as handled', async () => {
    const ledger: string[] = [];
    const strict = defineModule('journal', (module) => {
      module.handle(WriteEntry, async ({ data, publish }) => {
        await publish(EntryWritten, { text: data.text });
        return { entryId: '1', length: 1 };
      });
      module.on(EntryWritten, { within: 'transaction', name: 'journal/ledger' }, async ({ data, write }) => {
        if (data.text === 'veto') throw new Error('never');
        await write((tx: MemoryTransaction) => tx.table('ledger').set(data.text, 1));
        ledger.push(data.text);
      });
    });
    const log = new MemoryLog();
    await using app = await testApp([strict], { store: memory({ log }) });
    await app.dispatch(WriteEntry, { text: 'a' });
    await expect(app.dispatch(WriteEntry, { text: 'veto' })).rejects.toThrow('never');
    await app.idle();
    expect([ledger, log.table('ledger').get('a')]).toEqual([['a'], 1]);
    expect(app.recorded.events()).toMatchObject([
      { data: { text: 'a' }, handlings: [{ handler: 'journal/ledger', status: 'handled' }] },
    ]);
  });

  it('plays scenarios', async () => {
    await using app = await testApp([opera, tickets()], { store });
    await scenario(app)
      .given([SeatsTaken, { show: 'tosca', count: 1 }])
      .when(TakeSeats, { show: 'aida', count: 3 })
      .then([SeatsTaken, { show: 'aida', count: 3 }], [TicketsPrinted, { show: 'aida', count: 3 }]);
    await scenario(app).when(TakeSeats, { show: 'aida', count: 3 }).thenResult({ left: 94 });
    await scenario(app).when(TakeSeats, { show: 'aida', count: 500 }).thenFailure('sold-out', { left: 94 });
    await scenario(app)
      .whenEvent(SeatsTaken, { show: 'aida', count: 1 })
      .then([TicketsPrinted, { show: 'aida', count: 1 }]);
  });

  it('goes on with the log of another', async () => {
    const log = new MemoryLog();
    const clock = new VirtualClock();
    const { module, heard } = stubborn(1);
    await using first = await testApp([journal, module], { store: memory({ log }), clock });
    await first.publish(EntryWritten, { text: 'a' });
    await first.idle({ advance: false });
    await first.stop();
    expect(heard).toEqual(['a 1']);
    await using second = await testApp([journal, module], { store: memory({ log }), clock });
    await second.idle();
    expect(heard).toEqual(['a 1', 'a 2']);
  });

  it('reads its log', async () => {
    await using app = await testApp([journal, listener(() => undefined)], { store });
    for (const no of upTo(3)) await app.publish(EntryWritten, { text: `${no}` });
    const texts: string[] = [];
    for await (const { data } of app.log.readAll({ events: [EntryWritten] })) texts.push(data.text);
    expect(texts).toEqual(['1', '2', '3']);
  });

  it.each([
    ['a file name', 'shop.db'],
    ['nothing', null],
    ['an object', {}],
  ])('refuses %s as its store', async (_, wrong) => {
    const error = await rejectionOf(testApp([], { store: wrong as never }));
    expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
  });
});
