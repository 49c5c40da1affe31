import { describe, expect, it } from 'vitest';
import type { OpenStore, Store } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { createApp, defineModule } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryDeadLetterStore, MemoryLog, memory } from '../../../src/memory/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { errorOf } from '../../support/parcels.js';
import { EntryWritten, journal, quietApp, startedApp, WriteEntry } from '../journal.js';

/** A store that tells what is done with it. */
function watchedStore(broken: 'open' | 'check' | 'close' | undefined = undefined): {
  readonly store: Store;
  readonly told: string[];
} {
  const told: string[] = [];
  const inner = memory({ log: new MemoryLog() });
  const unless = async (what: string, then: () => Promise<void>): Promise<void> => {
    told.push(what);
    if (what === broken) throw new Error(`${what} is broken`);
    return then();
  };
  const open = async (surroundings: Parameters<Store['open']>[0]): Promise<OpenStore> => {
    await unless('open', async () => undefined);
    const opened = await inner.open(surroundings);
    return {
      ...opened,
      check: () => unless('check', () => opened.check()),
      close: () => unless('close', () => opened.close()),
    };
  };
  return { store: { kind: 'watched', open, plan: () => inner.plan() }, told };
}

const failing = defineModule('failing', (module) => {
  module.startsAfter('journal');
  module.onStart(() => {
    throw new Error('no ink');
  });
});

describe('the store of an app', () => {
  it('is opened before the modules start, and closed after they have stopped', async () => {
    const { store, told } = watchedStore();
    const diary = defineModule('diary', (module) => {
      module.onStart(() => void told.push('start'));
      module.onStop(() => void told.push('stop'));
    });
    const app = await quietApp([diary], { store });
    expect(told).toEqual([]);
    await app.start();
    await app.stop();
    expect(told).toEqual(['open', 'start', 'stop', 'close']);
    await app.stop();
    expect(told).toHaveLength(4);
  });

  it('that can not be opened keeps the app from starting, which may then be started anew', async () => {
    let isBroken = true;
    const { store } = watchedStore();
    const reluctant: Store = {
      ...store,
      open: (surroundings) =>
        isBroken ? Promise.reject(new Error('the disk is missing')) : store.open(surroundings),
    };
    const app = await quietApp([journal], { store: reluctant });
    const error = await rejectionOf(app.start());
    expect(error).toMatchObject({ code: 'MORTAR_START_FAILED', expected: 'the store to be opened' });
    expect(error.got).toContain('the disk is missing');
    isBroken = false;
    await app.start();
    expect(await app.dispatch(WriteEntry, { text: 'a' })).toEqual({ entryId: '1', length: 1 });
    await app.stop();
  });

  it('is closed when a module does not start', async () => {
    const { store, told } = watchedStore();
    const app = await quietApp([journal, failing], { store });
    expect(await rejectionOf(app.start())).toMatchObject({ code: 'MORTAR_START_FAILED' });
    expect(told).toEqual(['open', 'close']);
    await app.stop();
    expect(told).toEqual(['open', 'close']);
  });

  it('that does not close is among what has gone wrong with the stop', async () => {
    const { store } = watchedStore('close');
    const app = await startedApp([journal], { store });
    const error = await rejectionOf(app.stop());
    expect(error).toMatchObject({ code: 'MORTAR_STOP_FAILED' });
    expect(error.issues).toEqual([{ path: 'store', message: 'close is broken' }]);
  });

  it('is a part of the health of the app, while that is started', async () => {
    const { store, told } = watchedStore('check');
    const app = await quietApp([journal], { store });
    expect((await app.health()).checks.map(({ name }) => name)).toEqual(['app']);
    await app.start();
    const report = await app.health();
    expect(report.status).toBe('unhealthy');
    expect(report.checks).toMatchObject([
      { name: 'app', status: 'healthy' },
      { name: 'store', status: 'unhealthy', detail: 'check is broken' },
    ]);
    expect(told).toContain('check');
    await app.stop();
    const well = await startedApp([journal], { store: memory() });
    expect((await well.health()).status).toBe('healthy');
    await well.stop();
  });

  it.each([
    ['a file name', 'shop.db'],
    ['null', null],
    ['something without open', { plan: () => undefined }],
    ['something without plan', { open: () => undefined }],
    ['the function that makes one', memory],
  ])('is refused as %s', async (_, store) => {
    const error = await rejectionOf(createApp({ modules: [], store: store as never }));
    expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
    expect(error.expected).toContain('sqlite');
  });

  it('keeps its own dead letters, so others are refused beside it', async () => {
    const options = { modules: [], store: memory(), deadLetters: new MemoryDeadLetterStore() };
    expect(await rejectionOf(createApp(options))).toMatchObject({
      code: 'MORTAR_OPTIONS_INVALID',
      expected: 'no option deadLetters beside store',
    });
  });
});

describe('what an app with a store does', () => {
  it('is there for the next process, and no part of what failed', async () => {
    const log = new MemoryLog();
    const store = memory({ log });
    const one = await startedApp([journal], { store });
    await one.dispatch(WriteEntry, { text: 'first' });
    await errorOf(one.dispatch(WriteEntry, { text: 'fail' }));
    await one.as({ actor: 'ada' }).publish(EntryWritten, { text: 'second' });
    await one.stop();
    const two = await startedApp([journal], { store });
    await two.dispatch(WriteEntry, { text: 'third' }, { idempotencyKey: 'k' });
    await two.dispatch(WriteEntry, { text: 'third' }, { idempotencyKey: 'k' });
    await two.stop();
    expect(log.entries.map(({ payload, actor }) => [payload, actor])).toEqual([
      ['{"text":"first"}', undefined],
      ['{"text":"second"}', 'ada'],
      ['{"text":"third"}', undefined],
    ]);
  });

  it('is refused before its start and after its stop, as without one', async () => {
    const app = await quietApp([journal], { store: memory() });
    const verbs = [
      () => app.publish(EntryWritten, { text: 'a' }),
      () => app.dispatch(WriteEntry, { text: 'a' }),
      () => app.publishAt(EntryWritten, { text: 'a' }, 1),
      () => app.publishAfter(EntryWritten, { text: 'a' }, 1),
      () => app.unschedule('a'),
    ];
    for (const verb of verbs) expect(await errorOf(verb())).toMatchObject({ code: 'MORTAR_APP_STATE' });
    await app.start();
    await app.stop();
    for (const verb of verbs) expect(await errorOf(verb())).toMatchObject({ code: 'MORTAR_APP_STATE' });
  });

  it('is refused for events whose module is not loaded, now and later', async () => {
    const app = await startedApp([], { store: memory() });
    for (const verb of [
      () => app.publish(EntryWritten, { text: 'a' }),
      () => app.publishAt(EntryWritten, { text: 'a' }, 1),
      () => app.as({ actor: 'ada' }).publishAfter(EntryWritten, { text: 'a' }, 1),
    ])
      expect(await errorOf(verb())).toMatchObject({ code: 'MORTAR_MODULE_MISSING' });
    await app.stop();
  });

  it('passes on what a store says when it can not take more', async () => {
    const full = new MortarError('MORTAR_STORE_FULL', { rule: 'r.', expected: 'room', got: 'none' });
    const inner = memory();
    const store: Store = {
      ...inner,
      open: async (surroundings) => {
        const opened = await inner.open(surroundings);
        const commit: OpenStore['units']['commit'] = async (units) =>
          units.map(() => ({ ok: false, error: full }) as const);
        return {
          ...opened,
          units: {
            commit,
            findResult: (key) => opened.units.findResult(key),
            cleanUp: (before) => opened.units.cleanUp(before),
          },
        };
      },
    };
    const app = await startedApp([journal], { store });
    expect(await errorOf(app.publish(EntryWritten, { text: 'a' }))).toBe(full);
    expect(await errorOf(app.dispatch(WriteEntry, { text: 'a' }))).toBe(full);
    await app.stop();
  });
});

describe('an app without a store', () => {
  it('publishes nothing later', async () => {
    const app = await startedApp([journal], { logger: silentLogger });
    for (const verb of [
      () => app.publishAt(EntryWritten, { text: 'a' }, 1),
      () => app.as({ actor: 'ada' }).publishAfter(EntryWritten, { text: 'a' }, 1),
      () => app.unschedule('a'),
    ])
      expect(await errorOf(verb())).toMatchObject({ code: 'MORTAR_STORE_MISSING' });
    await app.stop();
  });
});
