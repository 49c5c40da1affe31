import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMessageBus, type MessageBus } from '../../../src/bus/index.js';
import { command, event, type PortMethod } from '../../../src/contracts/index.js';
import {
  createPorts,
  type LocalPorts,
  memoryTransport,
  type PortPolicy,
  type Ports,
  serveRemotely,
} from '../../../src/ports/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { mortarError, rejection, Stock } from '../stock.js';

const Placed = event('shop.order-placed', { data: z.object({ article: z.string() }) });
const Place = command('shop.place-order', { data: z.object({ article: z.string() }) });
const policy: PortPolicy = { retry: { attempts: 3, backoff: { kind: 'fixed', delayMs: 10, jitter: false } } };

const buses: MessageBus[] = [];
afterEach(async () => {
  for (const bus of buses.splice(0)) await bus.stop();
});

/** An app whose stock notes the keys of its contexts, and fails as often as it is told to; here or elsewhere. */
async function stockApp(where: 'here' | 'elsewhere', failures = 0) {
  const clock = new VirtualClock();
  const keys: string[] = [];
  let left = failures;
  const bus = createMessageBus({ clock });
  buses.push(bus);
  const serving = where === 'here' ? bus : createMessageBus({ clock });
  if (serving !== bus) buses.push(serving);
  serving.requests.serve(Stock.methods.look, ({ idempotencyKey }) => {
    keys.push(idempotencyKey);
    left -= 1;
    if (left >= 0) throw mortarError('MORTAR_OUTSIDE_FAILED');
    return { count: 1 };
  });
  const ports = await portsOver(where, serving, clock);
  return { bus, clock, keys, ports, stock: ports.client(Stock, { module: 'shop' }) };
}

async function portsOver(
  where: 'here' | 'elsewhere',
  serving: MessageBus,
  clock: VirtualClock,
): Promise<Ports> {
  const methods: readonly PortMethod[] = [Stock.methods.look];
  const local: LocalPorts = {
    has: (name) => name === Stock.methods.look.name,
    methodOf: (name) => methods.find((method) => method.name === name),
    names: () => methods.map(({ name }) => name),
    call: (method, data, call) => serving.requests.call(method, data, call),
  };
  const policies = [{ module: 'shop', port: Stock.name, policy }];
  if (where === 'here') return createPorts({ local, clock, policies });
  const transport = memoryTransport();
  await serveRemotely(transport, methods, local, { clock });
  const none: LocalPorts = {
    has: () => false,
    methodOf: () => undefined,
    names: () => [],
    call: () => expect.fail(),
  };
  return createPorts({ local: none, transport, clock, policies });
}

describe.each(['here', 'elsewhere'] as const)(
  'the idempotency key of a call that is implemented %s',
  (where) => {
    it('is one for all attempts, and another for each call', async () => {
      const { keys, clock, stock } = await stockApp(where, 2);
      const first = stock.look({ article: 'a' });
      await clock.runOut();
      expect(await first).toEqual({ count: 1 });
      expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
      await stock.look({ article: 'a' });
      expect(new Set(keys).size).toBe(2);
    });

    it('is the same when the handler of an event makes the call again, and of equal calls each has its own', async () => {
      const { bus, keys, clock, stock } = await stockApp(where);
      const envelopes: Parameters<typeof bus.events.redeliver>[0][] = [];
      const retry = { attempts: 2, backoff: { kind: 'fixed', delayMs: 10, jitter: false } } as const;
      bus.events.subscribe(Placed, { name: 'desk', retry }, async (context) => {
        envelopes.push(context.envelope);
        for (const article of ['a', 'a', 'b']) await stock.look({ article }, { from: context });
        if (context.attempt === 1 && envelopes.length === 1) throw new Error('power cut');
      });
      const delivery = bus.events.deliver(Placed, { article: 'a' });
      await clock.runOut();
      await delivery;
      for (const envelope of envelopes.slice(0, 1)) await bus.events.redeliver(envelope, 'desk');
      expect(keys).toHaveLength(9);
      expect(new Set(keys.slice(0, 3)).size).toBe(3);
      expect([keys.slice(3, 6), keys.slice(6)]).toEqual([keys.slice(0, 3), keys.slice(0, 3)]);
      await bus.events.deliver(Placed, { article: 'a' });
      expect(new Set(keys).size).toBe(6);
    });

    it('is the same when a command with a key is tried again', async () => {
      const { bus, keys, stock } = await stockApp(where);
      bus.requests.handle(Place, async (context) => {
        await stock.look({ article: context.data.article }, { from: context });
        if (keys.length < 2) throw new Error('power cut');
      });
      const place = (options: object): Promise<void> =>
        bus.requests.dispatch(Place, { article: 'a' }, options);
      await rejection(place({ idempotencyKey: 'k' }));
      await place({ idempotencyKey: 'k' });
      await place({});
      expect([keys.length, keys[0] === keys[1], new Set(keys).size]).toEqual([3, true, 2]);
    });
  },
);
