import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { DurableApp } from '../../../src/app.js';
import type { EventContext, RequestContext } from '../../../src/bus/index.js';
import { handles, on, registerClass } from '../../../src/decorators/index.js';
import { position } from '../../../src/event-store/index.js';
import { CurrentMessage, createApp, defineModule, event, query } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryLog, type MemoryTransaction, memory } from '../../../src/memory/index.js';
import { standIn } from '../../../src/projections/inline/stand-in.js';
import { errorOf, upTo } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { EntryWritten, journal, startedApp, WriteEntry } from '../journal.js';
import { CountTickets, opera, PrintTickets, SeatsTaken, TakeSeats, tickets } from './seats.js';

async function started(modules: Parameters<typeof createApp>[0]['modules'], log = new MemoryLog()) {
  const app: DurableApp = await createApp({ modules, store: memory({ log }), logger: silentLogger });
  await app.start();
  return { app, log };
}

describe('the log of an app', () => {
  it('is read, followed and appended to while the app is started', async () => {
    const { app } = await started([journal]);
    await app.publish(EntryWritten, { text: 'a' });
    const follow = new AbortController();
    const followed: string[] = [];
    const following = (async () => {
      for await (const { data } of app.log.subscribe({ events: [EntryWritten], signal: follow.signal }))
        followed.push(data.text);
    })();
    await app.log.append('entry-1', EntryWritten, { text: 'b' });
    await vi.waitFor(() => expect(followed).toEqual(['a', 'b']));
    follow.abort();
    await following;
    const read: unknown[] = [];
    for await (const event of app.log.readStream('entry-1')) read.push(event.data);
    expect(read).toEqual([{ text: 'b' }]);
    expect(await app.log.head()).toBe(position(2));
    await app.stop();
    expect(await errorOf(app.log.head())).toMatchObject({ code: 'MORTAR_APP_STATE' });
  });

  it('knows the contracts of the modules, so that data is as it is today', async () => {
    const { app } = await started([opera, tickets()]);
    await app.dispatch(TakeSeats, { show: 'aida', count: 2 });
    for await (const event of app.log.readAll({ filter: { tags: ['show:aida'] }, limit: 1 })) {
      expect(event).toMatchObject({ type: 'opera.seats-taken', data: { show: 'aida', count: 2 } });
    }
    await app.stop();
  });
});

describe('the deliveries of an app', () => {
  it('are looked at, paused and resumed by an operator', async () => {
    const heard: string[] = [];
    const mail = defineModule('mail', (module) => {
      module.on(EntryWritten, ({ data }) => void heard.push(data.text));
    });
    const { app } = await started([journal, mail]);
    const name = 'mail/journal.entry-written';
    await app.deliveries.pause(name, 'ada');
    await app.publish(EntryWritten, { text: 'a' });
    await app.deliveries.idle();
    expect(heard).toEqual([]);
    const { subscriptions } = await app.deliveries.status();
    expect(subscriptions).toMatchObject([{ name, state: 'paused' }]);
    await app.deliveries.resume(name, 'ada');
    await vi.waitFor(() => expect(heard).toEqual(['a']));
    expect(await app.deliveries.cleanUp()).toMatchObject({ letters: 0 });
    await app.stop();
    expect(await errorOf(app.deliveries.status())).toMatchObject({ code: 'MORTAR_APP_STATE' });
  });
});

describe('a publication that waits until it is handled', () => {
  it.each([{ key: undefined }, { key: 'k' }])(
    'does not read its event from the log, with key $key',
    async ({ key }) => {
      const inner = memory();
      const reads: unknown[] = [];
      const store: typeof inner = {
        ...inner,
        open: async (surroundings) => {
          const opened = await inner.open(surroundings);
          const readAll: typeof opened.events.readAll = (range) => {
            if (range?.limit === 1) reads.push(range);
            return opened.events.readAll(range);
          };
          return { ...opened, events: standIn(opened.events, { readAll }) };
        },
      };
      const Noted = event('journal.noted', {
        data: z.string(),
        ...(key === undefined ? {} : { key: () => key }),
      });
      const module = defineModule('journal', (one) => one.on(Noted, () => undefined));
      const app = await startedApp([module], { store });
      expect(await app.publish(Noted, 'a', { wait: 'handled' })).toMatchObject([{ status: 'handled' }]);
      expect(reads).toEqual([]);
      await app.stop();
    },
  );
});

describe('a subscription that no code has any more', () => {
  it('is forgotten when an operator says so, and one that the app has is not', async () => {
    const log = new MemoryLog();
    const mail = defineModule('mail', (module) => module.on(EntryWritten, () => undefined));
    const name = 'mail/journal.entry-written';
    const { app: before } = await started([journal, mail], log);
    expect(await errorOf(before.deliveries.forget(name))).toMatchObject({
      code: 'MORTAR_SUBSCRIPTION_IN_USE',
    });
    await before.stop();
    const { app: after } = await started([journal], log);
    await after.deliveries.forget(name, 'ada');
    expect([...log.deliveries.subscriptions.entries()]).toEqual([]);
    expect(await after.deadLetters.audit()).toMatchObject([
      { action: 'forget', subscription: name, actor: 'ada' },
    ]);
    await after.stop();
  });
});

describe('what a module has, over a store', () => {
  it('is a scope for each event, and for each batch, closed when it is handled', async () => {
    class Visit {
      readonly about: string;
      isOver = false;
      constructor(message: { readonly data: unknown }) {
        this.about = (message.data as { readonly text: string }).text;
      }
      [Symbol.dispose](): void {
        this.isOver = true;
      }
    }
    const visits: Visit[] = [];
    const desk = defineModule('desk', (module) => {
      module.factory(Visit, [CurrentMessage], (message) => new Visit(message as never), {
        lifetime: 'scoped',
      });
      module.on(EntryWritten, { name: 'desk/one' }, [Visit], (_, visit) => void visits.push(visit));
      module.on(
        EntryWritten,
        { name: 'desk/batch', batch: { size: 5, withinMs: 1 } },
        [Visit],
        (_, visit) => void visits.push(visit),
      );
    });
    const { app } = await started([journal, desk]);
    await app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    await app.stop();
    expect(visits.map(({ about, isOver }) => [about, isOver])).toEqual([
      ['a', true],
      ['a', true],
    ]);
    expect(new Set(visits).size).toBe(2);
  });

  it('is decorated classes as well', async () => {
    class Clerk {
      readonly heard: string[] = [];
      async print({ data, write }: RequestContext<typeof PrintTickets>): Promise<void> {
        await write((tx: MemoryTransaction) => tx.table('tickets').set(data.show, data.count));
      }
      async hear({ data, dispatch }: EventContext<typeof SeatsTaken>): Promise<void> {
        this.heard.push(data.show);
        await dispatch(PrintTickets, data);
      }
    }
    // As the compiler applies them where decorators are experimental.
    const mark = (decorate: unknown, method: keyof Clerk): unknown =>
      (decorate as (...target: readonly unknown[]) => unknown)(
        Clerk.prototype,
        method,
        Object.getOwnPropertyDescriptor(Clerk.prototype, method),
      );
    mark(handles(PrintTickets), 'print');
    mark(on(SeatsTaken, { name: 'clerk' }), 'hear');
    const clerks = defineModule('tickets', (module) => {
      module.singleton(Clerk);
      registerClass(module, Clerk);
    });
    const { app, log } = await started([opera, clerks]);
    await app.dispatch(TakeSeats, { show: 'aida', count: 3 });
    await vi.waitFor(() => expect(log.table('tickets').get('aida')).toBe(3));
    await app.stop();
  });

  it('caches answers until what was published is committed, and until it is handled and committed', async () => {
    const counts: number[] = [];
    const log = new MemoryLog();
    const office = defineModule('tickets', (module) => {
      module.answer(
        CountTickets,
        { cache: { ttlMs: 3_600_000, vary: 'none', invalidatedBy: [SeatsTaken] } },
        ({ data }) => Number(log.table('tickets').get(data.show) ?? 0),
      );
      module.on(SeatsTaken, async ({ data, ask, write }) => {
        // Found after the event was accepted and before its handler has ended: no good afterwards.
        await settled();
        counts.push(await ask(CountTickets, { show: data.show }));
        await write((tx: MemoryTransaction) => tx.table('tickets').set(data.show, data.count));
      });
    });
    const { app } = await started([opera, office], log);
    const ask = (): Promise<number> => app.ask(CountTickets, { show: 'aida' });
    expect(await ask()).toBe(0);
    await app.publish(SeatsTaken, { show: 'aida', count: 7 }, { wait: 'handled' });
    expect([counts, await ask()]).toEqual([[0], 7]);
    expect(app.stats().caches).toMatchObject([{ query: 'tickets.count' }]);
    await app.stop();
  });

  it('is asked as without one: queries, ports and rules see no store', async () => {
    const Echo = query('desk.echo', { data: z.object({ text: z.string() }), result: z.string() });
    const desk = defineModule('desk', (module) => module.answer(Echo, ({ data }) => data.text));
    const { app, log } = await started([desk]);
    const texts = await Promise.all(upTo(10).map((no) => app.ask(Echo, { text: `${no}` })));
    expect(texts).toEqual(upTo(10).map(String));
    expect(log.entries).toEqual([]);
    await app.stop();
  });

  it('shows its subscriptions among the handlers, with what was said of them', async () => {
    const mail = defineModule('mail', (module) => {
      module.on(EntryWritten, { concurrency: 3, from: 'beginning' }, () => undefined);
    });
    const { app } = await started([journal, mail]);
    expect(app.handlers.of(EntryWritten.name)).toMatchObject([
      { name: 'mail/journal.entry-written', module: 'mail', options: { concurrency: 3 } },
    ]);
    expect(app.handlers.of(WriteEntry.name)).toHaveLength(1);
    await app.stop();
  });
});
