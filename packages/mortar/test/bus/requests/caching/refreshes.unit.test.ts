import { describe, expect, test } from 'vitest';
import type { CacheOptions } from '../../../../src/bus/index.js';
import { Latch, rejectionOf } from '../../../support/parcels.js';
import { settled } from '../../../support/virtual-clock.js';
import { Balance, openShop } from '../till.js';

const ACCOUNT = { account: 'x' };
const CACHE = { ttlMs: 100, staleWhileRevalidateMs: 50 };

/** A shop whose balance is cached, and is answered with the number of the call when the test says so. */
function heldShop(cache: CacheOptions<typeof Balance> = CACHE) {
  const shop = openShop();
  const latches: Latch[] = [];
  const answerIt = async (): Promise<{ cents: number }> => {
    const latch = new Latch();
    const cents = latches.push(latch);
    await latch.opened;
    return { cents };
  };
  shop.requests.answer(Balance, answerIt, { cache });
  const ask = async (timeoutMs = 10_000): Promise<number> =>
    (await shop.requests.ask(Balance, ACCOUNT, { timeoutMs })).cents;
  const answer = async (no: number): Promise<void> => {
    latches[no - 1]?.open();
    await settled();
  };
  return { ...shop, latches, ask, answer };
}

/** One whose answer is past its time, and whose second call, a refresh, goes on. */
async function refreshingShop() {
  const shop = heldShop();
  const first = shop.ask();
  await shop.answer(1);
  expect(await first).toBe(1);
  await shop.clock.advance(CACHE.ttlMs);
  expect(await shop.ask()).toBe(1);
  expect(shop.latches).toHaveLength(2);
  return shop;
}

describe('a refresh that never ends', () => {
  test('given a stale answer that is past its time too, when it is asked for, then the handler is asked anew, once for all', async () => {
    const { clock, latches, ask, answer } = await refreshingShop();
    await clock.advance(CACHE.staleWhileRevalidateMs);
    const asked = [ask(), ask()];
    await settled();
    expect(latches).toHaveLength(3);
    await answer(3);
    expect(await Promise.all(asked)).toEqual([3, 3]);
    expect(await ask()).toBe(3);
  });

  test('given a stale answer, when it is asked for in its time, then no second refresh begins', async () => {
    const { clock, latches, ask } = await refreshingShop();
    await clock.advance(CACHE.staleWhileRevalidateMs - 1);
    expect(await ask()).toBe(1);
    expect(latches).toHaveLength(2);
  });

  test.each([
    ['before', [2, 3]],
    ['after', [3, 2]],
  ] as const)(
    'given one that ends %s the newer run, then the answer of the newer one is kept',
    async (_, order) => {
      const { clock, latches, ask, answer } = await refreshingShop();
      await clock.advance(CACHE.staleWhileRevalidateMs);
      const asked = ask();
      for (const no of order) await answer(no);
      expect(await asked).toBe(3);
      expect(await ask()).toBe(3);
      expect(latches).toHaveLength(3);
    },
  );

  test('given the newer run was given up, when it is asked for, then another begins', async () => {
    const { clock, latches, ask, answer } = await refreshingShop();
    await clock.advance(CACHE.staleWhileRevalidateMs);
    const left = rejectionOf(ask(5));
    await clock.advance(5);
    expect(await left).toBe('MORTAR_REQUEST_TIMEOUT');
    const asked = ask();
    await answer(4);
    expect([await asked, latches.length]).toEqual([4, 4]);
  });
});

describe('a clock that is set back', () => {
  test('given an answer that was kept, when it is asked for before the time it was kept at, then the handler is asked anew', async () => {
    const { clock, ask, answer } = heldShop({ ttlMs: 20 });
    const first = ask();
    await answer(1);
    await first;
    clock.adjust(-3_600_000);
    const second = ask();
    await answer(2);
    expect(await second).toBe(2);
    expect(await ask()).toBe(2);
  });
});

describe('tags', () => {
  test('given a function that answers with a promise, when that rejects, then the question is refused, and the process goes on', async () => {
    const rejections: unknown[] = [];
    const hear = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', hear);
    const tags = (async () => {
      throw new Error('no tags');
    }) as never;
    const { ask } = heldShop({ ttlMs: 20, tags });
    expect(await rejectionOf(ask())).toBe('MORTAR_OPTIONS_INVALID');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(rejections).toEqual([]);
  });
});
