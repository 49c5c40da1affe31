import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AppOptions, createApp } from '../../../src/app.js';
import { number } from '../../../src/config/index.js';
import { all, lazy, optional, token } from '../../../src/container/index.js';
import { port } from '../../../src/contracts/index.js';
import type { Issue } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { defineModule, type Module } from '../../../src/modules/index.js';
import { memoryTransport } from '../../../src/ports/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { FindInvoice, Ledger, OrderBook, OrderPlaced, PlaceOrder, PriceList, Stock } from '../messages.js';

/* The kinds of faults that are not among the twelve that are planted together, one at a time. */

async function issuesOf(
  modules: readonly Module[],
  options: Partial<AppOptions> = {},
): Promise<readonly Issue[]> {
  const error = await rejectionOf(createApp({ modules, logger: silentLogger, env: {}, ...options }));
  expect(error.code).toBe('MORTAR_GRAPH_INVALID');
  return error.issues;
}

const Currency = token<string>('Currency');
const Vault = port('shop.vault', {
  open: { data: z.object({}), permission: 'vault.open' },
  look: { data: z.object({}) },
});

describe('services', () => {
  it('of which one is asked for, and there are several', async () => {
    const shop = defineModule('shop', (module) => {
      module.value(Currency, 'EUR');
      module.value(Currency, 'USD');
      module.onStart([Currency], () => {});
      module.onStop([all(Currency)], () => {});
    });
    const [issue, ...others] = await issuesOf([shop]);
    expect(others).toEqual([]);
    expect(issue).toMatchObject({
      path: 'module shop → onStart of shop → Currency',
      code: 'MORTAR_BINDING_DUPLICATE',
    });
    expect(issue?.message).toMatch(/^Currency is bound by module shop \(\S+:\d+\) and by module shop \(/);
  });

  it('that are scoped, of a hook or a health check, which have no message', async () => {
    const shop = defineModule('shop', (module) => {
      module.scoped(PriceList);
      module.onStop([PriceList], () => {});
      module.health('prices', [PriceList], () => ({ status: 'healthy' }));
    });
    const message = 'PriceList is scoped, and there is no scope';
    expect(await issuesOf([shop])).toEqual([
      { path: 'module shop → onStop of shop → PriceList', message, code: 'MORTAR_SCOPE_MISSING' },
      { path: 'module shop → health check shop/prices → PriceList', message, code: 'MORTAR_SCOPE_MISSING' },
    ]);
  });

  it('that are shared, told once, whoever needs them', async () => {
    const needy = (name: string): Module =>
      defineModule(name, (module) => module.onStart([OrderBook], () => {}));
    const shared = (services: Parameters<NonNullable<AppOptions['shared']>>[0]): void =>
      services.singleton(OrderBook, [PriceList]);
    expect(await issuesOf([needy('shop'), needy('mail')], { shared })).toEqual([
      {
        path: 'shared services → OrderBook → PriceList',
        message: 'PriceList is not bound',
        code: 'MORTAR_BINDING_MISSING',
      },
    ]);
  });
});

describe('settings', () => {
  const withSettings = (name: string): Module =>
    defineModule(name, (module) => {
      const settings = { port: number(`MORTAR_${name.toUpperCase()}_PORT`) };
      module.settings({ schema: z.object({ port: z.number().max(10) }), settings });
    });

  it('of all modules that are wrong, at once', async () => {
    const env = { MORTAR_SHOP_PORT: '11', MORTAR_MAIL_PROT: '5' };
    const issues = await issuesOf([withSettings('shop'), withSettings('mail')], { env });
    expect(issues.map(({ path, code }) => [path, code])).toEqual([
      ['settings of shop → port', 'MORTAR_CONFIG_INVALID'],
      ['settings of mail → MORTAR_MAIL_PROT', 'MORTAR_CONFIG_INVALID'],
      ['settings of mail → port', 'MORTAR_CONFIG_INVALID'],
    ]);
    expect(issues[0]?.message).toContain('MORTAR_SHOP_PORT');
    expect(issues[1]?.message).toContain('did you mean MORTAR_MAIL_PORT?');
  });

  it('with a misspelt variable, told once though the module has settings in two places', async () => {
    const shop = defineModule('shop', (module) => {
      for (const name of ['PORT', 'PAGE'])
        module.settings({
          schema: z.object({ value: z.number() }),
          settings: { value: number(`MORTAR_SHOP_${name}`) },
        });
    });
    const env = { MORTAR_SHOP_PORT: '1', MORTAR_SHOP_PAGE: '2', MORTAR_SHOP_PROT: '3', MORTAR_MAIL_X: '4' };
    const issues = await issuesOf([shop], { env });
    expect(issues).toMatchObject([
      { path: 'settings of shop → MORTAR_SHOP_PROT', code: 'MORTAR_CONFIG_UNKNOWN_KEY' },
    ]);
  });
});

describe('ports', () => {
  it('that are exposed and not implemented, with a transport too', async () => {
    const shop = defineModule('shop', (module) => module.exposes(Stock));
    const expected = [
      {
        path: 'module shop → port shop.stock',
        message: 'is exposed and not implemented',
        code: 'MORTAR_PORT_MISSING',
      },
    ];
    expect(await issuesOf([shop])).toEqual(expected);
    expect(await issuesOf([shop], { transport: memoryTransport() })).toEqual(expected);
  });

  it('of no loaded module, whatever mark they have; none where there is a transport', async () => {
    const shop = defineModule('shop', (module) => module.onStart([optional(Ledger)], () => {}));
    expect(await issuesOf([shop])).toEqual([
      {
        path: 'module shop → port billing.ledger',
        message: 'is not implemented by any loaded module; there is no port at all',
        code: 'MORTAR_PORT_MISSING',
      },
    ]);
    await createApp({ modules: [shop], logger: silentLogger, transport: memoryTransport() });
  });

  it('with permissions that nobody grants', async () => {
    const shop = defineModule('shop', (module) => {
      module.implement(Vault, { open: () => {}, look: () => {} });
    });
    expect(await issuesOf([shop])).toEqual([
      {
        path: 'port shop.vault.open',
        message: 'wants permission vault.open, and the app has no option authorize',
        code: 'MORTAR_PERMISSION_DENIED',
      },
    ]);
    await createApp({ modules: [shop], logger: silentLogger, authorize: () => true });
  });

  it('with permissions that nobody grants, also where they are called remotely; told once', async () => {
    const callers = ['mail', 'billing'].map((name) =>
      defineModule(name, (module) => module.on(OrderPlaced, [optional(Vault)], () => {})),
    );
    const transport = memoryTransport();
    expect(await issuesOf(callers, { transport })).toEqual([
      {
        path: 'port shop.vault.open',
        message: 'wants permission vault.open, and the app has no option authorize',
        code: 'MORTAR_PERMISSION_DENIED',
      },
    ]);
    await createApp({ modules: callers, logger: silentLogger, transport, authorize: () => true });
  });
});

describe('policies of ports', () => {
  const path = 'module mail uses → port billing.ledger';

  it('that are wrong are told with their place, and with all else that is wrong', async () => {
    const mail = defineModule('mail', (module) => {
      module.on(OrderPlaced, [Ledger, Stock], () => {});
      module.uses(Ledger, { bulkhead: { limit: 0 } });
      module.uses(Stock, { retries: 3 } as object);
      module.startsAfter('nobody');
    });
    const issues = await issuesOf([mail], { transport: memoryTransport() });
    const place = /^has a policy, at \S+kinds\.unit\.test\.ts:\d+, that is wrong: /;
    expect(issues).toMatchObject([
      { path: 'module mail startsAfter → module nobody', code: 'MORTAR_MODULE_MISSING' },
      { path, code: 'MORTAR_OPTIONS_INVALID', message: expect.stringMatching(place) },
      { path: 'module mail uses → port shop.stock', message: expect.stringMatching(place) },
    ]);
    expect(issues.map(({ message }) => message).join()).toMatch(/bulkhead.*"retries"/);
  });

  it('are one for each port, and a wrong one beside a right one is told as well', async () => {
    const mail = (policy: object): Module =>
      defineModule('mail', (module) => {
        module.on(OrderPlaced, [Ledger], () => {});
        module.uses(Ledger, policy);
        module.uses(Ledger, { retry: false });
      });
    const transport = memoryTransport();
    const [twice, ...others] = await issuesOf([mail({ retry: false })], { transport });
    expect(others).toEqual([]);
    expect(twice).toMatchObject({ path, code: 'MORTAR_MODULE_INVALID' });
    expect(twice?.message).toMatch(
      /^has 2 policies, at \S+kinds\.unit\.test\.ts:\d+ and at \S+:\d+; it takes one$/,
    );
    const codes = (await issuesOf([mail({ retry: 3 })], { transport })).map(({ code }) => code);
    expect([...codes].sort()).toEqual(['MORTAR_MODULE_INVALID', 'MORTAR_OPTIONS_INVALID']);
  });

  it('are for ports that the module itself calls', async () => {
    const mail = defineModule('mail', (module) => module.uses(Ledger, { retry: false }));
    const other = defineModule('other', (module) => module.on(OrderPlaced, [Ledger], () => {}));
    const [issue, ...others] = await issuesOf([mail, other], { transport: memoryTransport() });
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ path, code: 'MORTAR_MODULE_INVALID' });
    expect(issue?.message).toMatch(
      /^has a policy, at \S+:\d+, and is not among the dependencies of the module$/,
    );
  });

  it('may be for ports that are called lazily, as an option, or by a service', async () => {
    const mail = defineModule('mail', (module) => {
      module.on(OrderPlaced, [lazy(Ledger)], () => {});
      module.factory(Currency, [optional(Stock)], () => 'EUR');
      module.uses(Ledger, { retry: false });
      module.uses(Stock, { bulkhead: false });
    });
    await createApp({ modules: [mail], logger: silentLogger, transport: memoryTransport() });
  });
});

describe('modules', () => {
  it('that start after one that is not loaded', async () => {
    const shop = defineModule('shop', (module) => module.startsAfter('mial', 'mail'));
    const mail = defineModule('mail', () => {});
    expect(await issuesOf([shop, mail])).toEqual([
      {
        path: 'module shop startsAfter → module mial',
        message: 'is not loaded; there is shop, mail',
        code: 'MORTAR_MODULE_MISSING',
      },
    ]);
  });

  it('that start after each other by their ports', async () => {
    const shop = defineModule('shop', (module) => {
      module.implement(Stock, { count: () => 1, take: () => {} });
      module.onStart([Ledger], () => {});
    });
    const billing = defineModule('billing', (module) => {
      module.implement(Ledger, { balance: () => 1 });
      module.factory(Currency, [Stock], () => 'EUR');
    });
    expect(await issuesOf([shop, billing])).toMatchObject([
      { path: 'billing → shop → billing', code: 'MORTAR_MODULE_CYCLE' },
    ]);
  });

  it('with one health check twice', async () => {
    const shop = defineModule('shop', (module) => {
      module.health('queue', () => ({ status: 'healthy' }));
      module.health('queue', () => ({ status: 'healthy' }));
    });
    const [issue, ...others] = await issuesOf([shop]);
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ path: 'health check shop/queue', code: 'MORTAR_MODULE_INVALID' });
    expect(issue?.message).toMatch(/^is there 2 times, at \S+kinds\.unit\.test\.ts:\d+ and at \S+:\d+$/);
  });

  it('that ask what nobody answers, or expose a command that they do not handle', async () => {
    const shop = defineModule('shop', (module) => {
      module.exposes(PlaceOrder);
      module.asks(FindInvoice);
    });
    expect(await issuesOf([shop])).toEqual([
      {
        path: 'module shop → command shop.place-order',
        message: 'is exposed and has no handler',
        code: 'MORTAR_HANDLER_MISSING',
      },
      {
        path: 'module shop asks → query billing.find-invoice',
        message: 'has no answer in any loaded module',
        code: 'MORTAR_HANDLER_MISSING',
      },
    ]);
  });
});
