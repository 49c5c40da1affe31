import { expect, test } from 'vitest';
import { z } from 'zod';
import { type AppOptions, createApp, defineModule, event } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { memory } from '../../src/memory/index.js';
import { testApp } from '../../src/testing/index.js';

const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number() }),
  key: ({ orderId }) => orderId,
});

const shop = defineModule('shop', (module) => module.publishes(OrderPlaced));

const backoff = { kind: 'fixed', delayMs: 1 } as const;

/** Fails as often as it is told to, and charges once for each key. */
class Provider {
  readonly charged = new Map<string, number>();
  failures = 0;

  async charge(amount: number, { idempotencyKey }: { readonly idempotencyKey: string; signal: AbortSignal }) {
    this.charged.set(idempotencyKey, amount);
    if (this.failures-- > 0) throw new Error('no answer');
  }
}

test('what a subscription may say, and the key that it gives to the outside', async () => {
  const provider = new Provider();
  provider.failures = 2;
  // #region readme
  const billing = defineModule('billing', (module) => {
    module.on(
      OrderPlaced,
      {
        from: 'beginning', // of the log; a new subscription begins now unless said
        concurrency: 8, // 16 unless said
        timeoutMs: 10_000, // of one attempt
        retry: {
          attempts: 6,
          backoff: { kind: 'exponential', delayMs: 200, maxDelayMs: 60_000 },
          on: { 'not-found': 'deadLetter', conflict: { attempts: 20 } }, // by the category of the error
        },
        onDead: 'hold', // what comes later for its key waits until the dead letter is over
      },
      async ({ data, idempotencyKey, signal }) => {
        await provider.charge(data.total, { idempotencyKey, signal }); // the provider knows a repetition by the key
      },
    );
  });
  // #endregion
  const app = await testApp([shop, billing], { store: (clock) => memory({ clock }) });
  await app.publish(OrderPlaced, { orderId: 'order-1', total: 24 });
  await app.idle();
  expect([...provider.charged.values()]).toEqual([24]);
  expect(app.recorded.deaths()).toEqual([]);
  await app.stop();
});

test('what an operator sees and does', async () => {
  const billing = defineModule('billing', (module) => {
    module.on(OrderPlaced, { retry: { attempts: 2, backoff } }, ({ data }) => {
      if (data.total > 100) throw new Error('no answer');
    });
  });
  const options: AppOptions = { modules: [shop, billing], logger: silentLogger };
  const app = await createApp({ ...options, store: memory() });
  await app.start();
  await app.publish(OrderPlaced, { orderId: 'order-1', total: 240 }, { wait: 'handled' });
  // #region operations
  const { subscriptions } = await app.deliveries.status(); // state, lag, held keys, failures in a row
  await app.deliveries.pause('billing/shop.order-placed', 'ann'); // in every process, until it is resumed
  await app.deliveries.resume('billing/shop.order-placed', 'ann');

  const groups = await app.deadLetters.groups(); // by what went wrong
  const job = await app.deadLetters.startReplay(
    { type: 'shop.order-placed' },
    { ratePerSecond: 50, actor: 'ann' },
  );
  const audit = await app.deadLetters.audit(); // who did what, and when
  // #endregion
  expect(subscriptions).toMatchObject([{ name: 'billing/shop.order-placed', state: 'running' }]);
  expect(subscriptions[0]?.heldKeys).toEqual({ retrying: 0, dead: 1 });
  expect(groups).toMatchObject([{ count: 1 }]);
  expect(job).toMatchObject({ total: 1 });
  expect(audit.length).toBeGreaterThanOrEqual(3);
  await app.stop();
});

test('what is watched', async () => {
  const mail = defineModule('mail', (module) => {
    module.on(OrderPlaced, { retry: { attempts: 1 } }, () => {
      throw new Error('no answer');
    });
  });
  const options: AppOptions = { modules: [shop, mail], logger: silentLogger };
  const app = await createApp({ ...options, store: memory() });
  await app.start();
  await app.publish(OrderPlaced, { orderId: 'order-1', total: 24 }, { wait: 'handled' });
  // #region watching
  const { status, checks } = await app.health(); // healthy, degraded or unhealthy: the app, its store, the modules' checks
  const { subscriptions } = await app.deliveries.status();
  const { byState, oldestDeadAt } = await app.deadLetters.statistics();
  const gauges = {
    lag: subscriptions.map(({ name, state, lagEvents, heldKeys }) => ({ name, state, lagEvents, heldKeys })),
    dead: byState.dead, // work for a person
    oldestDeadMs: oldestDeadAt === undefined ? 0 : Date.now() - oldestDeadAt,
  };
  // #endregion
  expect(status).toBe('healthy');
  expect(checks.map(({ name }) => name)).toEqual(['app', 'store']);
  expect(gauges).toMatchObject({ dead: 1, lag: [{ heldKeys: { retrying: 0, dead: 1 } }] });
  expect(gauges.oldestDeadMs).toBeGreaterThanOrEqual(0);
  await app.stop();
});

test('a veto within the transaction', async () => {
  const blocked = new Set(['order-2']);
  // #region veto
  const guarded = defineModule('shop', (module) => {
    module.publishes(OrderPlaced);
    module.on(OrderPlaced, { within: 'transaction' }, ({ data }) => {
      if (blocked.has(data.orderId)) throw new Error('this customer is blocked'); // then nothing is committed
    });
  });
  // #endregion
  const app = await testApp([guarded], { store: (clock) => memory({ clock }) });
  await app.publish(OrderPlaced, { orderId: 'order-1', total: 24 });
  await expect(app.publish(OrderPlaced, { orderId: 'order-2', total: 24 })).rejects.toThrow('blocked');
  expect(app.recorded.events(OrderPlaced)).toHaveLength(1);
  await app.stop();
});
