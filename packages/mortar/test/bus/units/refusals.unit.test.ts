import { describe, expect, test } from 'vitest';
import { createMessageBus, type MessageContext } from '../../../src/bus/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { errorOf, FloatingRejections, upTo } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { Left, Refill, SoldOut, Stock, Take, takeOut } from './stock.js';

type Verb = (context: MessageContext<'stock'>) => Promise<unknown>;

const VERBS: Readonly<Record<string, Verb>> = {
  write: ({ write }) => write(() => undefined),
  publishAt: ({ publishAt }) => publishAt(SoldOut, { item: 'book' }, 1),
  publishAfter: ({ publishAfter }) => publishAfter(SoldOut, { item: 'book' }, 1),
  unschedule: ({ unschedule }) => unschedule('reminder'),
};
const refill = { item: 'book', to: 1 };

describe('a handler of a bus without a store', () => {
  for (const [verb, call] of Object.entries(VERBS)) {
    test(`is refused ${verb}, and told what to do`, async () => {
      const { requests } = createMessageBus({ logger: silentLogger });
      requests.handle(Refill, async (context) => void (await call(context)));
      expect(await errorOf(requests.dispatch(Refill, refill))).toMatchObject({
        code: 'MORTAR_STORE_MISSING',
        expected: 'an app with the option store',
      });
    });
  }

  test('is refused commit', async () => {
    const { requests } = createMessageBus({ logger: silentLogger });
    requests.handle(Take, ({ commit }) => commit(() => ({ left: 1 })));
    expect(await errorOf(requests.dispatch(Take, { item: 'book' }))).toMatchObject({
      code: 'MORTAR_STORE_MISSING',
    });
  });
});

describe('the handler of a query', () => {
  for (const [verb, call] of Object.entries(VERBS)) {
    test(`is refused ${verb}`, async () => {
      const { requests } = new Stock().bus();
      requests.answer(Left, async (context) => {
        await call(context);
        return 1;
      });
      expect(await errorOf(requests.ask(Left, { item: 'book' }))).toMatchObject({
        code: 'MORTAR_QUERY_WRITES',
      });
    });
  }

  test('is refused commit', async () => {
    const { requests } = new Stock().bus();
    requests.answer(Left, ({ commit }) => commit(() => 1) as never);
    expect(await errorOf(requests.ask(Left, { item: 'book' }))).toMatchObject({
      code: 'MORTAR_QUERY_WRITES',
    });
  });
});

describe('a handler', () => {
  test('may write a thousand times, and not once more', async () => {
    const stock = new Stock();
    const { requests } = stock.bus();
    requests.handle(Refill, async ({ data, write }) => {
      for (const _ of upTo(data.to)) await write((tx: MemoryTransaction) => takeOut(tx, 'book', 1));
    });
    await requests.dispatch(Refill, { item: 'book', to: 1_000 });
    expect(stock.left('book')).toBe(-990);
    expect(await errorOf(requests.dispatch(Refill, { item: 'book', to: 1_001 }))).toMatchObject({
      code: 'MORTAR_WRITE_INVALID',
    });
    expect(stock.left('book')).toBe(-990);
  });

  test('writes with a function', async () => {
    const { requests } = new Stock().bus();
    requests.handle(Refill, async ({ write }) => {
      await write('DELETE FROM items' as never);
    });
    expect(await errorOf(requests.dispatch(Refill, refill))).toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
  });

  for (const [verb, call] of Object.entries(VERBS)) {
    test(`is refused ${verb} once it has ended, and the process goes on where it does not wait for that`, async () => {
      using floating = new FloatingRejections();
      const stock = new Stock();
      const { requests } = stock.bus();
      let late: (() => Promise<unknown>) | undefined;
      requests.handle(Refill, async (context) => {
        void context.attempt;
        void context.signal;
        late = () => call(context);
      });
      await requests.dispatch(Refill, refill);
      expect(await errorOf(late?.() ?? Promise.resolve())).toMatchObject({ code: 'MORTAR_CONTEXT_CLOSED' });
      late?.();
      await settled();
      expect(floating.reasons).toEqual([]);
      expect(await stock.told()).toEqual([]);
    });
  }

  test('that is synchronous fails with a refusal that it could not wait for', async () => {
    const { requests } = new Stock().bus();
    requests.handle(Refill, ({ write }) => {
      write('nothing' as never);
    });
    expect(await errorOf(requests.dispatch(Refill, refill))).toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
  });
});
