import { type } from 'arktype';
import * as v from 'valibot';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  command,
  createEnvelope,
  type DataOf,
  event,
  type InputOf,
  type ResultOf,
} from '../../src/contracts/index.js';

const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number().positive(), note: z.string().default('x') }),
  key: (data) => data.orderId,
});
const V = event('shop.v', { data: v.object({ a: v.string() }), key: (d) => d.a });
const A = event('shop.a', { data: type({ a: 'string' }), key: (d) => d.a });
const PlaceOrder = command('shop.place-order', {
  data: z.object({ items: z.array(z.string()).min(1) }),
  result: z.object({ orderId: z.string() }),
});
const Void = command('shop.v', { data: z.object({}) });
// @ts-expect-error must accept own output
const Bad = event('shop.bad', { data: z.string().transform((s) => s.length) });

test('types', () => {
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
  expectTypeOf<ResultOf<typeof PlaceOrder>>().toEqualTypeOf<{ orderId: string }>();
  expectTypeOf<ResultOf<typeof Void>>().toEqualTypeOf<void>();
  expect(createEnvelope(OrderPlaced, { orderId: '1', total: 2 })).toMatchObject({ key: '1' });
  void V;
  void A;
  void Bad;
});
