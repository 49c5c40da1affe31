import { afterEach, describe, expect, it } from 'vitest';
import { newId } from '../../../src/contracts/index.js';
import type {
  ReplyMessage,
  RequestMessage,
  RequestServer,
  RequestTransport,
} from '../../../src/ports/index.js';
import { gate, rejection } from '../stock.js';

/** What a transport does beyond what every one does. */
export interface TransportFeatures {
  /** The signal of a server is aborted as soon as the one who asked gives up. */
  readonly abortsCross: boolean;
}

/** A new transport, and another end of the same one: the same object where all apps share one. */
export type MakeTransport = () => Promise<{
  readonly near: RequestTransport;
  readonly far: RequestTransport;
}>;

/** What every transport of requests holds to. An adapter's own test runs it with a transport of its own. */
export function transportCases(makeTransport: MakeTransport, features: TransportFeatures): void {
  const bench = benchOf(makeTransport);
  describe('request', () => requestCases(bench));
  describe('data', () => dataCases(bench));
  describe('errors', () => errorCases(bench));
  describe('serve', () => serveCases(bench));
  describe('giving up', () => abortCases(bench, features));
  describe('close', () => closeCases(bench));
}

interface Bench {
  near: RequestTransport;
  far: RequestTransport;
}

function benchOf(makeTransport: MakeTransport): () => Promise<Bench> {
  const made: Bench[] = [];
  afterEach(async () => {
    for (const { near, far } of made.splice(0)) {
      await near.close();
      await far.close();
    }
  });
  return async () => {
    const bench = await makeTransport();
    made.push(bench);
    return bench;
  };
}

type MakeBench = () => Promise<Bench>;

/** A request for a method, with everything that one can carry unless said. */
export function message(method: string, data: unknown, rest: Partial<RequestMessage> = {}): RequestMessage {
  return {
    id: newId(),
    method,
    data,
    correlationId: newId(),
    causationId: newId(),
    actor: 'ann',
    tenant: 'acme',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    caller: 'shop',
    idempotencyKey: newId(),
    timeoutMs: 1_000,
    ...rest,
  };
}

const echo: RequestServer = async ({ data }) => ({ ok: true, result: data });
const silent: RequestServer = () => new Promise(() => undefined);
const patient = new AbortController().signal;

function named(name: string): RequestServer {
  return async () => ({ ok: true, result: name });
}

function requestCases(makeBench: MakeBench): void {
  it('brings a message to its server as it is, and the reply back', async () => {
    const { near, far } = await makeBench();
    const seen: RequestMessage[] = [];
    await far.serve(['a.b.c', 'a.b.d'], async (request) => {
      seen.push(request);
      return { ok: true, result: `did ${request.method}` };
    });
    const sent = [message('a.b.c', 1), message('a.b.d', { x: 'y' }, { actor: undefined, caller: undefined })];
    const replies = await Promise.all(sent.map((request) => near.request(request, patient)));
    expect(seen).toEqual(sent);
    expect(replies).toEqual([
      { ok: true, result: 'did a.b.c' },
      { ok: true, result: 'did a.b.d' },
    ]);
  });

  it('has many under way, which may overtake each other', async () => {
    const { near, far } = await makeBench();
    const slow = gate<number>();
    await far.serve(['a.b.c'], async ({ data }) => ({
      ok: true,
      result: data === 0 ? await slow.promise : data,
    }));
    const first = near.request(message('a.b.c', 0), patient);
    const others = await Promise.all(
      Array.from({ length: 100 }, (_, n) => near.request(message('a.b.c', n + 1), patient)),
    );
    expect(others).toEqual(Array.from({ length: 100 }, (_, n) => ({ ok: true, result: n + 1 })));
    slow.open(-1);
    expect(await first).toEqual({ ok: true, result: -1 });
  });

  it('refuses at once what nobody serves', async () => {
    const { near, far } = await makeBench();
    await far.serve(['a.b.c'], echo);
    for (const method of ['a.b.x', 'a.b', '__proto__', 'constructor', 'then', '']) {
      expect(await rejection(near.request(message(method, 1), patient))).toMatchObject({
        code: 'MORTAR_PORT_UNREACHABLE',
      });
    }
  });
}

function dataCases(makeBench: MakeBench): void {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a date', new Date(0)],
    ['a bigint', 2n ** 70n],
    ['minus zero', -0],
    ['bytes', new Uint8Array([0, 255])],
    ['a map of sets', new Map([['a', new Set([1, undefined])]])],
    ['an own __proto__', JSON.parse('{"__proto__":{"a":1},"constructor":2}')],
    ['what looks like a tag', { $date: 'x' }],
    ['text beyond the first plane', '\u{1f9f1}\n\u2028'],
  ])('carries %s there and back', async (_, data) => {
    const { near, far } = await makeBench();
    await far.serve(['a.b.c'], echo);
    expect(await near.request(message('a.b.c', data), patient)).toEqual({ ok: true, result: data });
  });

  it('carries copies: neither side sees what the other changes later', async () => {
    const { near, far } = await makeBench();
    const kept: unknown[] = [];
    const answered = { list: [1] };
    await far.serve(['a.b.c'], async ({ data }) => {
      kept.push(data);
      return { ok: true, result: answered };
    });
    const sent = { list: [1] };
    const reply = await near.request(message('a.b.c', sent), patient);
    sent.list.push(2);
    answered.list.push(2);
    expect([kept, reply]).toEqual([[{ list: [1] }], { ok: true, result: { list: [1] } }]);
  });

  it.each<[string, unknown]>([
    ['a function', { f: () => 1 }],
    ['half a pair', '\ud800'],
    ['an instance of a class', new (class Parcel {})()],
    ['NaN', Number.NaN],
  ])('refuses %s before anything is sent', async (_, data) => {
    const { near, far } = await makeBench();
    let calls = 0;
    await far.serve(['a.b.c'], async () => {
      calls += 1;
      return { ok: true, result: 1 };
    });
    const request = message('a.b.c', data);
    expect(await rejection(near.request(request, patient))).toMatchObject({
      code: 'MORTAR_CODEC_UNSUPPORTED',
    });
    expect(calls).toBe(0);
  });

  it('answers with an error for a reply that it can not carry', async () => {
    const { near, far } = await makeBench();
    await far.serve(['a.b.c'], async () => ({ ok: true, result: () => 1 }));
    expect(await near.request(message('a.b.c', 1), patient)).toMatchObject({
      ok: false,
      error: { code: 'MORTAR_CODEC_UNSUPPORTED' },
    });
  });
}

function errorCases(makeBench: MakeBench): void {
  it('resolves with a reply that holds an error', async () => {
    const { near, far } = await makeBench();
    const reply: ReplyMessage = {
      ok: false,
      error: {
        code: 'MORTAR_DATA_INVALID',
        category: 'validation',
        rule: 'R.',
        expected: 'e',
        got: 'g',
        issues: [{ path: 'a[0]', message: 'm' }],
      },
    };
    await far.serve(['a.b.c'], async () => reply);
    expect(await near.request(message('a.b.c', 1), patient)).toEqual(reply);
  });

  it.each<[string, RequestServer]>([
    ['rejects', () => Promise.reject(new Error('secret'))],
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
  ])('answers for a server that %s, without what it said', async (_, server) => {
    const { near, far } = await makeBench();
    await far.serve(['a.b.c'], server);
    const reply = await near.request(message('a.b.c', 1), patient);
    expect(reply).toMatchObject({ ok: false, error: { code: 'MORTAR_PORT_FAILED', category: 'internal' } });
    expect(JSON.stringify(reply)).not.toContain('secret');
  });
}

function serveCases(makeBench: MakeBench): void {
  it('lets those who serve one method take turns', async () => {
    const { near, far } = await makeBench();
    await far.serve(['a.b.c', 'a.b.d'], named('one'));
    await far.serve(['a.b.c'], named('two'));
    const turns: unknown[] = [];
    for (let turn = 0; turn < 6; turn += 1) turns.push(await near.request(message('a.b.c', 1), patient));
    const counts = ['one', 'two'].map(
      (name) => turns.filter((reply) => JSON.stringify(reply).includes(name)).length,
    );
    expect(counts).toEqual([3, 3]);
    expect(await near.request(message('a.b.d', 1), patient)).toEqual({ ok: true, result: 'one' });
  });

  it('once withdrawn, brings it nothing more; others go on', async () => {
    const { near, far } = await makeBench();
    const one = await far.serve(['a.b.c', 'a.b.d'], named('one'));
    await far.serve(['a.b.c'], named('two'));
    await one[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    for (let turn = 0; turn < 3; turn += 1)
      expect(await near.request(message('a.b.c', 1), patient)).toEqual({ ok: true, result: 'two' });
    expect(await rejection(near.request(message('a.b.d', 1), patient))).toMatchObject({
      code: 'MORTAR_PORT_UNREACHABLE',
    });
  });

  it('answers what is under way when it is withdrawn, and waits for that', async () => {
    const { near, far } = await makeBench();
    const [entered, answer] = [gate<void>(), gate<number>()];
    const serving = await far.serve(['a.b.c'], async () => {
      entered.open();
      return { ok: true, result: await answer.promise };
    });
    const order: string[] = [];
    const asked = near.request(message('a.b.c', 1), patient).finally(() => order.push('answered'));
    await entered.promise;
    const withdrawn = serving[Symbol.asyncDispose]().then(() => order.push('withdrawn'));
    answer.open(7);
    expect(await asked).toEqual({ ok: true, result: 7 });
    await withdrawn;
    expect(order).toEqual(['answered', 'withdrawn']);
  });
}

function abortCases(makeBench: MakeBench, features: TransportFeatures): void {
  it('sends nothing for a signal that is aborted', async () => {
    const { near, far } = await makeBench();
    let calls = 0;
    await far.serve(['a.b.c'], async () => {
      calls += 1;
      return { ok: true, result: 1 };
    });
    expect(await rejection(near.request(message('a.b.c', 1), AbortSignal.abort('no')))).toBe('no');
    expect(calls).toBe(0);
  });

  it('rejects with the reason at once, whether or not the server heeds it', async () => {
    const { near, far } = await makeBench();
    await far.serve(['a.b.c'], silent);
    const controller = new AbortController();
    const ended = rejection(near.request(message('a.b.c', 1), controller.signal));
    controller.abort('enough');
    expect(await ended).toBe('enough');
  });

  it('lets a withdrawal end that such a server is under way in', async () => {
    const { near, far } = await makeBench();
    const entered = gate<void>();
    const serving = await far.serve(['a.b.c'], () => {
      entered.open();
      return new Promise(() => undefined);
    });
    const controller = new AbortController();
    const ended = rejection(near.request(message('a.b.c', 1), controller.signal));
    await entered.promise;
    const withdrawn = serving[Symbol.asyncDispose]();
    controller.abort('enough');
    await Promise.all([ended, withdrawn]);
  });

  // A transport without a way back to the server, such as a queue, can't tell it.
  it.runIf(features.abortsCross)('tells the server', async () => {
    const { near, far } = await makeBench();
    const entered = gate<AbortSignal>();
    await far.serve(['a.b.c'], (_, signal) => {
      entered.open(signal);
      return new Promise(() => undefined);
    });
    const controller = new AbortController();
    const ended = rejection(near.request(message('a.b.c', 1), controller.signal));
    const signal = await entered.promise;
    expect(signal.aborted).toBe(false);
    controller.abort('enough');
    await ended;
    expect(signal.aborted).toBe(true);
  });
}

function closeCases(makeBench: MakeBench): void {
  it('ends what is under way with an error, and aborts those who serve it', async () => {
    const { near, far } = await makeBench();
    const entered = gate<AbortSignal>();
    await far.serve(['a.b.c'], (_, signal) => {
      entered.open(signal);
      return new Promise(() => undefined);
    });
    const ended = rejection(near.request(message('a.b.c', 1), patient));
    const signal = await entered.promise;
    await Promise.all([near.close(), far.close()]);
    expect(await ended).toMatchObject({ code: 'MORTAR_PORT_UNREACHABLE' });
    expect(signal.aborted).toBe(true);
  });

  it('accepts nothing more, and may come twice', async () => {
    const { near, far } = await makeBench();
    const serving = await far.serve(['a.b.c'], echo);
    for (const end of [near, far, near]) await end.close();
    expect(await rejection(near.request(message('a.b.c', 1), patient))).toMatchObject({
      code: 'MORTAR_PORT_UNREACHABLE',
    });
    expect(await rejection(far.serve(['a.b.c'], echo))).toMatchObject({ code: 'MORTAR_PORT_UNREACHABLE' });
    await serving[Symbol.asyncDispose]();
  });
}
