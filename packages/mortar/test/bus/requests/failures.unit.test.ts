import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { fail, isFailure, type Result } from '../../../src/bus/index.js';
import { command, type Failure, type FailureOf, query, type ReturnOf } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { errorOf, rejectionOf } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { Opened, openShop, Paid, Refund } from './till.js';

const Buy = command('till.buy', {
  data: z.object({ item: z.string(), count: z.number().default(1) }),
  result: z.object({ no: z.number() }),
  failures: {
    'out-of-stock': z.object({ item: z.string(), left: z.number().default(0) }),
    closed: z.object({}),
  },
});
const Price = query('till.price', {
  data: z.object({ item: z.string() }),
  result: z.number(),
  failures: { 'not-sold': z.object({ item: z.string() }) },
});

/** A shop that has apples alone. */
function appleShop() {
  const shop = openShop();
  let calls = 0;
  shop.requests.handle(Buy, async ({ data, publish }) => {
    calls += 1;
    await publish(Paid, { order: data.item });
    if (data.item !== 'apple') return fail('out-of-stock', { item: data.item });
    return { no: calls };
  });
  shop.requests.answer(Price, ({ data }) => (data.item === 'apple' ? 5 : fail('not-sold', data)), {
    cache: { ttlMs: 1_000 },
  });
  return { ...shop, countCalls: () => calls };
}

describe('a failure that a handler returns', () => {
  test('given dispatch or ask, when the handler fails, then MORTAR_REQUEST_REFUSED with the failure as its cause', async () => {
    const { requests } = appleShop();
    const error = (await errorOf(requests.dispatch(Buy, { item: 'pear' }))) as MortarError;
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code: 'MORTAR_REQUEST_REFUSED', category: 'conflict' });
    expect(error.cause).toEqual({ kind: 'failure', name: 'out-of-stock', data: { item: 'pear', left: 0 } });
    expect(error.message).toContain('till.buy');
    expect(error.message).toContain('out-of-stock');
    expect(await errorOf(requests.ask(Price, { item: 'pear' }))).toMatchObject({
      cause: { kind: 'failure', name: 'not-sold', data: { item: 'pear' } },
    });
  });

  test('given tryDispatch or tryAsk, when the handler answers, then a result comes back, typed by the contract', async () => {
    const { requests } = appleShop();
    const bought = await requests.tryDispatch(Buy, { item: 'apple' });
    expectTypeOf(bought).toEqualTypeOf<
      Result<
        { no: number },
        Failure<'out-of-stock', { item: string; left: number }> | Failure<'closed', Record<string, never>>
      >
    >();
    expect(bought).toEqual({ ok: true, value: { no: 1 } });
    const refused = await requests.tryDispatch(Buy, { item: 'pear' });
    if (refused.ok) throw new Error('It was sold.');
    if (refused.failure.name === 'out-of-stock') expect(refused.failure.data.left).toBe(0);
    expect(JSON.stringify(refused)).toBe(
      '{"ok":false,"failure":{"kind":"failure","name":"out-of-stock","data":{"item":"pear","left":0}}}',
    );
    expect(await requests.tryAsk(Price, { item: 'apple' })).toEqual({ ok: true, value: 5 });
    expect(await requests.tryAsk(Price, { item: 'pear' })).toMatchObject({
      ok: false,
      failure: { name: 'not-sold' },
    });
  });

  test('given tryDispatch, when anything else goes wrong, then it is thrown', async () => {
    const { requests } = appleShop();
    const error = new Error('jam');
    requests.handle(Refund, () => {
      throw error;
    });
    expect(await errorOf(requests.tryDispatch(Refund, { order: 'a' }))).toBe(error);
    expect(await rejectionOf(requests.tryDispatch(Buy, {} as never))).toBe('MORTAR_DATA_INVALID');
    expect(await rejectionOf(requests.tryAsk(Buy as never, {} as never))).toBe('MORTAR_HANDLER_INVALID');
  });

  test('given a handler that has published, when it fails, then nothing is sent, and its key is free again', async () => {
    const { requests, events, paid, countCalls } = appleShop();
    const key = { idempotencyKey: 'k' };
    const both = await Promise.all([1, 2].map(() => requests.tryDispatch(Buy, { item: 'pear' }, key)));
    expect(both.map(({ ok }) => ok)).toEqual([false, false]);
    expect(countCalls()).toBe(1);
    await requests.tryDispatch(Buy, { item: 'pear' }, key);
    expect(countCalls()).toBe(2);
    await events.idle();
    expect(paid).toEqual([]);
    await requests.dispatch(Buy, { item: 'apple' }, key);
    await events.idle();
    expect(paid).toEqual(['apple']);
  });

  test('given a cached query, when it fails, then the failure is not kept', async () => {
    const { requests } = appleShop();
    for (const item of ['pear', 'pear', 'apple', 'apple']) await requests.tryAsk(Price, { item });
    expect(requests.cacheStats()[0]).toMatchObject({ hits: 1, misses: 3, size: 1 });
  });

  test('given contexts, when their handlers try, then they get results too, and may pass a failure on', async () => {
    const { requests, events } = appleShop();
    const seen: unknown[] = [];
    const Order = command('till.order', {
      data: z.object({ item: z.string() }),
      failures: { 'out-of-stock': z.object({ item: z.string(), left: z.number() }), closed: z.object({}) },
    });
    requests.handle(Order, async ({ data, tryDispatch, tryAsk }) => {
      seen.push((await tryAsk(Price, data)).ok);
      const bought = await tryDispatch(Buy, data);
      return bought.ok ? undefined : bought.failure;
    });
    events.subscribe(Opened, async ({ tryDispatch }) => {
      for (const item of ['apple', 'pear']) seen.push(await tryDispatch(Order, { item }));
    });
    await events.deliver(Opened, { day: 1 });
    expect(seen).toEqual([
      true,
      { ok: true, value: undefined },
      false,
      { ok: false, failure: { kind: 'failure', name: 'out-of-stock', data: { item: 'pear', left: 0 } } },
    ]);
  });
});

describe('what is no failure of the contract', () => {
  const Strict = command('till.strict', {
    data: z.object({}),
    failures: { small: z.object({ cents: z.number() }) },
  });

  test.each([
    ['a name that the contract does not have', Strict, () => fail('large', {})],
    ['data that breaks its schema', Strict, () => fail('small', { cents: '5' })],
    ['a failure of a contract that has none', Refund, () => fail('small', { cents: 5 })],
    ['a failure of a contract with a result', Price, () => fail('small', { cents: 5 })],
    ['what looks like one', Price, () => ({ kind: 'failure', name: 'not-sold', data: { item: 'a' } })],
  ] as const)('given %s, when it is returned, then MORTAR_RESULT_INVALID', async (_, contract, handler) => {
    const { requests } = openShop();
    const data = { order: 'a', item: 'a' };
    if (contract.kind === 'query') {
      requests.answer(contract, handler as never);
      expect(await rejectionOf(requests.tryAsk(contract, data))).toBe('MORTAR_RESULT_INVALID');
    } else {
      requests.handle(contract, handler as never);
      expect(await rejectionOf(requests.tryDispatch(contract as typeof Refund, data))).toBe(
        'MORTAR_RESULT_INVALID',
      );
    }
  });

  test('given a result that looks like a failure, when its schema takes it, then it is a result', async () => {
    const Report = query('till.report', { data: z.object({}), result: z.any() });
    const { requests } = openShop();
    const report = { kind: 'failure', name: 'of the month', data: 5 };
    requests.answer(Report, () => report);
    expect(await requests.ask(Report, {})).toEqual(report);
    expect([
      isFailure(report),
      isFailure(fail('a', 1)),
      isFailure({ ...fail('a', 1) }),
      isFailure(null),
    ]).toEqual([false, true, false, false]);
  });

  test.each([
    ['Upper-Case', z.object({})],
    ['with blank', z.object({})],
    ['', z.object({})],
    ['trailing-', z.object({})],
    ['a'.repeat(101), z.object({})],
    ['fine', undefined],
    ['fine', {}],
  ])(
    'given a contract with the failure %j, when it is declared, then MORTAR_CONTRACT_INVALID',
    (name, schema) => {
      const failures = { [name]: schema } as never;
      expect(() => command('till.bad', { data: z.object({}), failures })).toThrow('MORTAR_CONTRACT_INVALID');
      expect(() => query('till.bad', { data: z.object({}), failures })).toThrow('MORTAR_CONTRACT_INVALID');
    },
  );

  test.each([null, 5, [], 'x'])(
    'given %j for failures, when a contract is declared, then MORTAR_CONTRACT_INVALID',
    (failures) => {
      expect(() => command('till.bad', { data: z.object({}), failures: failures as never })).toThrow(
        'MORTAR_CONTRACT_INVALID',
      );
    },
  );
});

describe('types', () => {
  test('what a handler returns and a caller gets', () => {
    expectTypeOf<FailureOf<typeof Price>>().toEqualTypeOf<Failure<'not-sold', { item: string }>>();
    expectTypeOf<FailureOf<typeof Refund>>().toEqualTypeOf<never>();
    expectTypeOf<ReturnOf<typeof Price>>().toEqualTypeOf<number | Failure<'not-sold', { item: string }>>();
    expectTypeOf<ReturnOf<typeof Refund>>().toEqualTypeOf<void>();
    expect(Price.failures.map(({ name }) => name)).toEqual(['not-sold']);
    expect(Object.isFrozen(Buy.failures)).toBe(true);
  });

  test('a wrong name, wrong data or a failure of another contract is a compile error', () => {
    const { requests } = openShop();
    const wrong = [
      // @ts-expect-error There is no such failure.
      () => requests.handle(Buy, () => fail('sold-out', { item: 'a' })),
      // @ts-expect-error The item is a text.
      () => requests.handle(Buy, () => fail('out-of-stock', { item: 5 })),
      // @ts-expect-error It has no failures.
      () => requests.handle(Refund, () => fail('out-of-stock', { item: 'a' })),
      // @ts-expect-error Not made by fail.
      () => requests.handle(Buy, () => ({ kind: 'failure', name: 'closed', data: {} })),
      () => requests.handle(Buy, () => fail('closed', {})),
    ];
    expect(wrong).toHaveLength(5);
  });
});

describe('a failure that several get', () => {
  const Stock = query('till.stock', {
    data: z.object({}),
    result: z.number(),
    failures: { plain: z.object({ items: z.array(z.string()) }), dated: z.object({ at: z.date() }) },
  });

  test('given plain data, when several share a run, then it is frozen for all; what is no plain data is copied for each', async () => {
    const { requests } = openShop();
    let calls = 0;
    const items = ['a'];
    requests.answer(
      Stock,
      async () => {
        calls += 1;
        await settled();
        return calls === 1 ? fail('plain', { items }) : fail('dated', { at: new Date(5) });
      },
      { cache: { ttlMs: 10 } },
    );
    const ask = () => Promise.all([requests.tryAsk(Stock, {}), requests.tryAsk(Stock, {})]);
    const plain = await ask();
    expect(calls).toBe(1);
    items.push('b');
    for (const answer of plain) {
      if (answer.ok || answer.failure.name !== 'plain') throw new Error('another answer');
      const { data } = answer.failure;
      expect(data).toEqual({ items: ['a'] });
      expect([Object.isFrozen(data), Object.isFrozen(data.items)]).toEqual([true, true]);
    }
    const dated = await ask();
    expect(calls).toBe(2);
    for (const answer of dated) {
      if (answer.ok || answer.failure.name !== 'dated') throw new Error('another answer');
      expect(answer.failure.data.at.getTime()).toBe(5);
      answer.failure.data.at.setTime(9);
    }
  });
});
