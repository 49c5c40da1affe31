import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineModule, event, fail, type Module, query, token } from '../../../src/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { Ledger, Stock } from '../../modules/messages.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { startedApp } from '../journal.js';

const item = z.object({ item: z.string() });
const Order = command('shop.order', {
  data: item,
  result: z.number(),
  failures: { 'sold-out': z.object({ item: z.string() }) },
});
const Left = query('shop.left', { data: item, result: z.number() });
const Sold = event('shop.sold', { data: item });

/** A module that counts how often it was asked, and sells what is left. */
function shop(asked: string[]): Module {
  const stock = new Map([['book', 2]]);
  return defineModule('shop', (module) => {
    const rules = [
      ({ data }: { readonly data: { readonly item: string } }) =>
        data.item === '' ? 'nothing is ordered' : undefined,
      ({ data }: { readonly data: { readonly item: string } }) =>
        data.item.length < 2 ? 'too short' : undefined,
    ];
    module.handle(Order, { validate: rules }, async ({ data, publish }) => {
      const left = stock.get(data.item) ?? 0;
      if (left === 0) return fail('sold-out', { item: data.item });
      stock.set(data.item, left - 1);
      await publish(Sold, data);
      return left - 1;
    });
    const cache = { ttlMs: 1_000, invalidatedBy: [Sold], vary: 'none' } as const;
    module.answer(Left, { cache }, ({ data }) => {
      asked.push(data.item);
      return stock.get(data.item) ?? 0;
    });
  });
}

describe('the options of handlers', () => {
  it('reach the bus: rules are looked at before a command, and all that is broken is told', async () => {
    const app = await startedApp([shop([])]);
    const error = await rejectionOf(app.dispatch(Order, { item: '' }));
    expect(error.code).toBe('MORTAR_RULE_BROKEN');
    expect(error.issues.map(({ message }) => message)).toEqual(['nothing is ordered', 'too short']);
    await app.stop();
  });

  it('reach the bus: answers are kept until their time is up, or an event of the module says otherwise', async () => {
    const asked: string[] = [];
    const clock = new VirtualClock();
    const app = await startedApp([shop(asked)], { bus: { clock } });
    expect(await Promise.all([1, 2].map(() => app.ask(Left, { item: 'book' })))).toEqual([2, 2]);
    expect(asked).toHaveLength(1);
    await app.dispatch(Order, { item: 'book' });
    expect(await app.ask(Left, { item: 'book' })).toBe(1);
    await clock.advance(1_001);
    expect(await app.ask(Left, { item: 'book' })).toBe(1);
    expect(asked).toHaveLength(3);
    expect(app.stats().caches).toMatchObject([{ query: 'shop.left' }]);
    await app.stop();
  });

  it('of a command that fails as its contract says: an answer for one, the cause of an error for another', async () => {
    const app = await startedApp([shop([])]);
    expect(await app.tryDispatch(Order, { item: 'pen' })).toMatchObject({
      ok: false,
      failure: { name: 'sold-out', data: { item: 'pen' } },
    });
    expect(await rejectionOf(app.dispatch(Order, { item: 'pen' }))).toMatchObject({
      code: 'MORTAR_REQUEST_REFUSED',
      cause: { name: 'sold-out' },
    });
    await app.stop();
  });
});

describe('ports between modules', () => {
  it('are called by the policy of the module that calls, and counted', async () => {
    let calls = 0;
    const provider = defineModule('shop', (module) => {
      module.implement(Stock, [], {
        count: () => {
          calls += 1;
          if (calls % 3 !== 0) throw new Error('not yet');
          return calls;
        },
        take: () => {
          throw new Error('never');
        },
      });
    });
    const Count = command('desk.count', { data: z.object({}), result: z.number() });
    const Take = command('desk.take', { data: z.object({}) });
    const desk = defineModule('desk', (module) => {
      module.uses(Stock, { retry: { attempts: 3, backoff: { kind: 'fixed', delayMs: 1 } } });
      module.handle(Count, [Stock], (_, stock) => stock.count({ item: 'book' }));
      module.handle(Take, [Stock], (_, stock) => stock.take({ item: 'book' }));
    });
    const app = await startedApp([provider, desk]);
    expect(await app.dispatch(Count, {})).toBe(3);
    await expect(app.dispatch(Take, {})).rejects.toThrow('never');
    expect(
      app
        .stats()
        .ports.map(({ port, method }) => `${port} ${method}`)
        .sort(),
    ).toEqual(['shop.stock count', 'shop.stock take']);
    await app.stop();
  });

  it('name the method that the service which implements them lacks, when it is called', async () => {
    const provider = defineModule('shop', (module) => {
      const Shelves = token<{ count(): number; take(): void }>('Shelves');
      // What a service without types may turn out to be.
      module.value(Shelves, { count: () => 7 } as never);
      module.implement(Stock, Shelves);
    });
    const app = await startedApp([provider]);
    const stock = app.locate(Stock);
    expect(await stock.count({ item: 'book' })).toBe(7);
    const error = await rejectionOf(stock.take({ item: 'book' }));
    expect(error).toMatchObject({
      code: 'MORTAR_HANDLER_INVALID',
      expected: 'a method take',
      got: 'undefined',
    });
    expect(error.rule).toMatch(
      /^The service that implements port shop\.stock, at \S+requests\.unit\.test\.ts:\d+, has its methods\.$/,
    );
    await app.stop();
  });

  it('are located by edges; one that is not there is told with those that are', async () => {
    const provider = defineModule('shop', (module) =>
      module.implement(Stock, { count: () => 7, take: () => {} }),
    );
    const app = await startedApp([provider]);
    expect(await app.locate(Stock).count({ item: 'book' })).toBe(7);
    expect(() => app.locate(Ledger)).toThrow(/MORTAR_PORT_MISSING: .*one of shop\.stock.*billing\.ledger/);
    await app.stop();
  });
});
