import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type ClientOf, type PortContract, type PortMethodOptions, port } from '../../src/contracts/index.js';
import { type ErrorCode, MortarError } from '../../src/errors/index.js';
import { caught } from './caught.js';

const Detector = port(
  'anomaly-detection.detector',
  {
    detect: {
      data: z.object({ values: z.array(z.number()), at: z.coerce.date().optional() }),
      result: z.array(z.number()),
      timeoutMs: 2_000,
      permission: 'anomalies.read',
      isIdempotent: true,
      description: 'Finds what is out of line.',
    },
    forget: { data: z.string() },
  },
  { description: 'Finds anomalies.' },
);

describe('port', () => {
  it('is plain, frozen data, with a message for each method', () => {
    expect(Detector).toMatchObject({
      kind: 'port',
      name: 'anomaly-detection.detector',
      module: 'anomaly-detection',
      description: 'Finds anomalies.',
    });
    expect(Detector.methods.detect).toMatchObject({
      kind: 'port',
      name: 'anomaly-detection.detector.detect',
      port: 'anomaly-detection.detector',
      method: 'detect',
      module: 'anomaly-detection',
      timeoutMs: 2_000,
      permission: 'anomalies.read',
      isIdempotent: true,
      description: 'Finds what is out of line.',
    });
    expect([Detector, Detector.methods, Detector.methods.detect].every(Object.isFrozen)).toBe(true);
  });

  it('gives a method 30 seconds, no permission and one attempt unless said', () => {
    expect(Detector.methods.forget).toMatchObject({
      timeoutMs: 30_000,
      permission: undefined,
      isIdempotent: false,
      result: undefined,
      jsonSchema: undefined,
    });
  });

  it('does not follow its options when they change', () => {
    const options = { data: z.string(), timeoutMs: 5 };
    const contract = port('shop.stock', { look: options });
    options.timeoutMs = 6;
    expect(contract.methods.look.timeoutMs).toBe(5);
  });

  it('takes the longest time limit that a timer keeps', () => {
    const contract = port('shop.stock', { look: { data: z.string(), timeoutMs: 2 ** 31 - 1 } });
    expect(contract.methods.look.timeoutMs).toBe(2 ** 31 - 1);
  });
});

const good: PortMethodOptions = { data: z.string() };

/** What can't be a port, and why. Names and options are as JavaScript may give them. */
const wrong: readonly (readonly [string, unknown, unknown, ErrorCode, string])[] = [
  ['no name', undefined, { look: good }, 'MORTAR_NAME_INVALID', ''],
  ['a name without a module', 'stock', { look: good }, 'MORTAR_NAME_INVALID', ''],
  ['no methods', 'shop.stock', {}, 'MORTAR_CONTRACT_INVALID', 'one method or more'],
  ['methods in a list', 'shop.stock', [good], 'MORTAR_CONTRACT_INVALID', 'an array'],
  ['nothing for methods', 'shop.stock', null, 'MORTAR_CONTRACT_INVALID', 'null'],
  [
    'a method named then',
    'shop.stock',
    Object.fromEntries([['then', good]]),
    'MORTAR_CONTRACT_INVALID',
    '"then"',
  ],
  [
    'a method named constructor',
    'shop.stock',
    { constructor: good },
    'MORTAR_CONTRACT_INVALID',
    '"constructor"',
  ],
  ['a method named toString', 'shop.stock', { toString: good }, 'MORTAR_CONTRACT_INVALID', '"toString"'],
  [
    'a method named __proto__',
    'shop.stock',
    JSON.parse('{"__proto__":{}}'),
    'MORTAR_CONTRACT_INVALID',
    '"__proto__"',
  ],
  ['a method with half a pair', 'shop.stock', { 'a\ud800': good }, 'MORTAR_CONTRACT_INVALID', 'camelCase'],
  ['a method with a dot', 'shop.stock', { 'a.b': good }, 'MORTAR_CONTRACT_INVALID', '"a.b"'],
  ['a method with a capital', 'shop.stock', { Look: good }, 'MORTAR_CONTRACT_INVALID', '"Look"'],
  ['an empty method name', 'shop.stock', { '': good }, 'MORTAR_CONTRACT_INVALID', 'an empty string'],
  [
    'a very long method name',
    'shop.stock',
    { ['a'.repeat(101)]: good },
    'MORTAR_CONTRACT_INVALID',
    '101 characters',
  ],
  ['no options', 'shop.stock', { look: undefined }, 'MORTAR_CONTRACT_INVALID', 'undefined'],
  ['no schema', 'shop.stock', { look: {} }, 'MORTAR_CONTRACT_INVALID', 'The data of shop.stock.look'],
  [
    'a wrong result',
    'shop.stock',
    { look: { ...good, result: 1 } },
    'MORTAR_CONTRACT_INVALID',
    'The result of',
  ],
  [
    'a misspelt option',
    'shop.stock',
    { look: { ...good, timeout: 1 } },
    'MORTAR_OPTIONS_INVALID',
    '"timeout"',
  ],
  ['no time', 'shop.stock', { look: { ...good, timeoutMs: 0 } }, 'MORTAR_OPTIONS_INVALID', 'timeoutMs'],
  [
    'too much time',
    'shop.stock',
    { look: { ...good, timeoutMs: 2 ** 31 } },
    'MORTAR_OPTIONS_INVALID',
    'timeoutMs',
  ],
  [
    'an empty permission',
    'shop.stock',
    { look: { ...good, permission: '' } },
    'MORTAR_CONTRACT_INVALID',
    'permission',
  ],
  [
    'a permission that is none',
    'shop.stock',
    { look: { ...good, permission: 1 } },
    'MORTAR_CONTRACT_INVALID',
    'permission',
  ],
  [
    'a doubtful isIdempotent',
    'shop.stock',
    { look: { ...good, isIdempotent: 'yes' } },
    'MORTAR_CONTRACT_INVALID',
    'isIdempotent',
  ],
];

describe('port refuses', () => {
  it.each(wrong)('%s', (_, name, methods, code, said) => {
    const error = caught(() => Reflect.apply(port, undefined, [name, methods]));
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(said) });
  });

  it('a misspelt option of its own', () => {
    expect(
      caught(() => Reflect.apply(port, undefined, ['shop.stock', { look: good }, { describe: '' }])),
    ).toMatchObject({
      code: 'MORTAR_OPTIONS_INVALID',
    });
  });
});

describe('the types of a port', () => {
  it('give a client that takes the input and answers with the output', () => {
    type Client = ClientOf<typeof Detector>;
    expectTypeOf<Parameters<Client['detect']>[0]>().toEqualTypeOf<{ values: number[]; at?: unknown }>();
    expectTypeOf<ReturnType<Client['detect']>>().toEqualTypeOf<Promise<number[]>>();
    expectTypeOf<ReturnType<Client['forget']>>().toEqualTypeOf<Promise<void>>();
    expectTypeOf<keyof Client>().toEqualTypeOf<'detect' | 'forget'>();
  });

  it('keep the name, and fit where any port does', () => {
    expectTypeOf(Detector.name).toEqualTypeOf<'anomaly-detection.detector'>();
    expectTypeOf(Detector).toExtend<PortContract>();
    expectTypeOf(Detector).toExtend<PortContract<`anomaly-detection.${string}`>>();
    expectTypeOf(Detector).not.toExtend<PortContract<`shop.${string}`>>();
  });

  it('refuse a result schema that does not accept what it gives, and a name without a module', () => {
    // @ts-expect-error: a text goes in, a number comes out
    port('shop.stock', { look: { data: z.string(), result: z.string().transform(Number) } });
    port('shop.stock', { look: { data: z.string().transform(Number), result: z.coerce.date() } });
    // @ts-expect-error: the module is missing
    expect(() => port('stock', { look: { data: z.string() } })).toThrow('MORTAR_NAME_INVALID');
  });
});
