import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lazy } from '../../../src/container/index.js';
import { command, defineModule, event, type Module, port, query } from '../../../src/index.js';
import type { StartContext } from '../../../src/modules/index.js';
import { memoryTransport, type RequestTransport } from '../../../src/ports/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { Latch } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { quietApp, startedApp } from '../journal.js';
import { down, type Log, member, up } from './crew.js';

/* What is sent while an app starts, when not all whom it may concern are there. */

const text = z.object({ by: z.string() });
const Lit = event('oven.lit', { data: text });
const Light = command('oven.light', { data: text, result: z.string() });
const IsLit = query('oven.is-lit', { data: z.object({}), result: z.boolean() });
const Flame = port('oven.flame', { rise: { data: z.object({}), result: z.number() } });

/** Tells of each time that it is lit. */
const oven: Module = defineModule('oven', (module) => {
  module.handle(Light, async ({ data, publish }) => {
    await publish(Lit, data);
    return 'lit';
  });
  module.answer(IsLit, () => true);
  module.implement(Flame, {
    rise: async ({ publish }) => {
      await publish(Lit, { by: 'a call' });
      return 1;
    },
  });
});

/** Lights the oven when it starts, then does something else. */
function baker(then: (context: StartContext) => unknown = () => undefined): Module {
  return defineModule('baker', (module) => {
    module.startsAfter('oven');
    module.onStart(async (context) => {
      await context.dispatch(Light, { by: 'the baker' });
      await settled();
      await then(context);
    });
  });
}

/** Hears of the oven, and publishes at its start as well. */
function guest(log: Log): Module {
  return member('guest', log, (module) => {
    module.on(Lit, ({ data }) => void log.push(`heard of ${data.by}`));
  });
}

const broken = (): never => {
  throw new Error('no flour');
};

describe('what is published while an app starts', () => {
  it('by handlers is delivered when all have started, and before what hooks publish', async () => {
    const log: Log = [];
    const Fed = event('guest.fed', { data: text });
    const early = defineModule('guest', (module) => {
      module.on([Lit, Fed], { name: 'news' }, ({ data }) => void log.push(`heard of ${data.by}`));
      module.onStart(({ publish }) => publish(Fed, { by: 'a hook' }));
    });
    const slow = member('last', log, (module) => module.onStart(() => settled()));
    const app = await startedApp([early, oven, baker(), slow]);
    await app.stop();
    expect(log).toEqual([...up('last'), 'heard of the baker', 'heard of a hook', ...down('last')]);
  });

  it('is kept as dead letters where the start fails; what hooks published is dropped', async () => {
    const log: Log = [];
    let isBroken = true;
    const Opened = event('shop.opened', { data: text });
    const shop = defineModule('shop', (module) => {
      module.on(Opened, ({ data }) => void log.push(`heard of ${data.by}`));
      module.onStart(({ publish }) => publish(Opened, { by: 'the shop' }));
    });
    const breaking = baker(() => (isBroken ? broken() : undefined));
    const app = await quietApp([shop, oven, breaking, guest(log)]);
    expect((await rejectionOf(app.start())).expected).toBe('module baker to start');
    expect(log).toEqual([]);
    expect(await app.deadLetters.list()).toMatchObject([
      { reason: 'stopped', subscription: 'guest/oven.lit', envelope: { data: { by: 'the baker' } } },
    ]);
    isBroken = false;
    await app.start();
    expect(await app.stop()).toMatchObject({ isDrained: true });
    expect(log).toEqual([...up('guest'), 'heard of the baker', 'heard of the shop', ...down('guest')]);
    expect(await app.deadLetters.list()).toHaveLength(1);
  });

  it('by more handlers than there is room for does not hold the start up forever', async () => {
    const greedy = baker(async ({ dispatch }) => {
      for (let time = 0; time < 10; time += 1) await dispatch(Light, { by: 'the baker' });
    });
    const app = await quietApp([oven, greedy, guest([])], {
      bus: { queue: { maxSize: 2, whenFull: 'wait' } },
    });
    expect(await rejectionOf(app.start())).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'module baker to start',
      cause: { code: 'MORTAR_QUEUE_FULL' },
    });
    await app.stop();
  });
});

describe('a request to a module whose services are not there', () => {
  const expected = "module oven to have started: startsAfter('oven') in the module that sends at its start";

  it.each<readonly [string, Module]>([
    [
      'oven.light',
      defineModule('early', ({ onStart }) =>
        onStart(async ({ dispatch }) => void (await dispatch(Light, { by: 'x' }))),
      ),
    ],
    [
      'oven.is-lit',
      defineModule('early', ({ onStart }) => onStart(async ({ ask }) => void (await ask(IsLit, {})))),
    ],
    [
      'oven.flame.rise',
      // A lazy dependency is no reason to start later.
      defineModule('early', ({ onStart }) =>
        onStart([lazy(Flame)], async (_, flame) => void (await flame().rise({}))),
      ),
    ],
  ])('yet is refused, and says what to do: %s', async (name, early) => {
    const error = await rejectionOf((await quietApp([early, oven])).start());
    expect(error).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'module early to start',
      cause: { code: 'MORTAR_APP_STATE', expected, got: `${name} before that, or after its end` },
    });
  });

  it('any more is refused too', async () => {
    let isBroken = true;
    const early = defineModule('early', (module) => {
      module.onStop([Flame], async (_, flame) => void (isBroken && (await flame.rise({}))));
    });
    const late = defineModule('late', ({ onStart }) => onStart(() => void (isBroken && broken())));
    const app = await quietApp([early, oven, late]);
    const { issues } = await rejectionOf(app.start());
    expect(issues).toMatchObject([
      { path: 'onStop of early', message: expect.stringContaining('MORTAR_APP_STATE') },
    ]);
    // It is there again with its services.
    isBroken = false;
    await app.start();
    expect(await app.locate(Flame).rise({})).toBe(1);
    await app.stop();
  });
});

describe('the ports of an app that starts', () => {
  /** Serves only when the latch opens, or breaks. */
  function gated(gate: Latch): RequestTransport & { readonly served: Latch } {
    const inner = memoryTransport();
    const served = new Latch();
    return {
      served,
      request: (message, signal) => inner.request(message, signal),
      async serve(methods, server) {
        const serving = await inner.serve(methods, server);
        served.open();
        await gate.opened;
        return serving;
      },
      close: () => inner.close(),
    };
  }

  it('are served before it counts as started, and what a call publishes waits', async () => {
    const log: Log = [];
    const gate = new Latch();
    const transport = gated(gate);
    const app = await quietApp([oven, guest(log)], { transport });
    const caller = await startedApp([], { transport });
    const start = app.start();
    await transport.served.opened;
    expect(await caller.locate(Flame).rise({})).toBe(1);
    await settled();
    expect((await rejectionOf(app.ask(IsLit, {}))).got).toBe('one that is being started');
    expect((await app.health()).status).toBe('unhealthy');
    expect(log).toEqual(up('guest'));
    gate.open();
    await start;
    expect(await app.ask(IsLit, {})).toBe(true);
    await app.stop();
    expect(log).toEqual([...up('guest'), 'heard of a call', ...down('guest')]);
    await caller.stop();
    await transport.close();
  });

  it('that can not be served give the start up, which may be tried again', async () => {
    const log: Log = [];
    let isDown = true;
    const inner = memoryTransport();
    const transport: RequestTransport = {
      request: (message, signal) => inner.request(message, signal),
      async serve(methods, server) {
        if (isDown) throw new Error('no line');
        return inner.serve(methods, server);
      },
      close: () => inner.close(),
    };
    const app = await quietApp([oven, baker(), guest(log)], { transport });
    expect(await rejectionOf(app.start())).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'the ports to be served',
      got: 'no line; oven, baker, guest, which had started, stopped again',
    });
    expect(log.splice(0)).toEqual([...up('guest'), ...down('guest')]);
    expect(await app.deadLetters.list()).toMatchObject([{ reason: 'stopped' }]);
    isDown = false;
    await app.start();
    expect(await app.ask(IsLit, {})).toBe(true);
    await app.stop();
    expect(log).toEqual([...up('guest'), 'heard of the baker', ...down('guest')]);
    await transport.close();
  });
});
