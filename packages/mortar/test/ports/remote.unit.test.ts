import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type PortMethod, port } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import { type Logger, silentLogger } from '../../src/logging/index.js';
import {
  createPorts,
  type LocalCall,
  memoryTransport,
  type PortAuthorization,
  type ReplyMessage,
  type RequestTransport,
  serveRemotely,
} from '../../src/ports/index.js';
import { settled } from '../support/virtual-clock.js';
import { gate, type Implementations, localOf, mortarError, portsOf, rejection, Stock } from './stock.js';
import { message } from './transport/request-transport.cases.js';

const methods: readonly PortMethod[] = Object.values(Stock.methods);
const article = { article: 'a' };
const retryAtOnce = { retry: { attempts: 3, backoff: { kind: 'fixed', delayMs: 0 } } } as const;

afterEach(() => {
  vi.useRealTimers();
});

/** Two processes: one implements, the other has the client. */
async function joined(
  implementations: Implementations,
  serving: Parameters<typeof serveRemotely>[3] = {},
  calling: Parameters<typeof portsOf>[1] = {},
) {
  const transport = memoryTransport();
  const served = await serveRemotely(transport, methods, localOf(implementations), serving);
  const policies = [{ module: 'shop', port: Stock.name, policy: retryAtOnce }];
  const ports = portsOf({}, { transport, policies, ...calling });
  return { transport, served, ports, stock: ports.client(Stock, { module: 'shop' }) };
}

/** The ports of a process whose peer answers with this, be it what it may. */
function answeredWith(reply: unknown) {
  const transport: RequestTransport = {
    request: async () => reply as ReplyMessage,
    serve: () => expect.fail(),
    close: async () => undefined,
  };
  return portsOf({}, { transport }).client(Stock);
}

describe('a port in another process', () => {
  it('is called as one here, with everything that a call carries', async () => {
    const seen = vi.fn((_data: unknown, _call: LocalCall) => ({ count: 3 }));
    const { ports } = await joined({ look: seen });
    const identity = { actor: 'ann', tenant: 'acme', correlationId: 'c-1', causationId: 'm-1' };
    expect(await ports.client(Stock, { module: 'shop', identity }).look(article)).toEqual({ count: 3 });
    const [data, call] = seen.mock.calls[0] ?? [];
    expect(data).toEqual({ article: 'a', limit: 10 });
    expect(call).toMatchObject({ ...identity, idempotencyKey: expect.any(String) });
    expect(call).not.toHaveProperty('from');
  });

  it('is only asked for what is not implemented here', async () => {
    const { transport } = await joined({ look: () => ({ count: 1 }), take: () => 1 });
    const ports = portsOf({ look: () => ({ count: 2 }) }, { transport });
    expect(await ports.locate(Stock).look(article)).toEqual({ count: 2 });
    expect(await ports.locate(Stock).take(article)).toBe(1);
  });

  it('is unreachable when nobody serves it, which is attempted again', async () => {
    const transport = memoryTransport();
    const policies = [{ module: 'shop', port: Stock.name, policy: retryAtOnce }];
    const ports = portsOf({}, { transport, policies });
    expect(await rejection(ports.client(Stock, { module: 'shop' }).look(article))).toMatchObject({
      code: 'MORTAR_PORT_UNREACHABLE',
    });
    expect(ports.stats()[0]).toMatchObject({ retries: 2, failures: { unavailable: 1 } });
  });

  it('keeps one idempotency key and id over its attempts', async () => {
    const keys: unknown[] = [];
    const { stock } = await joined({
      look: (_, { idempotencyKey, correlationId }) => {
        keys.push([idempotencyKey, correlationId]);
        if (keys.length < 3) throw mortarError('MORTAR_OUTSIDE_FAILED');
        return { count: 1 };
      },
    });
    await stock.look(article);
    expect(keys).toHaveLength(3);
    expect(new Set(keys.map((key) => JSON.stringify(key))).size).toBe(1);
  });

  it('gets its result checked here too, as the schema here says', async () => {
    const error = await rejection(answeredWith({ ok: true, result: { count: 'many' } }).look(article));
    expect(error).toMatchObject({ code: 'MORTAR_RESULT_INVALID', issues: [{ path: 'count' }] });
    expect(await answeredWith({ ok: true, result: { count: 1, more: 2 } }).look(article)).toEqual({
      count: 1,
    });
    expect(
      await answeredWith({ ok: true, result: 'ignored' })
        .take(article)
        .catch(() => 'refused'),
    ).toBe('refused');
  });

  it('learns that the caller gave up', async () => {
    const entered = gate<AbortSignal>();
    const { stock } = await joined({
      take: (_, { signal }) => {
        entered.open(signal);
        return new Promise(() => undefined);
      },
    });
    const controller = new AbortController();
    const ended = rejection(stock.take(article, { signal: controller.signal }));
    const signal = await entered.promise;
    controller.abort('enough');
    expect(await ended).toBe('enough');
    expect(signal.aborted).toBe(true);
  });

  it('never takes longer than its contract says, whatever the caller claims', async () => {
    vi.useFakeTimers();
    const entered = gate<AbortSignal>();
    const { transport } = await joined({
      take: (_, { signal }) => {
        entered.open(signal);
        return new Promise(() => undefined);
      },
    });
    const request = message('warehouse.stock.take', article, { timeoutMs: 2 ** 31 - 1 });
    const reply = transport.request(request, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await reply).toMatchObject({ ok: false, error: { code: 'MORTAR_TIMEOUT' } });
    expect((await entered.promise).aborted).toBe(true);
  });

  it('counts as the time limit of the call, whichever side is first to see it', async () => {
    vi.useFakeTimers();
    const { ports, stock } = await joined({ take: () => new Promise(() => undefined) });
    const ended = rejection(stock.take(article, { timeoutMs: 200 }));
    await vi.advanceTimersByTimeAsync(200);
    expect(await ended).toMatchObject({ code: 'MORTAR_TIMEOUT', expected: 'an outcome within 200 ms' });
    expect(ports.stats()[0]).toMatchObject({ timeouts: 1, failures: { timeout: 1 } });
  });
});

describe('an error from another process', () => {
  it('has the code, category, rule and issues it had there, and no cause', async () => {
    const thrown = new MortarError('MORTAR_ENTITY_MISSING', {
      rule: 'An article is known.',
      expected: 'a known one',
      got: '"a"',
      cause: new Error('secret'),
      issues: [{ path: 'article', message: 'unknown', code: 'MORTAR_DATA_INVALID' }],
    });
    const { stock } = await joined({ look: () => Promise.reject(thrown) });
    const error = await rejection(stock.look(article));
    expect(error).toBeInstanceOf(MortarError);
    expect(error).not.toBe(thrown);
    expect(error).toMatchObject({ ...thrown.toJSON(), category: 'not-found' });
    expect(error).not.toHaveProperty('cause');
  });

  it('that is none of ours is logged there, and crosses without what it says', async () => {
    const logged = vi.fn();
    const logger: Logger = { ...silentLogger, error: logged };
    const failure = Object.assign(new Error('password=secret'), { code: 'MORTAR_NO' });
    const { stock } = await joined({ take: () => Promise.reject(failure) }, { logger });
    const error = await rejection(stock.take(article));
    expect(error).toMatchObject({ code: 'MORTAR_PORT_FAILED', category: 'internal' });
    expect(error).not.toHaveProperty('cause');
    const [fields] = logged.mock.calls[0] ?? [];
    expect(fields).toMatchObject({ error: failure, method: 'warehouse.stock.take', caller: 'shop' });
    expect(`${error}`).toContain(fields.correlationId);
    expect(`${error}${JSON.stringify(error)}`).not.toMatch(/secret|MORTAR_NO\b/);
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [Symbol('x')],
    [Object.create(null)],
    [{ code: 'MORTAR_TIMEOUT' }],
  ])('crosses as a failure when %o was thrown', async (thrown) => {
    const { stock } = await joined({ take: () => Promise.reject(thrown) });
    expect(await rejection(stock.take(article))).toMatchObject({ code: 'MORTAR_PORT_FAILED' });
  });

  it.each<[string, unknown, string]>([
    [
      'a newer code',
      { code: 'MORTAR_FROM_2030', category: 'conflict', rule: 'R.', expected: 'e', got: 'g', issues: [] },
      'MORTAR_PORT_FAILED',
    ],
    [
      'a code of every object',
      { code: 'constructor', rule: 'R.', expected: 'e', got: 'g', issues: [] },
      'MORTAR_PORT_FAILED',
    ],
    ['no code', { rule: 'R.', expected: 'e', got: 'g', issues: [] }, 'MORTAR_CODEC_CORRUPT'],
    ['no issues', { code: 'MORTAR_TIMEOUT', rule: 'R.', expected: 'e', got: 'g' }, 'MORTAR_CODEC_CORRUPT'],
    [
      'malformed issues',
      { code: 'MORTAR_TIMEOUT', rule: 'R.', expected: 'e', got: 'g', issues: [1] },
      'MORTAR_CODEC_CORRUPT',
    ],
    ['a text', 'no', 'MORTAR_CODEC_CORRUPT'],
  ])('with %s is understood as far as it can be', async (_, error, code) => {
    expect(await rejection(answeredWith({ ok: false, error }).take(article))).toMatchObject({ code });
  });

  it.each([
    [undefined],
    [null],
    [1],
    ['ok'],
    [[]],
    [{}],
    [{ ok: 1 }],
    [{ ok: true }],
    [{ ok: 'true', result: 1 }],
  ])('is told of the reply %o', async (reply) => {
    expect(await rejection(answeredWith(reply).take(article))).toMatchObject({
      code: 'MORTAR_CODEC_CORRUPT',
    });
  });
});

describe('the serving side', () => {
  const allowed = { authorize: () => true };

  it('checks data itself, since a peer may not have', async () => {
    const look = vi.fn();
    const { transport } = await joined({ look });
    const reply = await transport.request(message('warehouse.stock.look', { article: 1 }), neverAborted());
    expect(reply).toMatchObject({
      ok: false,
      error: { code: 'MORTAR_DATA_INVALID', issues: [{ path: 'article' }] },
    });
    expect(look).not.toHaveBeenCalled();
  });

  it('decides on permissions itself, for the actor that is named', async () => {
    const seen = vi.fn((_: PortAuthorization) => true);
    const { ports } = await joined({ empty: () => undefined }, { authorize: seen }, allowed);
    await ports.client(Stock, { module: 'shop', identity: { actor: 'ann' } }).empty('a');
    expect(seen.mock.calls[0]?.[0]).toEqual({
      permission: 'stock.empty',
      port: 'warehouse.stock',
      method: 'empty',
      actor: 'ann',
      tenant: undefined,
      module: 'shop',
      data: 'a',
    });
  });

  it.each([
    ['has no authorizer', {}],
    ['says no', { authorize: () => false }],
    ['can not say', { authorize: () => Promise.reject(new Error('secret')) }],
  ])('refuses where it %s, though the caller allows it', async (_, serving) => {
    const empty = vi.fn();
    const { stock } = await joined({ empty }, serving, allowed);
    const error = await rejection(stock.empty('a'));
    expect(error).toMatchObject({ code: 'MORTAR_PERMISSION_DENIED' });
    expect(error).not.toHaveProperty('cause');
    expect(`${error}`).not.toContain('secret');
    expect(empty).not.toHaveBeenCalled();
  });

  it('calls nobody for an authorizer that says yes when the caller has given up', async () => {
    const [asked, answer] = [gate<void>(), gate<boolean>()];
    const empty = vi.fn();
    const authorize = (): Promise<boolean> => {
      asked.open();
      return answer.promise;
    };
    const { stock, served } = await joined({ empty }, { authorize }, allowed);
    const controller = new AbortController();
    const ended = rejection(stock.empty('a', { signal: controller.signal }));
    await asked.promise;
    controller.abort('enough');
    expect(await ended).toBe('enough');
    answer.open(true);
    await served[Symbol.asyncDispose]();
    await settled();
    expect(empty).not.toHaveBeenCalled();
  });

  it('is not asked where the caller refuses', async () => {
    const empty = vi.fn();
    const { stock } = await joined({ empty }, allowed);
    expect(await rejection(stock.empty('a'))).toMatchObject({ code: 'MORTAR_PERMISSION_DENIED' });
    expect(empty).not.toHaveBeenCalled();
  });

  it('serves no more once it is disposed of', async () => {
    const { served, stock } = await joined({ take: () => 1 });
    expect(await stock.take(article)).toBe(1);
    await served[Symbol.asyncDispose]();
    expect(await rejection(stock.take(article))).toMatchObject({ code: 'MORTAR_PORT_UNREACHABLE' });
  });
});

describe('data on its way', () => {
  const Ledger = port('books.ledger', {
    post: { data: z.object({ at: z.date(), cents: z.bigint() }), result: z.map(z.string(), z.date()) },
  });

  it('keeps its types', async () => {
    const transport = memoryTransport();
    const local = localOf({ post: (data) => new Map([['at', (data as { at: Date }).at]]) }, Ledger);
    await serveRemotely(transport, Object.values(Ledger.methods), local);
    const ledger = createPorts({ local: localOf({}), transport }).client(Ledger);
    expect(await ledger.post({ at: new Date(5), cents: 9n })).toEqual(new Map([['at', new Date(5)]]));
  });
});

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
