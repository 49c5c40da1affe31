import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import type { BatchOptions } from '../../src/bus/index.js';
import type { Issue } from '../../src/errors/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { memory } from '../../src/memory/index.js';
import { defineModule, type Module, splitOptions } from '../../src/modules/index.js';
import { caught } from '../contracts/caught.js';
import { rejectionOf } from '../delivery/letters.js';
import { OrderLost, OrderPlaced } from './messages.js';

const handler = (): void => undefined;

function subscribed(options: object): Module['subscriptions'][number] | undefined {
  return defineModule('shop', (module) => module.on(OrderPlaced, options, handler)).subscriptions[0];
}

async function issuesOf(modules: readonly Module[], hasStore = true): Promise<readonly Issue[]> {
  const store = hasStore ? { store: memory() } : {};
  const error = await rejectionOf(createApp({ modules, logger: silentLogger, env: {}, ...store }));
  expect(error.code).toBe('MORTAR_GRAPH_INVALID');
  return error.issues;
}

describe('what a subscription says of the log', () => {
  it('is kept as it is said, and taken apart from what the bus is told', () => {
    const retry = { attempts: 2 };
    const said = { from: 'beginning', onDead: 'continue', onUnreadable: 'hold', partitions: 4 } as const;
    const options = { ...said, retry, concurrency: 3, name: 'shop/orders' };
    expect(subscribed(options)?.options).toEqual(options);
    expect(splitOptions(options)).toEqual({ bus: { retry, concurrency: 3, name: 'shop/orders' }, log: said });
    expect(splitOptions({ within: 'transaction' })).toEqual({ bus: {}, log: {} });
  });

  it.each([
    { from: 'now' },
    { from: 0 },
    { from: 7_000_000_000 },
    { partitions: 256 },
    { within: 'transaction', timeoutMs: 5, name: 'shop/ledger' },
    { batch: { size: 10, withinMs: 5 }, retry: { attempts: 3 }, from: 'beginning' },
  ])('may be %j', (options) => {
    expect(subscribed(options)?.options).toEqual(options);
  });

  it.each([
    [{ from: 'yesterday' }, '"yesterday"'],
    [{ from: -1 }, '-1'],
    [{ from: 1.5 }, '1.5'],
    [{ from: '1' }, '"1"'],
    [{ onDead: 'skip' }, 'onDead'],
    [{ onUnreadable: true }, 'onUnreadable'],
    [{ partitions: 0 }, '0'],
    [{ partitions: 257 }, '257'],
    [{ within: 'commit' }, 'within'],
    [{ within: 'transaction', retry: { attempts: 2 } }, 'retry'],
    [{ within: 'transaction', from: 'now' }, 'from'],
    [{ within: 'transaction', concurrency: 2 }, 'concurrency'],
    [{ batch: { size: 0, withinMs: 5 } }, 'batch.size'],
    [{ batch: { size: 2, withinMs: 5 }, concurrency: 2 }, 'batch'],
    [{ runOn: 'thread' }, 'runOn'],
  ])('is refused as %j', (options, said) => {
    const error = caught(() => subscribed(options));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(error.message).toContain(said);
    expect(error.message).toContain('on shop.order-placed');
  });
});

describe('a handler within the transaction', () => {
  const within = { within: 'transaction' } as const;
  const shop = defineModule('shop', (module) => module.on(OrderPlaced, within, handler));

  it('of the event’s own module is right, in an app with a store', async () => {
    const app = await createApp({ modules: [shop], store: memory(), logger: silentLogger });
    expect(app.handlers.of(OrderPlaced.name).map(({ name }) => name)).toEqual(['shop/shop.order-placed']);
  });

  it('of another module is a fault, for each event that is not its own', async () => {
    const desk = defineModule('desk', (module) =>
      module.on([OrderPlaced, OrderLost], { ...within, name: 'desk/all' }, handler),
    );
    const issues = await issuesOf([shop, desk]);
    expect(issues.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'subscription desk/all MORTAR_NOT_OWNER',
      'subscription desk/all MORTAR_NOT_OWNER',
    ]);
    expect(issues[0]?.message).toMatch(
      /^handles shop\.order-placed within the transaction, at \S+:\d+, which/,
    );
  });

  it('is a fault in an app without a store', async () => {
    const issues = await issuesOf([shop], false);
    expect(issues).toMatchObject([
      { path: 'subscription shop/shop.order-placed', code: 'MORTAR_STORE_MISSING' },
    ]);
  });
});

describe('a subscription of batches', () => {
  it('hands several events to its handler, with its services, in an app without a store too', async () => {
    const batch: BatchOptions = { size: 2, withinMs: 60_000 };
    const batches: string[][] = [];
    const shop = defineModule('shop', (module) => {
      module.on(OrderPlaced, { batch, from: 'beginning' }, (events) => {
        batches.push(events.map(({ data }) => data.orderId));
      });
    });
    const app = await createApp({ modules: [shop], logger: silentLogger });
    await app.start();
    for (const orderId of ['1', '2', '3']) await app.publish(OrderPlaced, { orderId, total: 1 });
    await app.stop();
    expect(batches).toEqual([['1', '2'], ['3']]);
  });
});
