// What the types infer and refuse. The type check of the tests is the test; the lines that run prove the same at run time.
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  type CommandContract,
  type Contract,
  command,
  createEnvelope,
  type DataOf,
  type Envelope,
  type EventContract,
  event,
  type InputOf,
  query,
  type ResultOf,
  type ReturnOf,
  upcast,
} from '../../src/contracts/index.js';

const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number().positive(), note: z.string().default('none') }),
  key: (data) => data.orderId,
});
const OrderPaid = event('shop.order-paid', { data: z.object({ orderId: z.string(), paidAt: z.date() }) });
const FromValibot = event('shop.from-valibot', {
  data: v.object({ id: v.string(), size: v.optional(v.number(), 1) }),
  key: (data) => data.id,
});
const FromArktype = event('shop.from-arktype', {
  data: type({ id: 'string', 'size?': 'number' }),
  key: (data) => data.id,
});
const PlaceOrder = command('shop.place-order', {
  data: z.object({ items: z.array(z.string()).min(1), at: z.string().transform((text) => new Date(text)) }),
  result: z.object({ orderId: z.string(), total: z.string().transform(Number) }),
});
const CancelOrder = command('shop.cancel-order', { data: v.object({ orderId: v.string() }) });
const FindOrder = query('shop.find-order', {
  data: type({ orderId: 'string' }),
  result: type({ total: 'number' }),
});

describe('what is inferred', () => {
  test('names, as literals', () => {
    expectTypeOf(OrderPlaced.name).toEqualTypeOf<'shop.order-placed'>();
    expectTypeOf(PlaceOrder.name).toEqualTypeOf<'shop.place-order'>();
    expectTypeOf(FindOrder.kind).toEqualTypeOf<'query'>();
    expect([OrderPlaced.name, PlaceOrder.kind, FindOrder.kind]).toEqual([
      'shop.order-placed',
      'command',
      'query',
    ]);
  });

  test('DataOf is the output, InputOf the input of the schema', () => {
    expectTypeOf<DataOf<typeof OrderPlaced>>().toEqualTypeOf<{
      orderId: string;
      total: number;
      note: string;
    }>();
    expectTypeOf<InputOf<typeof OrderPlaced>>().toEqualTypeOf<{
      orderId: string;
      total: number;
      note?: string | undefined;
    }>();
    expectTypeOf<DataOf<typeof FromValibot>>().toEqualTypeOf<{ id: string; size: number }>();
    expectTypeOf<InputOf<typeof FromValibot>>().toEqualTypeOf<{ id: string; size?: number | undefined }>();
    expectTypeOf<DataOf<typeof FromArktype>>().toEqualTypeOf<{ id: string; size?: number }>();
    expectTypeOf<DataOf<typeof PlaceOrder>>().toEqualTypeOf<{ items: string[]; at: Date }>();
    expectTypeOf<InputOf<typeof PlaceOrder>>().toEqualTypeOf<{ items: string[]; at: string }>();
    expectTypeOf<DataOf<typeof FindOrder>>().toEqualTypeOf<{ orderId: string }>();
  });

  test('ResultOf is what a caller gets, ReturnOf what a handler returns', () => {
    expectTypeOf<ResultOf<typeof PlaceOrder>>().toEqualTypeOf<{ orderId: string; total: number }>();
    expectTypeOf<ReturnOf<typeof PlaceOrder>>().toEqualTypeOf<{ orderId: string; total: string }>();
    expectTypeOf<ResultOf<typeof CancelOrder>>().toEqualTypeOf<void>();
    expectTypeOf<ReturnOf<typeof CancelOrder>>().toEqualTypeOf<void>();
    expectTypeOf<ResultOf<typeof FindOrder>>().toEqualTypeOf<{ total: number }>();
    expectTypeOf<ResultOf<typeof OrderPlaced>>().toEqualTypeOf<never>();
  });

  test('unions of contracts distribute', () => {
    type Either = typeof OrderPlaced | typeof OrderPaid;
    expectTypeOf<DataOf<Either>>().toEqualTypeOf<DataOf<typeof OrderPlaced> | DataOf<typeof OrderPaid>>();
  });

  test('key gets the output of the sibling schema, in every library', () => {
    expectTypeOf(OrderPlaced.key).not.toBeAny();
    const keys = [
      createEnvelope(OrderPlaced, { orderId: 'a', total: 1 }).key,
      createEnvelope(FromValibot, { id: 'b' }).key,
      createEnvelope(FromArktype, { id: 'c' }).key,
    ];
    expect(keys).toEqual(['a', 'b', 'c']);
  });

  test('an envelope has the name and the output', () => {
    const envelope = createEnvelope(OrderPlaced, { orderId: 'a', total: 1 });
    expectTypeOf(envelope).toEqualTypeOf<
      Envelope<{ orderId: string; total: number; note: string }, 'shop.order-placed'>
    >();
    expect(envelope.data.note).toBe('none');
  });

  test('several events narrow on their type', () => {
    const read = (
      envelope:
        | Envelope<DataOf<typeof OrderPlaced>, 'shop.order-placed'>
        | Envelope<DataOf<typeof OrderPaid>, 'shop.order-paid'>,
    ): number => {
      if (envelope.type === 'shop.order-paid') return envelope.data.paidAt.getTime();
      expectTypeOf(envelope.data).toEqualTypeOf<DataOf<typeof OrderPlaced>>();
      return envelope.data.total;
    };
    expect(read(createEnvelope(OrderPlaced, { orderId: 'a', total: 7 }))).toBe(7);
    expect(read(createEnvelope(OrderPaid, { orderId: 'a', paidAt: new Date(9) }))).toBe(9);
  });

  test('upcast gives the output', () => {
    const data = upcast(OrderPlaced, { orderId: 'a', total: 1 }, 1);
    expectTypeOf(data).toEqualTypeOf<{ orderId: string; total: number; note: string }>();
    expect(data.note).toBe('none');
  });

  test('every contract is a Contract, and none is of another kind', () => {
    const all: readonly Contract[] = [
      OrderPlaced,
      FromValibot,
      FromArktype,
      PlaceOrder,
      CancelOrder,
      FindOrder,
    ];
    expect(all).toHaveLength(6);
    expectTypeOf<typeof OrderPlaced>().toExtend<EventContract<`shop.${string}`>>();
    expectTypeOf<typeof OrderPlaced>().not.toExtend<EventContract<`billing.${string}`>>();
    expectTypeOf<typeof FindOrder>().not.toExtend<CommandContract>();
  });
});

describe('what is refused', () => {
  const data = z.object({ orderId: z.string(), total: z.number() });

  test('an event whose schema does not accept its own output', () => {
    // @ts-expect-error a number is not the text that the schema takes
    const bad = event('shop.bad', { data: z.string().transform((text) => text.length) });
    expect(bad.kind).toBe('event');
    event('shop.good', { data: z.string().transform((text) => text.trim()) });
    event('shop.good', { data: z.union([z.date(), z.string().transform((text) => new Date(text))]) });
  });

  test('a name without a module', () => {
    // @ts-expect-error no module before a dot
    expect(() => event('order-placed', { data })).toThrow(/MORTAR_NAME_INVALID/);
  });

  test('wrong, missing and unknown fields', () => {
    const Placed = event('shop.order-placed', { data });
    // @ts-expect-error total is missing
    expect(() => createEnvelope(Placed, { orderId: 'a' })).toThrow(/total/);
    // @ts-expect-error total is a number
    expect(() => createEnvelope(Placed, { orderId: 'a', total: '5' })).toThrow(/total/);
    // @ts-expect-error there is no totl
    expect(createEnvelope(Placed, { orderId: 'a', total: 5, totl: 5 }).data).toEqual({
      orderId: 'a',
      total: 5,
    });
  });

  test('a key that is no text, or of a field that is not there', () => {
    // @ts-expect-error a number is no key
    event('shop.a', { data, key: (placed) => placed.total });
    // @ts-expect-error there is no orderID
    event('shop.a', { data, key: (placed) => placed.orderID });
    expect(event('shop.a', { data, key: (placed) => placed.orderId }).key).toBeTypeOf('function');
  });

  test('misspelt options and wrong values', () => {
    // @ts-expect-error the option is named priority
    expect(() => event('shop.a', { data, prority: 'high' })).toThrow(/MORTAR_OPTIONS_INVALID.*prority/);
    // @ts-expect-error the option is named result
    expect(() => command('shop.a', { data, resutl: data })).toThrow(/MORTAR_OPTIONS_INVALID.*resutl/);
    // @ts-expect-error there is no such lane
    expect(() => event('shop.a', { data, priority: 'urgent' })).toThrow(/MORTAR_CONTRACT_INVALID/);
    // @ts-expect-error an id is text
    expect(() => createEnvelope(OrderPlaced, { orderId: 'a', total: 1 }, { id: 1 })).toThrow(
      /MORTAR_ENVELOPE_INVALID/,
    );
  });

  test('data that is no schema', () => {
    // @ts-expect-error a record of words is no schema
    expect(() => event('shop.a', { data: { orderId: 'string' } })).toThrow(/MORTAR_CONTRACT_INVALID/);
    // @ts-expect-error data is missing
    expect(() => command('shop.a', { result: data })).toThrow(/MORTAR_CONTRACT_INVALID/);
    // @ts-expect-error a word is no schema
    expect(() => query('shop.a', { data, result: 'string' })).toThrow(/MORTAR_CONTRACT_INVALID/);
  });

  test('an envelope of a command, and changing a contract', () => {
    // @ts-expect-error only events have envelopes
    expect(() => createEnvelope(CancelOrder, { orderId: 'a' })).not.toThrow();
    expect(() => {
      // @ts-expect-error a contract is frozen
      OrderPlaced.name = 'shop.other';
    }).toThrow(TypeError);
  });
});
