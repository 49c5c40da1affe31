import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { number, secret, text } from '../../../src/config/index.js';
import type { Secret } from '../../../src/contracts/index.js';
import type { Issue } from '../../../src/errors/index.js';
import { type App, command, defineModule, type Module } from '../../../src/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { quietApp, startedApp } from '../journal.js';

const Show = command('shop.show', {
  data: z.object({}),
  result: z.object({ port: z.number(), url: z.string() }),
});

/** A module that shows its settings, the secret one unwrapped. */
function shop(seen: Secret[] = []): Module {
  return defineModule('shop', (module) => {
    const Settings = module.settings({
      schema: z.object({ port: z.number().max(65_535).default(80), database: z.object({ url: z.string() }) }),
      settings: { port: number('MORTAR_SHOP_PORT'), database: { url: secret('MORTAR_SHOP_DB_URL') } },
    });
    class Pool {
      readonly url: string;
      constructor({ database }: { readonly database: { readonly url: Secret } }) {
        seen.push(database.url);
        this.url = database.url.reveal();
      }
    }
    module.singleton(Pool, [Settings]);
    module.handle(Show, [Settings, Pool], (_, { port }, { url }) => ({ port, url }));
  });
}

async function issuesFor(
  env: Record<string, string>,
  ...modules: readonly Module[]
): Promise<readonly Issue[]> {
  return (await rejectionOf(quietApp(modules, { env }))).issues;
}

describe('the settings of a module', () => {
  it('come from the environment that the app is given, checked and with defaults; secrets are wrapped', async () => {
    const seen: Secret[] = [];
    const app = await startedApp([shop(seen)], { env: { MORTAR_SHOP_DB_URL: 'db://s3cret', OTHER: 'x' } });
    expect(await app.dispatch(Show, {})).toEqual({ port: 80, url: 'db://s3cret' });
    expect(`${seen[0]} ${JSON.stringify(seen)}`).not.toContain('s3cret');
    expect(JSON.stringify(app.describe())).not.toContain('s3cret');
    await app.stop();
  });

  it('come from the process where the app is given none', async () => {
    process.env['MORTAR_SHOP_DB_URL'] = 'db://process';
    try {
      const app = await startedApp([shop()]);
      expect((await app.dispatch(Show, {})).url).toBe('db://process');
      await app.stop();
    } finally {
      delete process.env['MORTAR_SHOP_DB_URL'];
    }
  });

  it('are those of their app: two apps of one module have their own', async () => {
    const module = shop();
    const make = (url: string): Promise<App> => startedApp([module], { env: { MORTAR_SHOP_DB_URL: url } });
    const [one, other] = [await make('db://one'), await make('db://other')];
    expect((await one.dispatch(Show, {})).url).toBe('db://one');
    expect((await other.dispatch(Show, {})).url).toBe('db://other');
    await Promise.all([one.stop(), other.stop()]);
  });

  it('that are wrong are all told before anything is made, and no secret is', async () => {
    const made: Secret[] = [];
    const mail = defineModule('mail', (module) => {
      module.settings({
        schema: z.object({ host: z.string() }),
        settings: { host: text('MORTAR_MAIL_HOST') },
      });
    });
    const env = { MORTAR_SHOP_PORT: '70000', MORTAR_SHOP_DB_URL: 's3cret', MORTAR_SHOP_PROT: '1' };
    const error = await rejectionOf(quietApp([shop(made), mail], { env }));
    expect(error.issues.map(({ path }) => path)).toEqual([
      'settings of shop → MORTAR_SHOP_PROT',
      'settings of shop → port',
      'settings of mail → host',
    ]);
    expect(error.issues[0]?.message).toContain('did you mean MORTAR_SHOP_PORT?');
    expect(error.issues[2]?.message).toContain('MORTAR_MAIL_HOST');
    expect(JSON.stringify(error)).not.toContain('s3cret');
    expect(made).toEqual([]);
  });

  it('of a module whose name begins another’s are told apart', async () => {
    const close = defineModule('shop-close', (module) => {
      module.settings({
        schema: z.object({ at: z.number() }),
        settings: { at: number('MORTAR_SHOP_CLOSE_AT') },
      });
    });
    const env = { MORTAR_SHOP_DB_URL: 'x', MORTAR_SHOP_CLOSE_AT: '18' };
    const app = await startedApp([shop(), close], { env });
    await app.stop();
    const [issue, ...others] = await issuesFor({ ...env, MORTAR_SHOP_CLOSE_TA: '18' }, shop(), close);
    expect(issue?.path).toMatch(/^settings of shop(-close)? → MORTAR_SHOP_CLOSE_TA$/);
    expect(others.every(({ path }) => path.endsWith('MORTAR_SHOP_CLOSE_TA'))).toBe(true);
  });

  it('may stand beside those of a module that is not loaded, whose name begins as its own', async () => {
    const env = {
      MORTAR_SHOP_DB_URL: 'x',
      MORTAR_SHOP_EU_URL: 'x',
      MORTAR_SHOP_EU_PORT: '1',
      MORTAR_SHOP_EU_DB_URL: 'x',
      MORTAR_SHOP_TIMEZONE: 'x',
      MORTAR_SHOP_DB: 'x',
      MORTAR_SHOP_PORT_X: '1',
    };
    const app = await startedApp([shop()], { env });
    expect((await app.dispatch(Show, {})).url).toBe('x');
    await app.stop();
  });

  it.each([
    ['MORTAR_SHOP_PROT', 'MORTAR_SHOP_PORT'],
    ['MORTAR_SHOP_POTR', 'MORTAR_SHOP_PORT'],
    ['MORTAR_SHOP_DB_ULR', 'MORTAR_SHOP_DB_URL'],
    ['MORTAR_SHOP_BD_URL', 'MORTAR_SHOP_DB_URL'],
  ])('that look misspelt are faults: %s', async (name, meant) => {
    const env = { MORTAR_SHOP_DB_URL: 'x', [name]: '1' };
    expect(await issuesFor(env, shop())).toMatchObject([
      {
        path: `settings of shop → ${name}`,
        message: expect.stringContaining(`did you mean ${meant}?`),
        code: 'MORTAR_CONFIG_UNKNOWN_KEY',
      },
    ]);
  });
});
