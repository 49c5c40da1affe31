import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createEnvelope, event, newId } from '../../src/contracts/index.js';
import type { LocalCall } from '../../src/ports/index.js';
import { createPorts } from '../../src/ports/index.js';
import { heapBytes } from '../support/heap.js';
import { contextOf, gate, localOf, mortarError, portsOf, rejection, Stock } from './stock.js';

const look = (): unknown => ({ count: 3 });

describe('a client', () => {
  it('calls the implementation and answers with its result', async () => {
    const seen = vi.fn(look);
    const stock = portsOf({ look: seen }).client(Stock);
    expect(await stock.look({ article: 'a' })).toEqual({ count: 3 });
    expect(seen.mock.calls[0]).toMatchObject([{ article: 'a', limit: 10 }, {}, Stock.methods.look]);
  });

  it('answers with nothing where the method has no result', async () => {
    const stock = portsOf({ empty: () => 'ignored' }, { authorize: () => true }).client(Stock);
    expect(await stock.empty('a')).toBeUndefined();
  });

  it('has the methods of its port and nothing else', async () => {
    const stock = portsOf({ look }).client(Stock);
    expect(Object.getPrototypeOf(stock)).toBeNull();
    expect(Reflect.ownKeys(stock)).toEqual(['look', 'take', 'empty']);
    expect(Object.isFrozen(stock)).toBe(true);
    for (const name of ['then', 'constructor', '__proto__', 'toJSON', 'toString', Symbol.toPrimitive]) {
      expect(Reflect.get(stock, name)).toBeUndefined();
    }
    expect(await stock).toBe(stock);
  });

  it('refuses wrong data with every issue, before anything leaves', async () => {
    const seen = vi.fn(look);
    const authorize = vi.fn(() => true);
    const stock = portsOf({ look: seen }, { authorize }).client(Stock);
    const error = await rejection(Reflect.apply(stock.look, undefined, [{ article: 1, limit: 'x' }]));
    expect(error).toMatchObject({
      code: 'MORTAR_DATA_INVALID',
      issues: [{ path: 'article' }, { path: 'limit' }],
      message: expect.stringContaining('The data of warehouse.stock.look'),
    });
    expect([seen, authorize].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  });

  it.each([
    ['MORTAR_DATA_INVALID'],
    ['MORTAR_ENTITY_MISSING'],
    ['MORTAR_VERSION_CONFLICT'],
    ['MORTAR_NOT_OWNER'],
  ] as const)('passes the refusal %s of the callee as it is', async (code) => {
    const refusal = mortarError(code);
    const stock = portsOf({ look: () => Promise.reject(refusal) }).client(Stock);
    expect(await rejection(stock.look({ article: 'a' }))).toBe(refusal);
  });

  it('passes whatever the callee throws as it is', async () => {
    const stock = portsOf({
      take: () => {
        throw undefined;
      },
    }).client(Stock);
    expect(await rejection(stock.take({ article: 'a' }))).toBeUndefined();
  });

  it('never throws, but rejects', async () => {
    const local = { ...localOf({ look }), call: () => expect.fail('thrown at once') };
    const stock = createPorts({ local }).client(Stock);
    expect(await rejection(stock.look({ article: 'a' }))).toMatchObject({ message: 'thrown at once' });
    expect(await rejection(Reflect.apply(stock.look, undefined, []))).toMatchObject({
      code: 'MORTAR_DATA_INVALID',
    });
  });

  it('says so when nobody implements the method', async () => {
    const stock = portsOf({ look }).client(Stock);
    expect(await rejection(stock.take({ article: 'a' }))).toMatchObject({ code: 'MORTAR_PORT_MISSING' });
  });

  it('finds an implementation that came after it', async () => {
    const implementations: Record<string, () => unknown> = {};
    const stock = portsOf(implementations).client(Stock);
    implementations['take'] = () => 1;
    expect(await stock.take({ article: 'a' })).toBe(1);
  });
});

describe('locate', () => {
  it('gives a client of a port that is there', async () => {
    expect(await portsOf({ look }).locate(Stock).look({ article: 'a' })).toEqual({ count: 3 });
  });

  it('lists the ports there are, in order, once each', () => {
    const local = {
      ...localOf({}),
      names: () => ['shop.prices.of', 'billing.rates.all', 'shop.prices.list'],
    };
    expect(() => createPorts({ local }).locate(Stock)).toThrow(
      expect.objectContaining({
        code: 'MORTAR_PORT_MISSING',
        expected: 'one of billing.rates, shop.prices',
        got: 'warehouse.stock',
      }),
    );
  });

  it('says that there is none', () => {
    expect(() => portsOf({}).locate(Stock)).toThrow('a loaded module that implements a port');
  });
});

const Placed = event('shop.order-placed', { data: z.object({ id: z.string() }) });
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

/** What an implementation is told about on whose behalf it runs. */
async function told(run: (stock: ReturnType<typeof clientFor>) => Promise<unknown>): Promise<LocalCall> {
  const seen = vi.fn((_: unknown, _call: LocalCall) => 1);
  await run(clientFor(seen));
  const call = seen.mock.calls[0]?.[1];
  if (call === undefined) throw new Error('not called');
  return call;
}

function clientFor(take: (data: unknown, call: LocalCall) => unknown) {
  const ports = portsOf({ take });
  return (caller?: Parameters<typeof ports.client>[1]) => ports.client(Stock, caller);
}

describe('a call on behalf of', () => {
  const envelope = createEnvelope(Placed, { id: '1' }, { actor: 'ann', tenant: 'acme', traceparent });
  const context = contextOf(envelope);
  const carried = {
    correlationId: envelope.correlationId,
    causationId: envelope.id,
    actor: 'ann',
    tenant: 'acme',
    traceparent,
    from: context,
  };

  it('nobody starts a correlation of its own', async () => {
    const call = await told((client) => client().take({ article: 'a' }));
    expect(Object.keys(call).sort()).toEqual(['correlationId', 'idempotencyKey', 'isChecked', 'signal']);
    expect(call.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('the context of its client carries on from it', async () => {
    expect(await told((client) => client({ context }).take({ article: 'a' }))).toMatchObject(carried);
  });

  it('`from` carries on from that, and from nothing else', async () => {
    const other = contextOf(createEnvelope(Placed, { id: '2' }, { actor: 'bob', tenant: 'other' }));
    const call = await told((client) => client({ context: other }).take({ article: 'a' }, { from: context }));
    expect(call).toMatchObject(carried);
    const bare = contextOf(createEnvelope(Placed, { id: '3' }));
    const anonymous = await told((client) => client({ context }).take({ article: 'a' }, { from: bare }));
    expect(anonymous).not.toHaveProperty('actor');
    expect(anonymous).not.toHaveProperty('tenant');
    expect(anonymous).not.toHaveProperty('traceparent');
  });

  it('an edge carries what it says', async () => {
    const identity = { actor: 'carl', tenant: 'acme', correlationId: newId() };
    expect(await told((client) => client({ identity }).take({ article: 'a' }))).toMatchObject(identity);
  });
});

describe('a caller that gives up', () => {
  const signals = {
    'by the call': (signal: AbortSignal) => ({ options: { signal } }),
    'by the client': (signal: AbortSignal) => ({ caller: { signal } }),
    'by the context it calls from': (signal: AbortSignal) => {
      const from = contextOf(createEnvelope(Placed, { id: '1' }));
      if (signal.aborted) from.abort(signal.reason);
      else signal.addEventListener('abort', () => from.abort(signal.reason), { once: true });
      return { options: { from } };
    },
    'by one of several': (signal: AbortSignal) => ({
      options: { signal },
      caller: { signal: new AbortController().signal },
    }),
  };

  it.each(Object.entries(signals))(
    '%s, gets its reason at once, and the callee learns of it',
    async (_, by) => {
      const controller = new AbortController();
      const { caller, options }: { caller?: object; options?: object } = by(controller.signal);
      const entered = gate<LocalCall>();
      const stock = portsOf({
        take: (_data, call) => {
          entered.open(call);
          return new Promise(() => undefined);
        },
      }).client(Stock, caller);
      const ended = rejection(stock.take({ article: 'a' }, options));
      const { signal } = await entered.promise;
      expect(signal.aborted).toBe(false);
      controller.abort('enough');
      expect(await ended).toBe('enough');
      expect([signal.aborted, signal.reason]).toEqual([true, 'enough']);
    },
  );

  it.each(Object.entries(signals))('%s, before the call, calls nobody', async (_, by) => {
    const { caller, options }: { caller?: object; options?: object } = by(AbortSignal.abort('never'));
    const take = vi.fn(() => 1);
    const stock = portsOf({ take }).client(Stock, caller);
    expect(await rejection(stock.take({ article: 'a' }, options))).toBe('never');
    expect(take).not.toHaveBeenCalled();
  });

  it('may share a signal with any number of calls, and leaves nothing on it', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const all = gate<number>();
    const stock = portsOf({ take: () => all.promise }).client(Stock, { signal });
    const calls = Array.from({ length: 50 }, () => stock.take({ article: 'a' }, { signal }));
    all.open(1);
    expect(await Promise.all(calls)).toEqual(Array(50).fill(1));
    expect(added).toHaveBeenCalledTimes(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warned).not.toHaveBeenCalled();
    process.off('warning', warned);
  });

  it('is not kept by a signal that outlives its calls', async () => {
    const { signal } = new AbortController();
    const stock = portsOf({ take: () => 1 }).client(Stock, { signal });
    const calls = async (count: number): Promise<void> => {
      for (let call = 0; call < count; call += 1) await stock.take({ article: 'a' }, { signal });
    };
    await calls(2_000);
    const before = heapBytes();
    await calls(10_000);
    expect(heapBytes() - before).toBeLessThan(1_000_000);
    expect(signal.aborted).toBe(false);
  });
});
