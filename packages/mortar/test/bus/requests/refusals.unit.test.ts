import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createMessageBus } from '../../../src/bus/index.js';
import { port } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { Balance, Opened, openShop, Pay, Refund, type Shop } from './till.js';

interface Row {
  readonly name: string;
  readonly code: string;
  readonly says?: string;
  readonly run: (shop: Shop) => unknown;
}

const Door = port('till.door', { open: { data: z.object({}) } });
const ORDER = { order: 'a' };
const OPTIONS = 'MORTAR_OPTIONS_INVALID';
const INVALID = 'MORTAR_HANDLER_INVALID';

/** One row for each of several values in one place. */
function rows(
  name: string,
  code: string,
  values: readonly unknown[],
  run: (shop: Shop, value: never) => unknown,
): readonly Row[] {
  return values.map((value, place) => ({
    name: `${name}, ${place + 1}`,
    code,
    run: (shop) => run(shop, value as never),
  }));
}

const counts = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', 2 ** 31, null, 5n, {}];

const terms: readonly Row[] = [
  ...rows('timeoutMs of a command', OPTIONS, counts, ({ requests }, timeoutMs) =>
    requests.dispatch(Pay, ORDER, { timeoutMs }),
  ),
  ...rows('timeoutMs of a query', OPTIONS, counts, ({ requests }, timeoutMs) =>
    requests.ask(Balance, { account: 'a' }, { timeoutMs }),
  ),
  ...rows('timeoutMs of a call', OPTIONS, counts, ({ requests }, timeoutMs) =>
    requests.call(Door.methods.open, {}, { timeoutMs }),
  ),
  ...rows(
    'a signal',
    OPTIONS,
    [null, 5, {}, new AbortController(), { aborted: false }],
    ({ requests }, signal) => requests.dispatch(Pay, ORDER, { signal }),
  ),
  ...rows(
    'an idempotency key',
    OPTIONS,
    ['', 'a'.repeat(201), 'a\nb', 'a\u0000', '\u2028', '\u200e', '\ud800', '\t', 5, null, {}, ['k']],
    ({ requests }, idempotencyKey) => requests.dispatch(Pay, ORDER, { idempotencyKey }),
  ),
  ...rows(
    'options of a call',
    OPTIONS,
    [5, null, [], { retry: 1 }, { from: null }, { from: 5 }, { from: 'x' }],
    ({ requests }, options) => requests.call(Door.methods.open, {}, options),
  ),
  {
    name: 'a query with an idempotency key',
    code: OPTIONS,
    says: 'idempotencyKey',
    run: ({ requests }) => requests.ask(Balance, { account: 'a' }, { idempotencyKey: 'k' } as never),
  },
  ...rows('options', OPTIONS, [5, null, 'k', [], { retry: 1 }], ({ requests }, options) =>
    requests.dispatch(Pay, ORDER, options),
  ),
];

const handling: readonly Row[] = [
  ...rows('rules', OPTIONS, [null, 5, {}, () => undefined, [5], [undefined]], ({ requests }, validate) =>
    requests.handle(Refund, () => undefined, { validate }),
  ),
  ...rows('a cache', OPTIONS, [null, 5, true, {}, [], { ttl: 5 }], ({ requests }, cache) =>
    requests.answer(Balance, () => ({ cents: 1 }), { cache }),
  ),
  ...['ttlMs', 'maxEntries'].flatMap((field) =>
    rows(`cache.${field}`, OPTIONS, counts, ({ requests }, value) =>
      requests.answer(Balance, () => ({ cents: 1 }), { cache: { ttlMs: 5, [field]: value } }),
    ),
  ),
  ...rows('cache.staleWhileRevalidateMs', OPTIONS, counts.slice(1), ({ requests }, staleWhileRevalidateMs) =>
    requests.answer(Balance, () => ({ cents: 1 }), { cache: { ttlMs: 5, staleWhileRevalidateMs } }),
  ),
  ...rows('cache.vary', OPTIONS, ['all', 5, null, {}], ({ requests }, vary) =>
    requests.answer(Balance, () => ({ cents: 1 }), { cache: { ttlMs: 5, vary } }),
  ),
  ...rows('cache.tags', OPTIONS, [null, 5, ['tag'], {}], ({ requests }, tags) =>
    requests.answer(Balance, () => ({ cents: 1 }), { cache: { ttlMs: 5, tags } }),
  ),
  ...rows(
    'cache.invalidatedBy',
    OPTIONS,
    [null, Opened, [Pay], ['shop.opened'], [null]],
    ({ requests }, invalidatedBy) =>
      requests.answer(Balance, () => ({ cents: 1 }), { cache: { ttlMs: 5, invalidatedBy } }),
  ),
  ...rows('what cache.tags answers', OPTIONS, [undefined, null, 'tag', [5], {}], ({ requests }, tags) => {
    requests.answer(Balance, () => ({ cents: 1 }), { cache: { ttlMs: 5, tags: () => tags } });
    return requests.ask(Balance, { account: 'a' });
  }),
  {
    name: 'rules of a query',
    code: OPTIONS,
    says: 'validate',
    run: ({ requests }) => requests.answer(Balance, () => ({ cents: 1 }), { validate: [] } as never),
  },
  {
    name: 'a cache of a command',
    code: OPTIONS,
    says: 'cache',
    run: ({ requests }) => requests.handle(Refund, () => undefined, { cache: { ttlMs: 5 } } as never),
  },
  {
    name: 'a cache of a port',
    code: OPTIONS,
    run: ({ requests }) =>
      requests.serve(Door.methods.open, () => undefined, { cache: { ttlMs: 5 } } as never),
  },
];

const kinds: readonly Row[] = [
  ...rows(
    'what is called',
    INVALID,
    [undefined, null, 'till.door.open', {}, Pay, Door, Opened],
    ({ requests }, method) => requests.call(method, {}),
  ),
  ...rows('what is served', INVALID, [undefined, Pay, Balance, Door, {}], ({ requests }, method) =>
    requests.serve(method, (() => undefined) as never),
  ),
  ...rows('a handler of a port', INVALID, [undefined, 5, {}, class {}], ({ requests }, handler) =>
    requests.serve(Door.methods.open, handler),
  ),
  ...rows('tryDispatch', INVALID, [undefined, Balance, Door.methods.open], ({ requests }, contract) =>
    requests.tryDispatch(contract, ORDER),
  ),
  ...rows('tryAsk', INVALID, [undefined, Pay, Door.methods.open], ({ requests }, contract) =>
    requests.tryAsk(contract, ORDER),
  ),
  {
    name: 'a port of another module',
    code: 'MORTAR_NOT_OWNER',
    run: ({ requests }) => requests.serve(Door.methods.open, () => undefined, { module: 'shop' }),
  },
  {
    name: 'a second handler of a port',
    code: 'MORTAR_HANDLER_DUPLICATE',
    says: 'first (function openIt) alone to handle till.door.open; got a second one, second (function openToo)',
    run: ({ requests }) => {
      const [openIt, openToo] = [function openIt() {}, function openToo() {}];
      requests.serve(Door.methods.open, openIt, { name: 'first' });
      requests.serve(Door.methods.open, openToo, { name: 'second' });
    },
  },
  {
    name: 'a second handler of a command without a name',
    code: 'MORTAR_HANDLER_DUPLICATE',
    says: 'till.refund (function one) alone to handle till.refund; got a second one, till.refund (function two)',
    run: ({ requests }) => {
      requests.handle(Refund, function one() {});
      requests.handle(Refund, function two() {});
    },
  },
];

const invalidating: readonly Row[] = [
  ...rows(
    'an invalidation',
    OPTIONS,
    [undefined, null, 5, [], {}, { tag: 'a' }, { tags: 'a' }, { tags: [5] }],
    ({ requests }, what) => requests.invalidate(what),
  ),
  ...rows(
    'the query of an invalidation',
    INVALID,
    [null, 'till.balance', Pay, Opened],
    ({ requests }, query) => requests.invalidate({ query }),
  ),
  ...rows('idempotency of a bus', OPTIONS, [null, 5, [], { ttl: 5 }], (_, idempotency) =>
    createMessageBus({ idempotency }),
  ),
  ...['maxKeys', 'ttlMs'].flatMap((field) =>
    rows(`idempotency.${field}`, OPTIONS, counts, (_, value) =>
      createMessageBus({ idempotency: { [field]: value } }),
    ),
  ),
];

const tables = { terms, handling, kinds, invalidating };

async function answerTo(row: Row): Promise<unknown> {
  const shop = openShop();
  try {
    await row.run(shop);
  } catch (error) {
    // It does its work as if nothing had happened.
    const paying = shop.requests.dispatch(Pay, ORDER, { idempotencyKey: 'k', timeoutMs: 5 });
    shop.till.finish(1);
    expect(await paying).toEqual({ receipt: 'a 1' });
    expect(shop.till.calls).toHaveLength(1);
    return error;
  }
  return 'It was accepted.';
}

describe.each(Object.entries(tables))('bad input: %s', (_, table) => {
  test.each(table)('$name: $code', async (row) => {
    const error = await answerTo(row);
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code: row.code, message: expect.stringContaining(row.says ?? row.code) });
  });
});
