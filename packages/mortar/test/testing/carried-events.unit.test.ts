import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineModule, event, type Module } from '../../src/index.js';
import { memory } from '../../src/memory/index.js';
import { type TestApp, type TestAppOptions, testApp } from '../../src/testing/index.js';
import { mortarErrorOf } from './fixtures/rejection.js';

const Basket = z.object({ items: z.array(z.string()), extra: z.any().optional() });
const Filled = event('basket.filled', { data: Basket });
const Emptied = event('basket.emptied', { data: Basket });

const basketModule = defineModule('basket', () => {});

/** An app with `module`, beside the one that owns the events. */
function appWith(module: Module, options: TestAppOptions): Promise<TestApp> {
  return testApp([basketModule, module], options);
}

const kinds: readonly (readonly [string, TestAppOptions])[] = [
  ['without a store', {}],
  ['with a store', { store: (clock) => memory({ clock }) }],
];

describe.each(kinds)('the data of events in a test app %s', (_, options) => {
  it('is refused, with its path, where no codec carries it', async () => {
    await using app = await testApp([basketModule], options);
    for (const extra of [() => {}, Number.NaN]) {
      const refused = await mortarErrorOf(app.publish(Filled, { items: [], extra: { deep: extra } }));
      expect(refused.code).toBe('MORTAR_CODEC_UNSUPPORTED');
      expect(refused.message).toContain('extra.deep');
    }
    expect(app.recorded.events()).toEqual([]);
  });

  it('is refused to a handler, which fails by it', async () => {
    const basket = defineModule('basket', (module) => {
      module.on(Emptied, { retry: { attempts: 1 } }, ({ publish }) =>
        publish(Filled, { items: [], extra: Number.NaN }),
      );
    });
    await using app = await testApp([basket], options);
    await app.publish(Emptied, { items: [] });
    await app.idle();
    expect(app.recorded.deaths()).toMatchObject([{ error: { code: 'MORTAR_CODEC_UNSUPPORTED' } }]);
    expect(app.recorded.events(Filled)).toEqual([]);
  });

  it('is each handler’s own, and the publisher’s', async () => {
    const seen: unknown[] = [];
    const mail = defineModule('mail', (module) => {
      for (const name of ['first', 'second']) {
        module.on(Filled, { name }, ({ data, envelope }) => {
          expect(envelope.data).toBe(data);
          seen.push([...data.items]);
          data.items.push(name);
        });
      }
    });
    await using app = await appWith(mail, options);
    const items = ['book'];
    await app.publish(Filled, { items });
    items.push('changed by the publisher');
    await app.idle();
    expect(seen).toEqual([['book'], ['book']]);
    expect(app.recorded.events(Filled)).toEqual([{ items: ['book'] }]);
  });

  it('is each attempt’s own, and as it was published in a dead letter and its replay', async () => {
    const seen: unknown[] = [];
    const mail = defineModule('mail', (module) => {
      module.on(Filled, { retry: { attempts: 2 } }, async ({ data }) => {
        seen.push([...data.items]);
        data.items.push('changed');
        await Promise.resolve();
        expect(data.items).toEqual(['book', 'changed']);
        if (seen.length < 3) throw new Error('closed');
      });
    });
    await using app = await appWith(mail, options);
    await app.publish(Filled, { items: ['book'] });
    await app.idle();
    expect(app.recorded.deaths()).toMatchObject([{ attempts: 2, data: { items: ['book'] } }]);
    const [letter] = await app.deadLetters.list();
    expect(letter?.envelope.data).toEqual({ items: ['book'] });
    await app.deadLetters.replay(letter?.id ?? '');
    await app.idle();
    expect(seen).toEqual([['book'], ['book'], ['book']]);
  });

  it('is each member’s own in a batch', async () => {
    const seen: unknown[] = [];
    const mail = defineModule('mail', (module) => {
      for (const name of ['first', 'second']) {
        module.on(Filled, { name, batch: { size: 2, withinMs: 10 } }, (batch) => {
          for (const { data } of batch) seen.push(data.items.push(name));
        });
      }
    });
    await using app = await appWith(mail, options);
    const both = [[], ['book']].map((items) => app.publish(Filled, { items }, { wait: 'handled' }));
    await Promise.all(both);
    expect(seen).toEqual([1, 2, 1, 2]);
  });

  it('comes as it was, where JSON has no word for it', async () => {
    const seen: unknown[] = [];
    const mail = defineModule('mail', (module) => {
      module.on(Filled, ({ data }) => void seen.push(data.extra));
    });
    await using app = await appWith(mail, options);
    const extra = { at: new Date(0), many: new Map([[1n, new Set(['a'])]]) };
    await app.publish(Filled, { items: [], extra });
    await app.idle();
    expect(seen).toEqual([extra]);
  });
});
