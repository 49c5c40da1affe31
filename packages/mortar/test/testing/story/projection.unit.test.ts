import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { event } from '../../../src/contracts/index.js';
import { projection } from '../../../src/projections/index.js';
import { like, story } from '../../../src/testing/index.js';
import { failureIn } from '../fixtures/failure.js';

const Placed = event('shop.placed', {
  data: z.object({ order: z.string(), total: z.number() }),
  key: ({ order }) => order,
});
const Cancelled = event('shop.cancelled', { data: z.object({ order: z.string() }) });

const orders = projection('orders', {
  events: [Placed, Cancelled],
  initialState: () => ({ total: 0, events: [] as string[] }),
  key: ({ data }) => data.order,
  on: {
    'shop.placed': ({ total, events }, { data, key, occurredAt }) => ({
      total: total + data.total,
      events: [...events, `${key} at ${occurredAt}`],
    }),
    'shop.cancelled': () => undefined,
  },
});

const placed = (order: string, total: number) => ({ type: Placed.name, data: { order, total } }) as const;

/** The same, with a handler of its own. */
function withHandler(handler: (before: { list: unknown[] }) => { list: unknown[] }) {
  return projection('orders', {
    events: [Placed],
    initialState: () => ({ list: [] as unknown[] }),
    key: ({ data }) => data.order,
    on: { 'shop.placed': handler },
  });
}

describe('the story of a projection', () => {
  it('takes exactly the documents, or what they are like', () => {
    const told = story(orders)
      .given(placed('a', 1), { ...placed('a', 2), occurredAt: 5 })
      .given(placed('b', 3));
    told.then({ a: { total: 3, events: ['a at 0', 'a at 5'] }, b: like({ total: 3 }) });
    told.given({ type: 'shop.cancelled', data: { order: 'a' } }).then({ b: like({}) });
    story(orders).thenNothing();
  });

  it('says which documents differ, where, and what happened', () => {
    const told = story(orders).given(placed('a', 1), placed('b', 2));
    const error = failureIn(() => told.then({ a: like({ total: 5 }), c: { total: 1, events: [] } }));
    expect(error.message).toBe(
      [
        'projection orders: other documents came of it',
        '',
        'document "a", at total: expected 5; got 1',
        'document "c": expected { total: 1, events: [] }; got none',
        'document "b": expected none; got { total: 2, events: [ \'b at 0\' ] }',
        '',
        'What happened:',
        "  given shop.placed { order: 'a', total: 1 }",
        "  given shop.placed { order: 'b', total: 2 }",
      ].join('\n'),
    );
    expect(error.expected).toEqual({ a: { total: 5, events: ['a at 0'] }, c: { total: 1, events: [] } });
    expect(failureIn(() => told.thenNothing()).message).toContain('document "a": expected none');
  });

  it('has documents for each tenant', () => {
    const byTenant = projection('orders', {
      events: [Placed],
      initialState: () => 0,
      key: () => 'all',
      perTenant: true,
      on: { 'shop.placed': (sum, { data }) => sum + data.total },
    });
    const told = story(byTenant).given({ ...placed('a', 1), tenant: 'red' }, placed('b', 2));
    told.then({ all: 1 }, { tenant: 'red' });
    told.then({ all: 2 }, { tenant: '' });
    told.thenNothing({ tenant: 'blue' });
    expect(() => told.then({ all: 1 })).toThrow('MORTAR_OPTIONS_INVALID');
    expect(() => story(orders).thenNothing({ tenant: 'red' })).toThrow('MORTAR_OPTIONS_INVALID');
  });

  it.each<readonly [what: string, handler: (before: { list: unknown[] }) => unknown, told: string]>([
    [
      'changes the document',
      (before) => {
        before.list.push(1);
        return before;
      },
      'it changes what it is given, for given 1, shop.placed',
    ],
    [
      'throws',
      () => {
        throw new RangeError('no');
      },
      'it threw an error for given 1, shop.placed',
    ],
    [
      'promises',
      () => Promise.resolve({ list: [] }),
      'it answered with a promise, where it answers at once, for given 1',
    ],
    ['makes what can not be kept', () => ({ list: [() => 1] }), 'it threw an error for given 1, shop.placed'],
  ])('fails where it %s', (_, handler, told) => {
    // As code without a compiler has it.
    const broken = withHandler(handler as Parameters<typeof withHandler>[0]);
    const given = story(broken).given(placed('a', 1), placed('a', 2));
    expect(failureIn(() => given.then({})).message).toContain(told);
  });

  it('refuses what is no story', async () => {
    const told = story(orders);
    // @ts-expect-error There is no such event.
    expect(() => told.given({ type: 'shop.sent', data: {} })).toThrow('MORTAR_OPTIONS_INVALID');
    // @ts-expect-error It is no event.
    expect(() => told.given('shop.placed')).toThrow('MORTAR_OPTIONS_INVALID');
    // @ts-expect-error Documents are said by key.
    expect(() => told.then('a')).toThrow('MORTAR_OPTIONS_INVALID');
    expect(() => told.then({}, { key: 'a' } as object)).toThrow('MORTAR_OPTIONS_INVALID');
    await expect(async () => {
      await (told as unknown as Promise<void>);
    }).rejects.toThrow('an await');
  });
});
