import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineModule, type Module, override, token } from '../../../src/index.js';
import type { ServiceBuilder } from '../../../src/modules/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { Ledger } from '../../modules/messages.js';
import { quietApp, startedApp } from '../journal.js';
import { never } from '../lifecycle/crew.js';

const Currency = token<string>('Currency');
const Rate = token<number>('Rate');
const Price = command('shop.price', { data: z.object({}), result: z.string() });

/** A module that shows what it was given. */
function pricing(name: 'shop' | 'mail', register: Parameters<typeof defineModule<'shop'>>[1]): Module {
  return defineModule(name, register as never);
}

describe('shared services', () => {
  it('are one for all modules; what a module binds itself wins', async () => {
    const made: string[] = [];
    class Pool {
      constructor() {
        made.push('pool');
      }
      [Symbol.dispose](): void {
        made.push('pool disposed');
      }
    }
    const seen: unknown[] = [];
    const shopping = pricing('shop', (module) => {
      module.value(Currency, 'USD');
      module.onStart([Pool, Currency], (_, ...services) => void seen.push(services));
    });
    const mail = pricing('mail', (module) => {
      module.onStart([Pool, Currency], (_, ...services) => void seen.push(services));
    });
    const app = await startedApp([shopping, mail], {
      shared: (services) => {
        services.singleton(Pool);
        services.value(Currency, 'EUR');
      },
    });
    const [[first, dollars], [second, euros]] = seen as [[Pool, string], [Pool, string]];
    expect(first).toBeInstanceOf(Pool);
    expect(second).toBe(first);
    expect([dollars, euros]).toEqual(['USD', 'EUR']);
    await app.stop();
    expect(made).toEqual(['pool', 'pool disposed']);
  });
});

describe('override', () => {
  const shopping = pricing('shop', (module) => {
    module.value(Currency, 'EUR');
    module.value(Rate, 2);
    module.factory(token<string>('unused'), [Currency], () => 'unused');
    module.handle(Price, [Currency, Rate], (_, currency, rate) => `${rate} ${currency}`);
  });

  it('puts something else in place of a service, for all that need it', async () => {
    const app = await startedApp([shopping], { overrides: [override(Currency, 'CHF')] });
    expect(await app.dispatch(Price, {})).toBe('2 CHF');
    await app.stop();
    // The module is as it was.
    const plain = await startedApp([shopping]);
    expect(await plain.dispatch(Price, {})).toBe('2 EUR');
    await plain.stop();
  });

  it('makes what it replaces no more, nor what only that needed', async () => {
    const needy = pricing('shop', (module) => {
      module.factory(Currency, [token<string>('bound nowhere')], () => 'EUR');
      module.value(Rate, 2);
      module.handle(Price, [Currency, Rate], (_, currency, rate) => `${rate} ${currency}`);
    });
    const app = await startedApp([needy], { overrides: [override(Currency, 'CHF')] });
    expect(await app.dispatch(Price, {})).toBe('2 CHF');
    await app.stop();
  });

  it('that replaces nothing is refused', async () => {
    const overrides = [
      override(Rate, 3),
      override(token<string>('Currency'), 'CHF'),
      override(Ledger, { balance: never }),
    ];
    const message =
      'is put in place of nothing: neither a loaded module nor the app binds it, or calls it as a port';
    expect((await rejectionOf(quietApp([shopping], { overrides }))).issues).toEqual([
      { path: 'overrides → Currency', message, code: 'MORTAR_BINDING_MISSING' },
      { path: 'overrides → billing.ledger', message, code: 'MORTAR_BINDING_MISSING' },
    ]);
  });

  it('reaches what all modules share: it is not made, and who needs it gets the other', async () => {
    const made: string[] = [];
    class Pool {
      readonly name: string = 'pool';
      constructor() {
        made.push(this.name);
      }
    }
    class Cache {
      readonly pool: Pool;
      constructor(pool: Pool) {
        this.pool = pool;
      }
    }
    const users = pricing('shop', (module) => {
      module.handle(Price, [Pool, Cache], (_, pool, cache) => `${pool.name} ${cache.pool.name}`);
    });
    const shared = (services: ServiceBuilder): void => {
      services.singleton(Pool);
      services.singleton(Cache, [Pool]);
    };
    const app = await quietApp([users], { shared, overrides: [override(Pool, { name: 'fake' })] });
    let isBroken = true;
    const late = pricing('mail', (module) => {
      module.onStart(() => {
        if (isBroken) throw new Error('no post');
      });
    });
    await app.start();
    expect(await app.dispatch(Price, {})).toBe('fake fake');
    await app.stop();
    // Also at the second try of a start that failed.
    const again = await quietApp([users, late], { shared, overrides: [override(Pool, { name: 'fake' })] });
    await rejectionOf(again.start());
    isBroken = false;
    await again.start();
    expect(await again.dispatch(Price, {})).toBe('fake fake');
    await again.stop();
    expect(made).toEqual([]);
  });

  it('of a port stands for its client, in the modules that call it; it need not be implemented', async () => {
    const caller = pricing('shop', (module) => {
      module.handle(Price, [Ledger], async (_, ledger) => `${await ledger.balance({ account: 'a' })}`);
    });
    const overrides = [override(Ledger, { balance: async ({ account }) => account.length })];
    const app = await startedApp([caller], { overrides });
    expect(await app.dispatch(Price, {})).toBe('1');
    expect(() => app.locate(Ledger)).toThrow('MORTAR_PORT_MISSING');
    await app.stop();
  });
});
