import { describe, expect, it, vi } from 'vitest';
import { decode, encode, type PortMethod } from '../../../src/contracts/index.js';
import type { MortarError } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/logging/index.js';
import {
  type LocalPorts,
  memoryTransport,
  type RequestMessage,
  type RequestServer,
  type RequestTransport,
  serveRemotely,
} from '../../../src/ports/index.js';
import { type Implementations, localOf, mortarError, Stock } from '../stock.js';
import { message } from './request-transport.cases.js';

const methods: readonly PortMethod[] = Object.values(Stock.methods);
const article = { article: 'a' };

describe('the serving side, whatever a transport brings it,', () => {
  it.each<[string, object, string]>([
    ['no correlation', { correlationId: undefined }, 'MORTAR_ENVELOPE_INVALID'],
    ['an actor that is an object', { actor: {} }, 'MORTAR_ENVELOPE_INVALID'],
    ['an empty tenant', { tenant: '' }, 'MORTAR_ENVELOPE_INVALID'],
    ['a malformed trace', { traceparent: '00-0-0-0' }, 'MORTAR_ENVELOPE_INVALID'],
    ['a caller that is a number', { caller: 1 }, 'MORTAR_ENVELOPE_INVALID'],
    ['a very long key', { idempotencyKey: 'x'.repeat(1_000) }, 'MORTAR_ENVELOPE_INVALID'],
    ['no time', { timeoutMs: 0 }, 'MORTAR_ENVELOPE_INVALID'],
    ['endless time', { timeoutMs: 2 ** 31 }, 'MORTAR_ENVELOPE_INVALID'],
    ['a method of another port', { method: 'warehouse.stock.constructor' }, 'MORTAR_PORT_UNREACHABLE'],
    ['no method', { method: undefined }, 'MORTAR_ENVELOPE_INVALID'],
  ])('refuses a message with %s', async (_, fields, code) => {
    const take = vi.fn();
    const server = await serverOf({ take });
    const request = { ...message('warehouse.stock.take', article), ...fields };
    expect(await server(request, neverAborted())).toMatchObject({ ok: false, error: { code } });
    expect(take).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a text', 'take'],
    ['a list', []],
    ['a revoked proxy', revokedProxy()],
    ['what throws when it is read', throwing()],
  ])('answers a message that is %s', async (_, given) => {
    const take = vi.fn();
    const reply = await (await serverOf({ take }))(given as RequestMessage, neverAborted());
    expect(reply).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^MORTAR_/) } });
    expect(decode(encode(reply))).toEqual(reply);
    expect(take).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ['a revoked proxy', revokedProxy()],
    ['what throws when it is read', throwing()],
    ['an error of ours that can not be read', unreadable()],
    ['nothing', undefined],
  ])('answers for an implementation that throws %s', async (_, thrown) => {
    const take = (): never => {
      throw thrown;
    };
    const log = vi.fn();
    const server = await serverOf({ take }, { logger: { ...silentLogger, error: log } });
    const reply = await server(message('warehouse.stock.take', article), neverAborted());
    expect(reply).toMatchObject({ ok: false, error: { code: 'MORTAR_PORT_FAILED', category: 'internal' } });
    expect(log).toHaveBeenCalledTimes(1);
  });

  it('answers also where its logger throws', async () => {
    const fail = (): never => {
      throw new Error('no');
    };
    const server = await serverOf({ take: fail }, { logger: { ...silentLogger, error: fail } });
    expect(await server(message('warehouse.stock.take', article), neverAborted())).toMatchObject({
      ok: false,
      error: { code: 'MORTAR_PORT_FAILED' },
    });
  });

  it('says at once that it was given no local side', async () => {
    await expect(serveRemotely(memoryTransport(), methods, {} as LocalPorts)).rejects.toMatchObject({
      code: 'MORTAR_OPTIONS_INVALID',
    });
  });
});

/** What a transport has in hand that serves these. */
async function serverOf(
  implementations: Implementations,
  options: Parameters<typeof serveRemotely>[3] = {},
): Promise<RequestServer> {
  const servers: RequestServer[] = [];
  const transport: RequestTransport = {
    ...memoryTransport(),
    serve: async (_methods, server) => {
      servers.push(server);
      return { [Symbol.asyncDispose]: async () => undefined };
    },
  };
  await serveRemotely(transport, methods, localOf(implementations), options);
  return servers[0] ?? expect.fail();
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** An object of which nothing can be asked. */
function throwing(): object {
  const fail = (): never => {
    throw new Error('do not touch');
  };
  return new Proxy({}, { get: fail, getPrototypeOf: fail, has: fail, ownKeys: fail });
}

/** One of our errors whose code can't be read. */
function unreadable(): MortarError {
  return Object.defineProperty(mortarError('MORTAR_TIMEOUT'), 'code', {
    get: () => {
      throw new Error('do not touch');
    },
  });
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
