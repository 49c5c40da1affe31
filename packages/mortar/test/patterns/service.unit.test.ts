import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type Service, service } from '../../src/patterns/index.js';
import { codeOf } from '../contracts/caught.js';

const request = z.object({ grams: z.string().transform(Number).pipe(z.number().positive()) });

function pricing(work: (grams: number) => unknown = (grams) => grams / 10) {
  const calls: number[] = [];
  const quote = service({
    name: 'pricing.quote',
    description: 'What a parcel costs.',
    data: request,
    result: z.object({ cents: z.int().default(0) }),
    execute: async ({ grams }) => {
      calls.push(grams);
      return { cents: Object(work(grams)) as number };
    },
  });
  return { quote, calls };
}

describe('a service', () => {
  it('does its work on the validated request, and validates the result', async () => {
    const quote = service({
      name: 'pricing.quote',
      data: request,
      result: z.object({ cents: z.int().default(7) }),
      execute: ({ grams }) => (grams > 100 ? { cents: grams / 10 } : {}),
    });
    expect(await quote.execute({ grams: '500' })).toEqual({ cents: 50 });
    expect(await quote.execute({ grams: '50' })).toEqual({ cents: 7 });
  });

  it('does no work for a faulty request, and names each issue', async () => {
    const { quote, calls } = pricing();
    await expect(quote.execute({ grams: '-1' })).rejects.toMatchObject({
      code: 'MORTAR_DATA_INVALID',
      rule: 'The data of pricing.quote follows its schema.',
      issues: [{ path: 'grams' }],
    });
    expect(calls).toEqual([]);
  });

  it('hands out no faulty result', async () => {
    const { quote } = pricing((grams) => grams + 0.5);
    await expect(quote.execute({ grams: '1' })).rejects.toMatchObject({
      code: 'MORTAR_RESULT_INVALID',
      issues: [{ path: 'cents' }],
    });
  });

  it('lets through what its work throws', async () => {
    const { quote } = pricing(() => {
      throw new RangeError('no');
    });
    await expect(quote.execute({ grams: '1' })).rejects.toThrow(RangeError);
  });

  it('without a result answers with nothing', async () => {
    const ring = service({ name: 'door.ring', data: z.void(), execute: () => undefined });
    expect(await ring.execute()).toBeUndefined();
    expect(ring.describe().result).toBeUndefined();
    const careless = service({ name: 'door.knock', data: z.void(), execute: Object(() => 'who is there') });
    expect(await careless.execute(undefined)).toBeUndefined();
  });

  it('hands its caller’s signal on, and starts nothing once that is aborted', async () => {
    const seen: AbortSignal[] = [];
    const wait = service({
      name: 'door.wait',
      data: z.string(),
      execute: (_, { signal }) => void seen.push(signal),
    });
    const controller = new AbortController();
    await wait.execute('x', { signal: controller.signal });
    expect(seen).toEqual([controller.signal]);
    controller.abort(new RangeError('enough'));
    await expect(wait.execute('x', { signal: controller.signal })).rejects.toThrow('enough');
    expect(seen).toHaveLength(1);
    await wait.execute('x');
    expect(seen[1]?.aborted).toBe(false);
  });
});

describe('validateRequest', () => {
  it('answers with the request, or with every issue, and does nothing else', () => {
    const { quote, calls } = pricing();
    expect(quote.validateRequest({ grams: '5' })).toEqual({ ok: true, value: { grams: 5 } });
    expect(quote.validateRequest({})).toMatchObject({ ok: false, issues: [{ path: 'grams' }] });
    expect(calls).toEqual([]);
  });
});

describe('describe', () => {
  it('answers with plain data, the JSON Schemas with it', () => {
    const described = pricing().quote.describe();
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(described).toMatchObject({
      name: 'pricing.quote',
      description: 'What a parcel costs.',
      data: { input: { opaque: false, schema: { properties: { grams: { type: 'string' } } } } },
      result: { output: { opaque: false, schema: { properties: { cents: { type: 'integer' } } } } },
    });
  });

  it('takes JSON Schemas where the library makes none', () => {
    const opaque = {
      '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) },
    } as const;
    const own = service({
      name: 'a.b',
      data: opaque,
      jsonSchema: { data: { type: 'string' } },
      execute: () => undefined,
    });
    expect(own.describe().data.input).toMatchObject({ schema: { type: 'string' }, source: 'option' });
  });
});

describe('what service refuses', () => {
  const good = { name: 'a.b', data: z.string(), execute: () => undefined };

  it.each<[string, unknown, string]>([
    ['no options', undefined, 'MORTAR_OPTIONS_INVALID'],
    ['a misspelt option', { ...good, exec: () => 1 }, 'MORTAR_OPTIONS_INVALID'],
    ['no work', { ...good, execute: undefined }, 'MORTAR_OPTIONS_INVALID'],
    ['a name without a module', { ...good, name: 'quote' }, 'MORTAR_NAME_INVALID'],
    ['no schema', { ...good, data: undefined }, 'MORTAR_CONTRACT_INVALID'],
    ['a type for a schema', { ...good, data: String }, 'MORTAR_CONTRACT_INVALID'],
    ['a result that is no schema', { ...good, result: {} }, 'MORTAR_CONTRACT_INVALID'],
  ])('%s', (_, options, code) => {
    expect(codeOf(() => Reflect.apply(service, undefined, [options]))).toBe(code);
  });

  it('an asynchronous schema', async () => {
    const slow = service({ ...good, name: 'a.b', data: z.string().refine(async () => true) });
    await expect(slow.execute('x')).rejects.toMatchObject({ code: 'MORTAR_SCHEMA_ASYNC' });
  });
});

describe('the types of a service', () => {
  it('are the input, the output and the validated request of its schemas', () => {
    const { quote } = pricing();
    expectTypeOf(quote).toEqualTypeOf<Service<{ grams: string }, { cents: number }, { grams: number }>>();
    // @ts-expect-error the request is of the input's type
    void (() => quote.execute({ grams: 5 }));
    // @ts-expect-error the work gives what the result's schema takes
    void (() => service({ name: 'a.b', data: z.string(), result: z.number(), execute: () => 'x' }));
    // @ts-expect-error a name has a module
    void (() => service({ name: 'quote', data: z.string(), execute: () => undefined }));
  });
});
