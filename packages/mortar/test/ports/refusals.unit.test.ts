import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createEnvelope, event, type PortContract, port } from '../../src/contracts/index.js';
import { type ErrorCode, MortarError } from '../../src/errors/index.js';
import { checkPortPolicy, createPorts, exchange, memoryTransport, translate } from '../../src/ports/index.js';
import { contextOf, localOf, portsOf, rejection, Stock } from './stock.js';

/** What is wrong, how it is said, and the code and a part of the message that come of it. */
type Row = readonly [what: string, run: () => unknown, code: ErrorCode, says: string];

/** Calls as JavaScript may, whatever the types say. */
function untyped(run: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown {
  return Reflect.apply(run, undefined, args);
}

const local = localOf({ take: () => 1 });
const made = (options: unknown): unknown => untyped(createPorts, options);
const client = (caller: unknown): unknown => untyped(portsOf({ take: () => 1 }).client, Stock, caller);
const clientOf = (contract: unknown): unknown => untyped(portsOf({}).client, contract);
const policy = (given: unknown): unknown => untyped(checkPortPolicy, 'module shop, uses a.b', given);
const take = (options: unknown): unknown =>
  untyped(portsOf({ take: () => 1 }).client(Stock).take, { article: 'a' }, options);
const Placed = event('shop.order-placed', { data: z.object({}) });
const envelope = createEnvelope(Placed, {});

const optionRows: readonly Row[] = [
  ['no options', () => made(undefined), 'MORTAR_OPTIONS_INVALID', 'local, transport, policies'],
  ['a misspelt option', () => made({ local, transports: 1 }), 'MORTAR_OPTIONS_INVALID', '"transports"'],
  [
    'an option of every object',
    () => made(JSON.parse('{"__proto__":1}')),
    'MORTAR_OPTIONS_INVALID',
    '"__proto__"',
  ],
  [
    'no local side',
    () => made({}),
    'MORTAR_OPTIONS_INVALID',
    'local has the methods has, methodOf, names, call',
  ],
  [
    'a local side without call',
    () => made({ local: { ...local, call: 1 } }),
    'MORTAR_OPTIONS_INVALID',
    'local has',
  ],
  [
    'a local side that does not say what it serves',
    () => made({ local: { ...local, methodOf: undefined } }),
    'MORTAR_OPTIONS_INVALID',
    'local has',
  ],
  [
    'a transport that is none',
    () => made({ local, transport: {} }),
    'MORTAR_OPTIONS_INVALID',
    'request, serve',
  ],
  [
    'an authorizer that is none',
    () => made({ local, authorize: true }),
    'MORTAR_OPTIONS_INVALID',
    'got true',
  ],
  [
    'an observer that is none',
    () => made({ local, onCall: {} }),
    'MORTAR_OPTIONS_INVALID',
    'onCall is a function',
  ],
  [
    'policies that are no list',
    () => made({ local, policies: {} }),
    'MORTAR_OPTIONS_INVALID',
    'policies are listed',
  ],
  [
    'a policy that is none',
    () => made({ local, policies: [1] }),
    'MORTAR_OPTIONS_INVALID',
    'module, port, policy',
  ],
  [
    'a policy for no port',
    () => made({ local, policies: [{ module: 'shop', policy: {} }] }),
    'MORTAR_NAME_INVALID',
    'undefined',
  ],
  [
    'two policies of one module for one port',
    () =>
      made({ local, policies: [1, 2].map(() => ({ module: 'shop', port: 'warehouse.stock', policy: {} })) }),
    'MORTAR_OPTIONS_INVALID',
    'the policy of shop for port warehouse.stock once',
  ],
  [
    'a wrong policy, with whose it is',
    () => made({ local, policies: [{ module: 'shop', port: 'warehouse.stock', policy: { bulkhead: 1 } }] }),
    'MORTAR_OPTIONS_INVALID',
    'the policy of shop for port warehouse.stock, bulkhead',
  ],
];

const policyRows: readonly Row[] = [
  ['no policy', () => policy(undefined), 'MORTAR_OPTIONS_INVALID', 'module shop, uses a.b'],
  ['a misspelt guard', () => policy({ retries: false }), 'MORTAR_OPTIONS_INVALID', '"retries"'],
  ['a retry that is on', () => policy({ retry: true }), 'MORTAR_OPTIONS_INVALID', 'uses a.b, retry'],
  ['a retry that is null', () => policy({ retry: null }), 'MORTAR_OPTIONS_INVALID', 'uses a.b, retry'],
  ['a retry of no attempts', () => policy({ retry: { attempts: 0 } }), 'MORTAR_OPTIONS_INVALID', 'attempts'],
  [
    'a retry with a function',
    () => policy({ retry: { attempts: 2, handles: () => true } }),
    'MORTAR_OPTIONS_INVALID',
    '"handles"',
  ],
  [
    'a doubtful everyMethod',
    () => policy({ retry: { attempts: 2, everyMethod: 1 } }),
    'MORTAR_OPTIONS_INVALID',
    'got 1',
  ],
  [
    'an unknown backoff',
    () => policy({ retry: { attempts: 2, backoff: { kind: 'linear' } } }),
    'MORTAR_OPTIONS_INVALID',
    '"linear"',
  ],
  [
    'a breaker without a cooldown',
    () => policy({ circuitBreaker: { failures: 1 } }),
    'MORTAR_OPTIONS_INVALID',
    'cooldownMs',
  ],
  [
    'a breaker of both kinds',
    () => policy({ circuitBreaker: { failures: 1, ratio: 0.5, window: 9, cooldownMs: 1 } }),
    'MORTAR_OPTIONS_INVALID',
    'uses a.b, circuitBreaker',
  ],
  [
    'a breaker with a function',
    () => policy({ circuitBreaker: { failures: 1, cooldownMs: 1, handles: () => true } }),
    'MORTAR_OPTIONS_INVALID',
    '"handles"',
  ],
  [
    'a bulkhead without a limit',
    () => policy({ bulkhead: {} }),
    'MORTAR_OPTIONS_INVALID',
    'uses a.b, bulkhead',
  ],
];

const clientRows: readonly Row[] = [
  ['no port', () => clientOf(undefined), 'MORTAR_OPTIONS_INVALID', 'a contract that port() made'],
  ['an event for a port', () => clientOf(Placed), 'MORTAR_OPTIONS_INVALID', 'a contract that port() made'],
  [
    'a port of its own making',
    () => clientOf({ ...Stock, methods: { look: 1 } }),
    'MORTAR_OPTIONS_INVALID',
    '"look"',
  ],
  [
    'a port whose client would be a promise',
    () =>
      clientOf({
        ...Stock,
        methods: Object.fromEntries([['then', { ...Stock.methods.look, name: 'warehouse.stock.then' }]]),
      }),
    'MORTAR_OPTIONS_INVALID',
    '"then"',
  ],
  [
    'a method under another name',
    () => clientOf({ ...Stock, methods: { constructor: Stock.methods.look } }),
    'MORTAR_OPTIONS_INVALID',
    '"constructor"',
  ],
  ['locating no port', () => untyped(portsOf({}).locate, {}), 'MORTAR_OPTIONS_INVALID', 'port() made'],
  ['a misspelt caller', () => client({ modul: 'shop' }), 'MORTAR_OPTIONS_INVALID', '"modul"'],
  ['a caller that is null', () => client(null), 'MORTAR_OPTIONS_INVALID', 'null'],
  ['a malformed module', () => client({ module: 'Shop\ud800' }), 'MORTAR_NAME_INVALID', ''],
  [
    'a context without an envelope',
    () => client({ context: {} }),
    'MORTAR_OPTIONS_INVALID',
    'context is the context',
  ],
  [
    'a context made by hand',
    () => client({ context: { envelope } }),
    'MORTAR_OPTIONS_INVALID',
    'a context that a bus made',
  ],
  [
    'an identity with an unknown field',
    () => client({ identity: { user: 'ann' } }),
    'MORTAR_OPTIONS_INVALID',
    '"user"',
  ],
  [
    'an identity with an empty actor',
    () => client({ identity: { actor: '' } }),
    'MORTAR_ENVELOPE_INVALID',
    'actor',
  ],
  [
    'an identity with a malformed trace',
    () => client({ identity: { traceparent: 'x' } }),
    'MORTAR_ENVELOPE_INVALID',
    'traceparent',
  ],
  [
    'a signal that is none',
    () => client({ signal: {} }),
    'MORTAR_OPTIONS_INVALID',
    'signal is an AbortSignal',
  ],
];

const callRows: readonly Row[] = [
  ['options that are null', () => take(null), 'MORTAR_OPTIONS_INVALID', 'a call of warehouse.stock.take'],
  ['a misspelt option', () => take({ timeout: 1 }), 'MORTAR_OPTIONS_INVALID', '"timeout"'],
  ['no time', () => take({ timeoutMs: 0 }), 'MORTAR_OPTIONS_INVALID', 'timeoutMs'],
  ['half a millisecond', () => take({ timeoutMs: 0.5 }), 'MORTAR_OPTIONS_INVALID', '0.5'],
  ['time that is no number', () => take({ timeoutMs: '5' }), 'MORTAR_OPTIONS_INVALID', '"5"'],
  [
    'a controller for a signal',
    () => take({ signal: new AbortController() }),
    'MORTAR_OPTIONS_INVALID',
    'AbortSignal',
  ],
  [
    'an envelope for a context',
    () => take({ from: envelope }),
    'MORTAR_OPTIONS_INVALID',
    'from is the context',
  ],
  [
    'a context with half an envelope',
    () => take({ from: { envelope: { id: 'x' } } }),
    'MORTAR_OPTIONS_INVALID',
    'from is',
  ],
  [
    'a context made by hand',
    () => take({ from: { envelope } }),
    'MORTAR_OPTIONS_INVALID',
    'a context that a bus made',
  ],
  [
    'what inherits from a context',
    () => take({ from: Object.create(contextOf(envelope)) }),
    'MORTAR_OPTIONS_INVALID',
    'a context that a bus made',
  ],
];

const steps = { fromDomain: () => 1, call: () => 1, toDomain: () => 1 };
const good = { look: exchange(steps), take: exchange(steps), empty: exchange(steps) };
const translationRows: readonly Row[] = [
  ['translating no port', () => untyped(translate, {}, 1, good), 'MORTAR_OPTIONS_INVALID', 'port() made'],
  [
    'a method too few',
    () => untyped(translate, Stock, 1, { look: good.look }),
    'MORTAR_OPTIONS_INVALID',
    'an exchange for take',
  ],
  [
    'a method too many',
    () => untyped(translate, Stock, 1, { ...good, give: good.look }),
    'MORTAR_OPTIONS_INVALID',
    '"give"',
  ],
  [
    'a method of every object',
    () => untyped(translate, Stock, 1, JSON.parse('{"__proto__":1}')),
    'MORTAR_OPTIONS_INVALID',
    '"__proto__"',
  ],
  [
    'bare steps',
    () => untyped(translate, Stock, 1, { ...good, look: steps }),
    'MORTAR_OPTIONS_INVALID',
    'an exchange for look',
  ],
  [
    'no exchanges',
    () => untyped(translate, Stock, 1),
    'MORTAR_OPTIONS_INVALID',
    'The exchanges of warehouse.stock',
  ],
  [
    'a misspelt option',
    () => untyped(translate, Stock, 1, good, { onError: 1 }),
    'MORTAR_OPTIONS_INVALID',
    '"onError"',
  ],
  [
    'a fromError that is none',
    () => untyped(translate, Stock, 1, good, { fromError: 1 }),
    'MORTAR_OPTIONS_INVALID',
    'fromError',
  ],
  [
    'a step too few',
    () => untyped(exchange, { ...steps, call: undefined }),
    'MORTAR_OPTIONS_INVALID',
    'The step call',
  ],
  [
    'a step too many',
    () => untyped(exchange, { ...steps, ...Object.fromEntries([['then', 1]]) }),
    'MORTAR_OPTIONS_INVALID',
    '"then"',
  ],
  [
    'a schema that is none',
    () => untyped(exchange, { ...steps, answer: {} }),
    'MORTAR_CONTRACT_INVALID',
    'The answer of',
  ],
  [
    'a transport with a wrong limit',
    () => untyped(memoryTransport, { maxBytes: 1 }),
    'MORTAR_OPTIONS_INVALID',
    'maxBytes',
  ],
  [
    'a transport with a misspelt one',
    () => untyped(memoryTransport, { maxByte: 9 }),
    'MORTAR_OPTIONS_INVALID',
    '"maxByte"',
  ],
];

/** What a row comes to, thrown or rejected. */
async function outcomeOf(run: () => unknown): Promise<unknown> {
  try {
    return await rejection(Promise.resolve(run()));
  } catch (error) {
    return error;
  }
}

describe.each([
  ['createPorts', optionRows],
  ['a policy', policyRows],
  ['a client', clientRows],
  ['a call', callRows],
  ['a translation or a transport', translationRows],
])('%s refuses', (_, rows) => {
  it.each(rows)('%s', async (_what, run, code, says) => {
    const error = await outcomeOf(run);
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) });
  });
});

describe('wrong data', () => {
  const Text = port('words.text', {
    say: {
      data: z.object({ text: z.string().refine((text) => !/\p{Surrogate}/u.test(text), 'half a pair') }),
    },
  });
  const say = (data: unknown): unknown =>
    untyped(createPorts({ local: localOf({ say: () => 1 }, Text) }).client(Text).say, data);

  it.each<[string, unknown, string]>([
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['a function', () => 1, ''],
    ['a symbol', Symbol('x'), ''],
    ['half a pair', { text: '\ud800' }, 'text'],
    ['an own __proto__', JSON.parse('{"__proto__":{"text":"a"}}'), 'text'],
  ])('%s is refused with its path', async (_, data, path) => {
    const error = await rejection(Promise.resolve(say(data)));
    expect(error).toMatchObject({ code: 'MORTAR_DATA_INVALID', issues: [{ path }] });
  });

  it('that fails its schema by throwing is refused too', async () => {
    const Broken: PortContract = port('words.broken', {
      say: {
        data: z.string().refine(() => {
          throw new Error('schema');
        }),
      },
    });
    const ports = createPorts({ local: localOf({ say: () => 1 }, Broken) });
    await rejection(Promise.resolve(untyped(ports.client(Broken)['say'] ?? expect.fail, 'a')));
    expect(ports.stats()[0]).toMatchObject({ calls: 1, inFlight: 0 });
  });
});
