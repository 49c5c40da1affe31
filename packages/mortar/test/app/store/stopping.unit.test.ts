import { describe, expect, it, vi } from 'vitest';
import type { App } from '../../../src/app.js';
import type { Store } from '../../../src/delivery/index.js';
import { createApp, defineModule, type Module } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { LogBook } from '../../support/log-book.js';
import { errorOf, Latch, upTo } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { EntryWritten, journal, listener, startedApp, WriteEntry } from '../journal.js';

/** A store that says when it was closed. */
function closing(log: MemoryLog): {
  readonly store: Store;
  readonly closed: Promise<void>;
  isClosed: boolean;
} {
  const inner = memory({ log });
  let tell = (): void => undefined;
  const state = {
    isClosed: false,
    closed: new Promise<void>((resolve) => {
      tell = resolve;
    }),
    store: {
      ...inner,
      open: async (surroundings: Parameters<Store['open']>[0]) => {
        const opened = await inner.open(surroundings);
        const close = async (): Promise<void> => {
          await opened.close();
          state.isClosed = true;
          tell();
        };
        return { ...opened, close };
      },
    },
  };
  return state;
}

/** Stops the app from a place inside of it. */
function stopper(where: 'event' | 'command', app: () => App | undefined, reports: unknown[]): Module {
  const stop = async (): Promise<void> => {
    await settled();
    reports.push(await app()?.stop());
  };
  return defineModule('journal', (module) => {
    module.handle(WriteEntry, async ({ data, publish }) => {
      if (where === 'command') await stop();
      else await publish(EntryWritten, { text: data.text });
      return { entryId: '1', length: data.text.length };
    });
    module.on(EntryWritten, async ({ write }) => {
      if (where === 'event') await stop();
      await write((tx: never) => (tx as Tables).table('heard').set('it', true));
    });
  });
}

interface Tables {
  table(name: string): { set(key: string, value: unknown): Promise<void> };
}

describe('the stop of an app with a store', () => {
  it('lets what has begun end and commits it, and leaves the rest in the log', async () => {
    const log = new MemoryLog();
    const latch = new Latch();
    const begun: string[] = [];
    const slow = defineModule('slow', (module) => {
      module.on(EntryWritten, { concurrency: 2 }, async ({ data, write }) => {
        begun.push(data.text);
        await latch.opened;
        await write((tx: never) => (tx as Tables).table('heard').set(data.text, true));
      });
    });
    const app = await startedApp([journal, slow], { store: memory({ log }) });
    for (const no of upTo(10)) await app.publish(EntryWritten, { text: `${no}` });
    await vi.waitFor(() => expect(begun).toHaveLength(2));
    const stopping = app.stop();
    await settled();
    latch.open();
    expect(await stopping).toEqual({ isDrained: true, givenUp: 0 });
    expect([...log.table('heard').entries()].map(([text]) => text).sort()).toEqual([...begun].sort());
    const heard: string[] = [];
    const rest = defineModule('slow', (module) => {
      module.on(EntryWritten, ({ data }) => void heard.push(data.text));
    });
    const again = await startedApp([journal, rest], { store: memory({ log }) });
    await vi.waitFor(() => expect(heard).toHaveLength(8));
    await again.stop();
    expect([...begun, ...heard].sort()).toEqual(upTo(10).map(String).sort());
  });

  it('gives up, when its time is over, what does not end, which comes again in the next process', async () => {
    const log = new MemoryLog();
    const signals: AbortSignal[] = [];
    const stuck = defineModule('mail', (module) => {
      module.on(EntryWritten, { retry: { attempts: 1 } }, ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      });
    });
    const app = await startedApp([journal, stuck], { store: memory({ log }) });
    await app.publish(EntryWritten, { text: 'a' });
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    expect(await app.stop({ timeoutMs: 20 })).toEqual({ isDrained: false, givenUp: 1 });
    expect(signals[0]?.aborted).toBe(true);
    const heard: string[] = [];
    const again = await startedApp([journal, listener((text) => heard.push(text))], {
      store: memory({ log }),
    });
    await vi.waitFor(() => expect(heard).toEqual(['a']));
    expect(await again.deadLetters.list()).toEqual([]);
    await again.stop();
  });

  it('tells those who wait for handlers that these are not waited for any more', async () => {
    const log = new MemoryLog();
    const stuck = defineModule('mail', (module) => {
      module.on(EntryWritten, () => new Promise(() => undefined));
    });
    const app = await startedApp([journal, stuck], { store: memory({ log }) });
    const waiting = errorOf(app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' }));
    await vi.waitFor(() => expect(log.entries).toHaveLength(1));
    await app.stop({ timeoutMs: 0 });
    expect(await waiting).toMatchObject({ code: 'MORTAR_BUS_STOPPED' });
  });

  it.each(['event', 'command'] as const)(
    'that the handler of an %s asks for does not wait for it, and closes the store behind its commit',
    async (where) => {
      const log = new MemoryLog();
      const { store, closed } = closing(log);
      const reports: unknown[] = [];
      let app: App | undefined;
      app = await startedApp([stopper(where, () => app, reports)], { store });
      const sent = app.dispatch(WriteEntry, { text: 'a' }, { idempotencyKey: 'k' });
      expect(await sent).toEqual({ entryId: '1', length: 1 });
      await closed;
      expect(reports).toEqual([{ isDrained: true, givenUp: 0 }]);
      if (where === 'event') expect(log.table('heard').get('it')).toBe(true);
      else expect(log.results.size).toBe(1);
      // It was handled: the next process does not stop of it again.
      const next = await createApp({
        modules: [stopper(where, () => undefined, reports)],
        store: memory({ log }),
        logger: silentLogger,
      });
      await next.start();
      await next.deliveries.idle();
      expect(reports).toHaveLength(1);
      await next.stop();
    },
  );

  it('closes the store once, whoever asks, and waits for commits under way', async () => {
    const log = new MemoryLog();
    const { store } = closing(log);
    const app = await startedApp([journal], { store });
    const publishing = upTo(20).map((no) => app.publish(EntryWritten, { text: `${no}` }));
    const reports = await Promise.all([app.stop(), app.stop()]);
    await Promise.all(publishing);
    expect(reports).toEqual(upTo(2).map(() => ({ isDrained: true, givenUp: 0 })));
    expect(log.entries).toHaveLength(20);
    expect(await errorOf(app.start())).toMatchObject({ code: 'MORTAR_APP_STATE' });
  });

  it('releases the leases before it closes the store, also where it is asked for twice', async () => {
    const told: string[] = [];
    const inner = memory();
    const store: Store = {
      ...inner,
      open: async (surroundings) => {
        const opened = await inner.open(surroundings);
        const deliveries = new Proxy(opened.deliveries, {
          get(target, name) {
            const member: unknown = Reflect.get(target, name);
            if (typeof member !== 'function') return member;
            if (name === 'watch') return member.bind(target);
            return async (...parameters: unknown[]) => {
              if (name === 'release') for (const _ of upTo(20)) await settled();
              const answer: unknown = await member.apply(target, parameters);
              if (name === 'release') told.push('released');
              return answer;
            };
          },
        });
        const close = async (): Promise<void> => {
          told.push('closed');
          await opened.close();
        };
        return { ...opened, deliveries, close };
      },
    };
    const app = await startedApp([journal, listener(() => undefined)], { store });
    await Promise.all([app.stop(), app.stop()]);
    expect(told).toEqual(['released', 'closed']);
  });

  it('tells the operator where the store does not close behind a handler', async () => {
    const log = new MemoryLog();
    const book = new LogBook();
    const inner = memory({ log });
    const store: Store = {
      ...inner,
      open: async (surroundings) => ({
        ...(await inner.open(surroundings)),
        close: () => Promise.reject(new Error('stuck')),
      }),
    };
    const reports: unknown[] = [];
    let app: App | undefined;
    app = await startedApp([stopper('event', () => app, reports)], { store, logger: book });
    await app.dispatch(WriteEntry, { text: 'a' });
    await vi.waitFor(() =>
      expect(book.lines.map(({ message }) => message)).toContain(
        'The store was not closed cleanly after the last handler',
      ),
    );
    expect(reports).toHaveLength(1);
  });
});
