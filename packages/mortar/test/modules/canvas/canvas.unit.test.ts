import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { token } from '../../../src/container/index.js';
import { type EventContract, event } from '../../../src/contracts/index.js';
import { createApp } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { canvasMarkdown, canvasOf, defineModule, type Module } from '../../../src/modules/index.js';
import { diagramIn, rowsIn } from './diagram.js';
import { modulesIn, sizes } from './fixture.js';

const names = sizes.map(([name]) => name);

/*
 * The two files beside this one are what the canvas of the fixture is. When it is meant to change, write them anew:
 * npx vitest run packages/mortar/test/modules/canvas --project unit --update
 */
describe('the canvas of an app', () => {
  it('is as it was, as data', async () => {
    const canvas = canvasOf(modulesIn());
    await expect(`${JSON.stringify(canvas, undefined, 2)}\n`).toMatchFileSnapshot('./canvas-data.txt');
  });

  it('is as it was, as Markdown', async () => {
    await expect(canvasMarkdown(canvasOf(modulesIn()))).toMatchFileSnapshot('./canvas.md');
  });

  it('is what the app says of itself, before its start and after its stop', async () => {
    const modules = [
      defineModule('shop', () => {}),
      defineModule('mail', (module) => module.startsAfter('shop')),
    ];
    const app = await createApp({ modules, logger: silentLogger });
    const canvas = canvasOf(modules);
    expect(app.describe()).toEqual(canvas);
    await app.start();
    await app.stop();
    expect(app.describe()).toEqual(canvas);
  });

  it('is data: what it says goes through JSON', () => {
    const canvas = canvasOf(modulesIn());
    expect(JSON.parse(JSON.stringify(canvas))).toEqual(canvas);
  });
});

describe('the events of a module on the canvas', () => {
  const [Happened, Ended, Unheard] = ['happened', 'ended', 'unheard'].map((name) =>
    event(`shop.${name}`, { data: z.object({}), description: `It ${name}.` }),
  ) as [EventContract, EventContract, EventContract];
  const shop = defineModule('shop', (module) => module.exposes(Ended as never));
  const mail = defineModule('mail', (module) => {
    module.on(Happened, () => {});
    module.on([Happened, Ended], { name: 'both' }, () => {});
  });
  const eventsOf = (...modules: readonly Module[]) =>
    Object.fromEntries(
      canvasOf(modules).modules.map(({ name, events }) => [name, events.map((one) => one.name)]),
    );

  it('are those that any loaded module handles too, each once', () => {
    expect(eventsOf(mail, shop)).toEqual({ mail: [], shop: ['shop.ended', 'shop.happened'] });
    expect(canvasMarkdown(canvasOf([shop, mail]))).toContain(
      '| Events | `shop.ended`: It ended.<br>`shop.happened`: It happened. |',
    );
  });

  it('are none that nobody who is loaded tells of', () => {
    expect(eventsOf(shop)).toEqual({ shop: ['shop.ended'] });
    expect(eventsOf(mail)).toEqual({ mail: [] });
    expect(JSON.stringify(canvasOf([shop, mail]))).not.toContain(Unheard.name);
  });
});

describe('the same modules give the same canvas', () => {
  const expected = canvasMarkdown(canvasOf(modulesIn()));
  const shuffled = (length: number): fc.Arbitrary<number[]> => {
    const places = Array.from({ length }, (_, place) => place);
    return fc.shuffledSubarray(places, { minLength: length });
  };
  const statements = fc.record(Object.fromEntries(sizes.map(([name, size]) => [name, shuffled(size)])));

  it('in whatever order they are listed, and say what they have', () => {
    const order = fc.shuffledSubarray([...names], { minLength: names.length });
    const property = fc.property(order, statements, (listed, numbers) => {
      expect(canvasMarkdown(canvasOf(modulesIn(listed, numbers)))).toBe(expected);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('but for the order of those that start as they are listed, which it tells', () => {
    const free = ['b', 'a'].map((name) => defineModule(name, () => {}));
    const [one, other] = [canvasOf(free), canvasOf(free.toReversed())];
    expect(one.modules).toEqual(other.modules);
    expect([one.startOrder, other.startOrder]).toEqual([
      ['b', 'a'],
      ['a', 'b'],
    ]);
  });
});

describe('the Markdown of a canvas', () => {
  it('has a diagram that Mermaid reads, of who meets whom', () => {
    const { nodes, arrows } = diagramIn(canvasMarkdown(canvasOf(modulesIn())));
    expect([...nodes.values()]).toEqual(['post', 'shop', 'stock']);
    expect(arrows.map(({ from, to, label }) => `${nodes.get(from)} ${label} ${nodes.get(to)}`)).toEqual([
      'post command shop.cancel-order shop',
      'post post.parcel-sent shop',
      'post query shop.find-order shop',
      'shop shop.order-placed post',
      'shop port post.tariff post',
      'shop shop.order-lost stock',
      'shop shop.order-placed stock',
      'shop port stock.shelves stock',
    ]);
  });

  it('names a module that is not loaded, and modules that are words of Mermaid', () => {
    const Ended = event('end.ended', { data: z.object({}) });
    const modules = ['graph', 'sub-graph', 'class'].map((name) =>
      defineModule(name, (module) => module.on(Ended, () => {})),
    );
    const { nodes, arrows } = diagramIn(canvasMarkdown(canvasOf(modules)));
    expect([...nodes.values()]).toEqual(['class', 'graph', 'sub-graph', 'end, not loaded']);
    expect(arrows).toHaveLength(3);
  });

  it('without any module is not much', () => {
    const text = canvasMarkdown(canvasOf([]));
    expect(diagramIn(text)).toEqual({ nodes: new Map(), arrows: [] });
    expect(text).not.toContain('Started');
  });

  it('calls a module by a word that Mermaid takes, whatever its name', () => {
    const canvas = canvasOf([named('a', 'a')]);
    const relations = [{ from: '@acme/app-shop', to: 'shop', kind: 'command', message: 'shop.buy' }] as const;
    expect(canvasMarkdown({ ...canvas, relations })).toContain(
      '  module__64_acme_47_app_shop -->|"command shop.buy"| module_shop',
    );
  });

  it('names a port whose methods are not known', () => {
    const canvas = canvasOf([named('a', 'a')]);
    const ports = [{ name: 'shop.prices', description: undefined, methods: [], isImplemented: true }];
    const text = canvasMarkdown({
      ...canvas,
      modules: canvas.modules.map((module) => ({ ...module, ports })),
    });
    expect(text).toContain('| Ports | `shop.prices` |');
  });

  it('holds every description and name in its cell, and lets none of them be HTML or code', () => {
    const ugly = fc.string({
      unit: fc.constantFrom('|', '`', '<', '\\', '\n', '\r\n', ' ', 'a', '>', '&', '*'),
    });
    const plain = canvasMarkdown(canvasOf([named('a', 'a')])).split('\n').length;
    const property = fc.property(ugly, ugly, (description, name) => {
      const text = canvasMarkdown(canvasOf([named(description, name)]));
      expect(text.split('\n')).toHaveLength(plain);
      for (const cells of rowsIn(text)) expect(cells).toHaveLength(2);
      const cells = new Map(rowsIn(text).map(([title = '', cell = '']) => [title, cell]));
      const told = cells.get('Events')?.replace(/^`shop\.happened`(: )?/, '') ?? '';
      expect(told).not.toContain('<');
      expect(told).not.toMatch(/(?<!\\)(\\\\)*`/);
      // One code span, from its first character to its last but for what follows it.
      expect(cells.get('Services')).toMatch(/^`[^`]*`, value$/);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('shows a description as it was written', () => {
    const text = canvasMarkdown(canvasOf([named('a | b\n  `c` < d \\ e', 'Map<string, A | B>')]));
    expect(text).toContain('| Events | `shop.happened`: a \\| b \\`c\\` &lt; d \\\\ e |');
    expect(text).toContain('| Services | `Map<string, A \\| B>`, value |');
  });
});

function named(description: string, name: string): Module {
  const Happened = event('shop.happened', { data: z.object({}), description });
  return defineModule('shop', (module) => {
    module.exposes(Happened);
    module.value(token<number>(name), 1);
  });
}
