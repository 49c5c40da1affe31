import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineModule, event, type Module, type ModuleBuilder } from '../../src/index.js';
import { memory } from '../../src/memory/index.js';
import { LogBook, type LogLine } from '../support/log-book.js';
import { startedApp } from './journal.js';

const data = z.object({});
const Opened = event('shop.opened', { data });
const Closed = event('shop.closed', { data });
const Due = event('shop.due', { data });
const Misspelt = event('shop.oppened', { data });

const heard: string[] = [];
const mail = defineModule('mail', (module) => {
  module.on([Opened, Closed, Due, Misspelt], { name: 'all' }, ({ type }) => void heard.push(type));
});

function shopWith(register: (module: ModuleBuilder<'shop'>) => void): Module {
  return defineModule('shop', register);
}

async function linesOf(...modules: readonly Module[]): Promise<readonly LogLine[]> {
  const logger = new LogBook();
  await using _ = await startedApp(modules, { logger, store: memory() });
  return logger.lines;
}

describe('a subscription to an event that its module does not say it publishes', () => {
  it('is warned of at the start, with its place', async () => {
    const shop = shopWith((module) => {
      module.publishes(Opened);
      module.exposes(Closed);
      module.schedule('due', '0 9 * * *', Due, {});
    });
    expect(await linesOf(shop, mail)).toEqual([
      {
        level: 'warn',
        message: 'A subscription waits for an event that its module does not say it publishes',
        fields: {
          subscription: 'all',
          event: 'shop.oppened',
          place: expect.stringContaining('unpublished.unit.test.ts:'),
        },
      },
    ]);
  });

  it('is no fault, since the program may publish the event', async () => {
    const shop = shopWith((module) => module.publishes(Opened));
    await using app = await startedApp([shop, mail], { logger: new LogBook() });
    await app.publish(Misspelt, {}, { wait: 'handled' });
    expect(heard).toEqual(['shop.oppened']);
  });

  it('is let be where the module says nothing of what it publishes, or is not loaded', async () => {
    const silent = shopWith(() => {});
    expect(await linesOf(silent, mail)).toEqual([]);
    expect(await linesOf(mail)).toEqual([]);
  });
});
