import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { CacheOptions, QueryOptions } from '../../../src/bus/index.js';
import { createEnvelope, query } from '../../../src/contracts/index.js';
import { LogBook } from '../../support/log-book.js';
import { errorOf, Latch, rejectionOf } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { Balance, Opened, openShop, Paid, Pay, type Shop } from './till.js';

const ACCOUNT = { account: 'x' };

/** A shop whose balance is cached, and is answered with how often it was asked for. */
function cachedShop(cache: Partial<CacheOptions<typeof Balance>> = {}, options = {}) {
  const shop = openShop(options);
  const asked: string[] = [];
  shop.requests.answer(
    Balance,
    async ({ data }) => {
      asked.push(data.account);
      return { cents: asked.length };
    },
    { cache: { ttlMs: 1_000, ...cache } },
  );
  const ask = async (account = 'x', who: { tenant?: string; actor?: string } = {}): Promise<number> =>
    (await shop.requests.ask(Balance, { account }, who)).cents;
  return { ...shop, asked, ask };
}

/** A shop whose balance is cached, and is answered when the test says so. */
function heldShop(cache: QueryOptions<typeof Balance>['cache'] = { ttlMs: 1_000 }) {
  const shop = openShop({ logger: new LogBook() });
  const calls: { readonly latch: Latch; readonly signal: AbortSignal }[] = [];
  shop.requests.answer(
    Balance,
    async ({ signal }) => {
      const latch = new Latch();
      const no = calls.push({ latch, signal });
      await latch.opened;
      return { cents: no };
    },
    { cache },
  );
  const answer = (no: number): void => calls[no - 1]?.latch.open();
  return { ...shop, calls, answer };
}

function statsOf({ requests }: Shop): unknown {
  const [stats] = requests.cacheStats();
  return stats;
}

describe('a cached answer', () => {
  test('given a query that was answered, when it is asked again in its time, then the handler is not; afterwards it is', async () => {
    const shop = cachedShop();
    expect(await shop.ask()).toBe(1);
    expect(await shop.ask()).toBe(1);
    expect(await shop.ask('y')).toBe(2);
    await shop.clock.advance(999);
    expect(await shop.ask()).toBe(1);
    await shop.clock.advance(1);
    expect(await shop.ask()).toBe(3);
    expect(statsOf(shop)).toEqual({
      query: 'till.balance',
      hits: 2,
      staleHits: 0,
      joined: 0,
      misses: 3,
      size: 2,
    });
  });

  test('given handlers that ask, when the answer is kept, then they get it too', async () => {
    const { events, ask, asked } = cachedShop();
    const seen: number[] = [];
    await ask();
    events.subscribe(Opened, async (context) => void seen.push((await context.ask(Balance, ACCOUNT)).cents));
    await events.deliver(Opened, { day: 1 });
    expect([seen, asked.length]).toEqual([[1], 1]);
  });

  test('given an answer, when a caller tries to change it, then it can not, and others get what it was; the handler may', async () => {
    const Cart = query('till.cart', {
      data: z.object({}),
      result: z.object({ items: z.array(z.object({ name: z.string() })) }),
    });
    const { requests } = openShop();
    const own = { items: [{ name: 'apple' }] };
    requests.answer(Cart, () => own, { cache: { ttlMs: 10 } });
    const first = await requests.ask(Cart, {});
    expect(() => first.items.push({ name: 'pear' })).toThrow(TypeError);
    expect(() => Object.assign(first.items[0] ?? {}, { name: 'pear' })).toThrow(TypeError);
    own.items.push({ name: 'plum' });
    expect(await requests.ask(Cart, {})).toEqual({ items: [{ name: 'apple' }] });
  });

  test('given an answer with a Date and a Map, when a caller changes its own, then others get what it was', async () => {
    const Hours = query('till.hours', {
      data: z.object({}),
      result: z.object({ from: z.date(), days: z.map(z.string(), z.number()) }),
    });
    const { requests } = openShop();
    let calls = 0;
    const handler = () => {
      calls += 1;
      return { from: new Date(5), days: new Map([['mon', 1]]) };
    };
    requests.answer(Hours, handler, { cache: { ttlMs: 10 } });
    const first = await requests.ask(Hours, {});
    first.from.setTime(9);
    first.days.clear();
    expect(await requests.ask(Hours, {})).toEqual({ from: new Date(5), days: new Map([['mon', 1]]) });
    expect(calls).toBe(1);
  });

  test('given an answer that can not be copied, when it is asked for again, then the handler is called again', async () => {
    class Drawer {
      readonly cents = 5;
    }
    const Open = query('till.drawer', { data: z.object({}), result: z.instanceof(Drawer) });
    const { requests } = openShop();
    requests.answer(Open, () => new Drawer(), { cache: { ttlMs: 10 } });
    const [first, second] = [await requests.ask(Open, {}), await requests.ask(Open, {})];
    expect(first).toBeInstanceOf(Drawer);
    expect(first).not.toBe(second);
    expect(requests.cacheStats()[0]).toMatchObject({ misses: 2, size: 0 });
  });

  test('given more answers than are kept, then the least recently given goes first', async () => {
    const shop = cachedShop({ maxEntries: 2 });
    await shop.ask('a');
    await import('lru-cache');
    await settled();
    await shop.ask('b');
    await shop.ask('a');
    await shop.ask('c');
    await shop.ask('a');
    await shop.ask('b');
    expect(shop.asked).toEqual(['a', 'b', 'c', 'b']);
    expect(statsOf(shop)).toMatchObject({ size: 2 });
  });

  test('given data that differs in the order of its keys alone, or in a type, then the first is the same query, the second not', async () => {
    const Find = query('till.find', { data: z.any(), result: z.number() });
    const { requests } = openShop();
    let calls = 0;
    requests.answer(Find, () => ++calls, { cache: { ttlMs: 10 } });
    const different = [
      { a: 1, b: 2 },
      { a: '1', b: 2 },
      { a: 1n, b: 2 },
      { a: new Date(0) },
      { a: new Date(0).toISOString() },
      { a: { $date: new Date(0).toISOString() } },
      { a: -0 },
      { a: 0 },
      { a: new Map([['b', 1]]) },
      { a: { b: 1 } },
      { a: new Set([1, 2]) },
      { a: [1, 2] },
      { a: [2, 1] },
      { a: null },
      {},
    ];
    for (const data of different) await requests.ask(Find, data);
    expect(calls).toBe(different.length);
    const equal = [{ b: 2, a: 1 }, { a: new Map([['b', 1]]) }, { a: new Set([2, 1]) }, { a: undefined }];
    for (const data of equal) await requests.ask(Find, data);
    expect(calls).toBe(different.length);
  });
});

describe('whom an answer counts for', () => {
  const people = [
    {},
    { tenant: 'n' },
    { tenant: 's' },
    { tenant: 'n', actor: 'a' },
    { tenant: 'n', actor: 'b' },
    { actor: 'n' },
  ];

  test.each([
    ['actor', [1, 2, 3, 4, 5, 6]],
    ['tenant', [1, 2, 3, 2, 2, 1]],
    ['none', [1, 1, 1, 1, 1, 1]],
    [undefined, [1, 2, 3, 4, 5, 6]],
  ] as const)('given vary %s, when several ask, then each gets what is theirs', async (vary, expected) => {
    const shop = cachedShop(vary === undefined ? {} : { vary });
    const answers: number[] = [];
    for (const who of people) answers.push(await shop.ask('x', who));
    expect(answers).toEqual(expected);
    const again: number[] = [];
    for (const who of people) again.push(await shop.ask('x', who));
    expect(again).toEqual(expected);
  });
});

describe('equal queries at once', () => {
  test('given several, when they are asked, then the handler is called once, and each keeps its own limits', async () => {
    const shop = heldShop();
    const controller = new AbortController();
    const all = [
      shop.requests.ask(Balance, ACCOUNT),
      shop.requests.ask(Balance, ACCOUNT, { timeoutMs: 5 }),
      shop.requests.ask(Balance, ACCOUNT, { signal: controller.signal }),
    ];
    const ends = Promise.allSettled(all);
    controller.abort('tired');
    await shop.clock.advance(5);
    expect(shop.calls).toHaveLength(1);
    expect(shop.calls[0]?.signal.aborted).toBe(false);
    shop.answer(1);
    expect(await ends).toMatchObject([
      { value: { cents: 1 } },
      { reason: { code: 'MORTAR_REQUEST_TIMEOUT' } },
      { reason: 'tired' },
    ]);
    expect(statsOf(shop)).toMatchObject({ misses: 1, joined: 2, size: 1 });
  });

  test('given several, when all have given up, then the run is aborted, and whoever asks next starts another', async () => {
    const { requests, clock, calls, answer } = heldShop();
    const ends = [5, 7].map((timeoutMs) => rejectionOf(requests.ask(Balance, ACCOUNT, { timeoutMs })));
    await clock.advance(7);
    expect(await Promise.all(ends)).toEqual(['MORTAR_REQUEST_TIMEOUT', 'MORTAR_REQUEST_TIMEOUT']);
    expect(calls[0]?.signal.aborted).toBe(true);
    const next = requests.ask(Balance, ACCOUNT);
    answer(1);
    answer(2);
    expect(await next).toEqual({ cents: 2 });
    expect(await requests.ask(Balance, ACCOUNT)).toEqual({ cents: 2 });
  });

  test('given an error, when several wait, then all get it, and it is not kept', async () => {
    const { requests, calls, answer } = heldShop();
    const error = new Error('no ink');
    const ends = [1, 2].map(() => errorOf(requests.ask(Balance, ACCOUNT)));
    await settled();
    calls[0]?.latch.break(error);
    expect(await Promise.all(ends)).toEqual([error, error]);
    const next = requests.ask(Balance, ACCOUNT);
    answer(2);
    expect(await next).toEqual({ cents: 2 });
  });

  test('given a query whose handler asks it itself, then the chain comes to its end, and nothing waits forever', async () => {
    const { requests } = openShop({ maxPublishDepth: 5 });
    requests.answer(Balance, ({ ask, data }) => ask(Balance, data), { cache: { ttlMs: 10 } });
    expect(await rejectionOf(requests.ask(Balance, ACCOUNT))).toBe('MORTAR_PUBLISH_DEPTH');
  });
});

describe('stale while it is fetched anew', () => {
  const cache = { ttlMs: 100, staleWhileRevalidateMs: 50 };

  test('given an answer past its time, when it is asked for, then it is given at once, and a new one is fetched once', async () => {
    const shop = cachedShop(cache);
    await shop.ask();
    await shop.clock.advance(100);
    expect([await shop.ask(), await shop.ask()]).toEqual([1, 2]);
    await shop.clock.advance(99);
    expect(await shop.ask()).toBe(2);
    await shop.clock.advance(51);
    expect(await shop.ask()).toBe(3);
    expect(statsOf(shop)).toMatchObject({ hits: 2, staleHits: 1, misses: 2 });
  });

  test('given a refresh under way, when others ask, then they get the stale answer, and no second one begins', async () => {
    const { requests, clock, calls, answer, events } = heldShop(cache);
    const first = requests.ask(Balance, ACCOUNT);
    answer(1);
    await first;
    await clock.advance(100);
    expect(await requests.ask(Balance, ACCOUNT, { timeoutMs: 1 })).toEqual({ cents: 1 });
    expect(await requests.ask(Balance, ACCOUNT)).toEqual({ cents: 1 });
    expect(calls).toHaveLength(2);
    await clock.advance(1);
    expect(calls[1]?.signal.aborted).toBe(false);
    answer(2);
    await events.idle();
    expect(await requests.ask(Balance, ACCOUNT)).toEqual({ cents: 2 });
    expect(calls).toHaveLength(2);
  });

  test.each(['a synchronous', 'an asynchronous'])(
    'given %s handler, when an answer was fetched anew and the bus stops, then nothing is left under way',
    async (kind) => {
      const { bus, requests, events, clock } = openShop();
      const answers: number[] = [];
      requests.answer(
        Balance,
        () => (kind === 'a synchronous' ? { cents: 1 } : Promise.resolve({ cents: 1 })),
        { cache },
      );
      events.subscribe(Opened, async ({ ask }) => void answers.push((await ask(Balance, ACCOUNT)).cents));
      await events.deliver(Opened, { day: 1 });
      await clock.advance(100);
      await events.deliver(Opened, { day: 2 });
      await events.idle();
      expect(requests.cacheStats()[0]).toMatchObject({ misses: 1, staleHits: 1 });
      expect(await bus.stop()).toEqual({ isDrained: true, givenUp: 0 });
      expect(answers).toEqual([1, 1]);
    },
  );

  test('given a refresh whose handler asks what caused it, then it waits for that one, since that one does not wait for it', async () => {
    const Outer = query('till.outer', { data: z.object({}), result: z.number() });
    const { requests, events, clock } = openShop();
    let outers = 0;
    let inners = 0;
    const latch = new Latch();
    requests.answer(
      Balance,
      async ({ ask }) => {
        inners += 1;
        return { cents: inners === 1 ? 1 : await ask(Outer, {}) };
      },
      { cache },
    );
    requests.answer(
      Outer,
      async ({ ask }) => {
        outers += 1;
        const { cents } = await ask(Balance, ACCOUNT);
        await latch.opened;
        return cents + 10;
      },
      { cache },
    );
    await requests.ask(Balance, ACCOUNT);
    await clock.advance(100);
    const outer = requests.ask(Outer, {});
    await settled();
    latch.open();
    expect(await outer).toBe(11);
    await events.idle();
    expect(await requests.ask(Balance, ACCOUNT)).toEqual({ cents: 11 });
    expect([outers, inners]).toEqual([1, 2]);
  });

  test('given a refresh that fails, then it is logged, the stale answer is given as long as it may be, and then the error', async () => {
    const logger = new LogBook();
    const { requests, clock } = openShop({ logger });
    let calls = 0;
    requests.answer(
      Balance,
      () => {
        calls += 1;
        if (calls > 1) throw new Error('no ink');
        return { cents: 1 };
      },
      { cache },
    );
    await requests.ask(Balance, ACCOUNT);
    await clock.advance(120);
    expect(await requests.ask(Balance, ACCOUNT)).toEqual({ cents: 1 });
    await settled();
    expect(logger.lines).toMatchObject([
      { level: 'warn', fields: { query: 'till.balance', error: { message: 'no ink' } } },
    ]);
    expect(await requests.ask(Balance, ACCOUNT)).toEqual({ cents: 1 });
    await clock.advance(30);
    expect(await errorOf(requests.ask(Balance, ACCOUNT))).toMatchObject({ message: 'no ink' });
  });
});

describe('what makes answers invalid', () => {
  test('given tags, when some are made invalid, then the answers with one of them go, and no others', async () => {
    const { requests, ask, asked } = cachedShop({ tags: ({ account }) => [`account-${account}`, 'all'] });
    for (const account of ['a', 'b', 'c']) await ask(account);
    requests.invalidate({ tags: ['account-a', 'account-c', 'account-z'] });
    for (const account of ['a', 'b', 'c']) await ask(account);
    expect(asked.join('')).toBe('abcac');
    requests.invalidate({ query: Balance, tags: ['all'] });
    await ask('b');
    requests.invalidate({ query: Balance });
    await ask('b');
    expect(asked.join('')).toBe('abcacbb');
  });

  test('given another query, when it is made invalid, then this one stays', async () => {
    const Other = query('till.other', { data: z.object({}), result: z.number() });
    const { requests, ask, asked } = cachedShop({ tags: () => ['t'] });
    requests.answer(Other, () => 1);
    await ask();
    requests.invalidate({ query: Other });
    requests.invalidate({ query: Other, tags: ['t'] });
    await ask();
    expect(asked).toHaveLength(1);
  });

  test('given a run under way, when it is made invalid, then it answers those who wait, is not kept, and the next starts anew', async () => {
    const { requests, calls, answer } = heldShop();
    const first = requests.ask(Balance, ACCOUNT);
    await settled();
    requests.invalidate({ query: Balance });
    const second = requests.ask(Balance, ACCOUNT);
    await settled();
    expect(calls).toHaveLength(2);
    answer(2);
    expect(await second).toEqual({ cents: 2 });
    answer(1);
    expect(await first).toEqual({ cents: 1 });
    expect(await requests.ask(Balance, ACCOUNT)).toEqual({ cents: 2 });
  });

  test('given a command that publishes, when its dispatch has resolved, then the next ask is fresh', async () => {
    const { requests, events, till, ask } = cachedShop({ invalidatedBy: [Paid] });
    const latch = new Latch();
    events.subscribe(Paid, () => latch.opened);
    expect(await ask()).toBe(1);
    const paying = requests.dispatch(Pay, { order: 'a' });
    till.finish(1);
    await paying;
    expect([await ask(), await ask()]).toEqual([2, 2]);
    latch.open();
    await events.idle();
    expect(await ask()).toBe(3);
  });

  test('given a handler that updates a read model, when it has settled, then what was answered meanwhile counts no more', async () => {
    const { events, clock, ask } = cachedShop({ invalidatedBy: [Opened], ttlMs: 100_000 });
    const latch = new Latch();
    events.subscribe(
      Opened,
      { retry: { attempts: 2, backoff: { kind: 'fixed', delayMs: 9, jitter: false } } },
      async ({ attempt }) => {
        await latch.opened;
        if (attempt === 1) throw new Error('locked');
      },
    );
    await ask();
    const delivery = events.deliver(Opened, { day: 1 });
    expect([await ask(), await ask()]).toEqual([2, 2]);
    latch.open();
    await settled();
    expect(await ask()).toBe(2);
    await clock.advance(9);
    await delivery;
    expect([await ask(), await ask()]).toEqual([3, 3]);
  });

  test.each(['enqueue', 'deliver', 'deliverInTurn', 'deliverSync'] as const)(
    'given an event sent by %s, when that has resolved, then the next ask is fresh',
    async (verb) => {
      const { events, ask } = cachedShop({ invalidatedBy: [Opened] });
      expect([await ask(), await ask()]).toEqual([1, 1]);
      await events[verb](createEnvelope(Opened, { day: 1 }));
      expect(await ask()).toBe(2);
      await events.idle();
    },
  );
});
