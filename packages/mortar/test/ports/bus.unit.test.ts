import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type BusOptions,
  createMessageBus,
  type MessageBus,
  type PortCallContext,
} from '../../src/bus/index.js';
import { command, event, type PortMethod } from '../../src/contracts/index.js';
import {
  createPorts,
  exchange,
  type LocalPorts,
  memoryTransport,
  serveRemotely,
  translate,
} from '../../src/ports/index.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { rejection, Stock } from './stock.js';

const Place = command('shop.place-order', { data: z.object({ article: z.string() }), result: z.number() });
const Placed = event('shop.order-placed', { data: z.object({ article: z.string() }) });

const buses: MessageBus[] = [];
afterEach(async () => {
  for (const bus of buses.splice(0)) await bus.stop();
});

/** A bus that serves Stock, and the local side that an app makes of one. */
function served(
  look: (context: PortCallContext<{ article: string; limit: number }>) => { count: number },
  options: BusOptions = {},
) {
  const bus = createMessageBus(options);
  buses.push(bus);
  const { methods } = Stock;
  bus.requests.serve(methods.look, look, { module: 'warehouse' });
  const names = [methods.look.name];
  const local: LocalPorts = {
    has: (name) => names.includes(name),
    methodOf: (name) => (names.includes(name) ? methods.look : undefined),
    names: () => names,
    call: (method: PortMethod, data, call) => bus.requests.call(method, data, call),
  };
  return { bus, local };
}

describe('ports over a bus', () => {
  it('run the implementation as a handler, with data and context of the caller', async () => {
    const seen: PortCallContext[] = [];
    const { bus, local } = served((context) => {
      seen.push(context);
      return { count: context.data.limit };
    });
    const stock = createPorts({ local }).client(Stock, { module: 'shop' });
    bus.requests.handle(Place, async (context) => {
      const { count } = await stock.look({ article: context.data.article }, { from: context });
      return count;
    });
    const origin = { actor: 'ann', tenant: 'acme', correlationId: 'c-1' };
    expect(await bus.requests.dispatch(Place, { article: 'a' }, origin)).toBe(10);
    expect(seen[0]).toMatchObject({
      type: 'warehouse.stock.look',
      data: { article: 'a', limit: 10 },
      envelope: { ...origin, causationId: expect.any(String) },
    });
  });

  it('serve a handler of an event, too', async () => {
    const actors: unknown[] = [];
    const { bus, local } = served(({ envelope }) => {
      actors.push(envelope.actor);
      return { count: 1 };
    });
    const ports = createPorts({ local });
    bus.events.subscribe(Placed, async (context) => {
      const stock = ports.client(Stock, { module: 'shop', context, signal: context.signal });
      await stock.look({ article: context.data.article });
    });
    const outcomes = await bus.events.deliver(Placed, { article: 'a' }, { actor: 'ann' });
    expect(outcomes).toMatchObject([{ status: 'handled' }]);
    expect(actors).toEqual(['ann']);
  });

  it('check data and result', async () => {
    const { local } = served(() => ({ count: 'many' }) as never);
    const stock = createPorts({ local }).client(Stock);
    expect(await rejection(stock.look({ article: 'a' }))).toMatchObject({ code: 'MORTAR_RESULT_INVALID' });
    expect(await rejection(stock.look({} as never))).toMatchObject({ code: 'MORTAR_DATA_INVALID' });
  });

  it('end with the time limit, which the implementation learns of', async () => {
    const signals: AbortSignal[] = [];
    const { local } = served(({ signal }) => {
      signals.push(signal);
      return new Promise(() => undefined) as never;
    });
    const stock = createPorts({ local }).client(Stock);
    expect(await rejection(stock.look({ article: 'a' }, { timeoutMs: 20 }))).toMatchObject({
      code: 'MORTAR_TIMEOUT',
    });
    expect(signals[0]?.aborted).toBe(true);
  });

  it('end with the time of the contract, by the clock that bus and ports share', async () => {
    const clock = new VirtualClock();
    const { local } = served(() => new Promise(() => undefined) as never, { clock });
    const ports = createPorts({ local, clock });
    const ended = rejection(ports.client(Stock, { module: 'shop' }).look({ article: 'a' }));
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ code: 'MORTAR_TIMEOUT', expected: 'an outcome within 1000 ms' });
    expect(ports.stats()).toMatchObject([
      { timeouts: 1, inFlight: 0, durationMs: { total: 1_000, longest: 1_000 } },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('serve another process', async () => {
    const { local } = served(({ data, envelope }) => ({ count: envelope.actor === 'ann' ? data.limit : 0 }));
    const transport = memoryTransport();
    await serveRemotely(transport, [Stock.methods.look], local);
    const empty: LocalPorts = {
      has: () => false,
      methodOf: () => undefined,
      names: () => [],
      call: () => expect.fail(),
    };
    const ports = createPorts({ local: empty, transport });
    expect(await ports.client(Stock, { identity: { actor: 'ann' } }).look({ article: 'a' })).toEqual({
      count: 10,
    });
  });

  it('take a translation for an implementation', async () => {
    const outside = { stockOf: async (sku: string) => ({ onHand: sku.length }) };
    const unused = exchange({ fromDomain: () => 1, call: () => 1, toDomain: () => 1 });
    const implementation = translate(Stock, outside, {
      look: exchange({
        fromDomain: ({ article }) => `SKU-${article}`,
        call: (client, sku) => client.stockOf(sku),
        toDomain: ({ onHand }) => ({ count: onHand }),
      }),
      take: unused,
      empty: exchange({ fromDomain: () => 1, call: () => 1, toDomain: () => undefined }),
    });
    const bus = createMessageBus();
    buses.push(bus);
    bus.requests.serve(Stock.methods.look, implementation.look);
    expect(await bus.requests.call(Stock.methods.look, { article: 'a' })).toEqual({ count: 5 });
  });
});
