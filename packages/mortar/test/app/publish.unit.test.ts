import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type App, createApp, defineModule, event, type Outcome } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';

const Moved = event('ship.moved', {
  data: z.object({ ship: z.string(), step: z.number() }),
  key: (data) => data.ship,
});

/** An app whose handler notes the steps in the order in which it begins them. */
async function voyage(options: { readonly concurrency?: number; readonly maxSize?: number } = {}) {
  const steps: number[] = [];
  const held: (() => void)[] = [];
  const ship = defineModule('ship', ({ on }) => {
    const { concurrency = 10, maxSize = 100 } = options;
    on(Moved, { concurrency, queue: { maxSize } }, async ({ data }) => {
      steps.push(data.step);
      if (data.step < 0) await new Promise<void>((release) => held.push(release));
      await new Promise(setImmediate);
    });
  });
  const app = await createApp({ modules: [ship], logger: silentLogger });
  await app.start();
  return { app, steps, release: () => held.forEach((free) => void free()) };
}

describe('publish that waits for the handlers', () => {
  it('keeps the order of the key behind what was published before', async () => {
    const { app, steps } = await voyage();
    const first = app.publish(Moved, { ship: 'a', step: 1 });
    const second = app.publish(Moved, { ship: 'a', step: 2 });
    const third = app.publish(Moved, { ship: 'a', step: 3 }, { wait: 'handled' });
    await Promise.all([first, second]);
    expect((await third).map(({ status }) => status)).toEqual(['handled']);
    expect(steps).toEqual([1, 2, 3]);
    await app.stop();
  });

  it('is held back by a full queue, and loses nothing', async () => {
    const { app, steps } = await voyage({ concurrency: 1, maxSize: 2 });
    const published = Array.from({ length: 10 }, (_, step) =>
      app.publish(Moved, { ship: `ship-${step}`, step }, { wait: 'handled' }),
    );
    const outcomes = (await Promise.all(published)).flat();
    expect(outcomes.map(({ status }) => status)).toEqual(Array(10).fill('handled'));
    expect(steps).toHaveLength(10);
    await app.stop();
  });

  it('waits no longer than it is told, and the event is handled all the same', async () => {
    const { app, steps, release } = await voyage();
    await expect(
      app.publish(Moved, { ship: 'a', step: -1 }, { wait: 'handled', timeoutMs: 1 }),
    ).rejects.toMatchObject({ code: 'MORTAR_WAIT_TIMEOUT' });
    release();
    expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
    expect(steps).toEqual([-1]);
  });

  it('answers with dead letters where the app stops before the turn of the event', async () => {
    const { app, release } = await voyage({ concurrency: 1, maxSize: 1 });
    const published = Array.from({ length: 5 }, (_, step) =>
      app.publish(Moved, { ship: `ship-${step}`, step: -1 }, { wait: 'handled' }),
    );
    await app.stop({ timeoutMs: 1 });
    const outcomes = (await Promise.all(published)).flat();
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('dead'));
    expect((await app.deadLetters.statistics()).byState.dead).toBe(5);
    release();
  });

  it.each<readonly [string, object, RegExp]>([
    ['an unknown option', { priorty: 'high' }, /Expected wait, timeoutMs, id, .*"priorty"/],
    ['a misspelt wait', { weit: 'handled' }, /Expected wait, timeoutMs, id, .*"weit"/],
    ['a wrong wait', { wait: 'sent' }, /"sent"/],
    ['no time at all', { wait: 'handled', timeoutMs: 0 }, /timeoutMs/],
    ['a time without a wait', { timeoutMs: 5 }, /timeoutMs.*wait: 'handled'/],
  ])('refuses %s, and publishes nothing', async (_, options, message) => {
    const { app, steps } = await voyage();
    for (const sender of [app, app.as({ actor: 'user:ada' })]) {
      const publish = sender.publish(Moved, { ship: 'a', step: 1 }, options);
      await expect(publish).rejects.toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
      await expect(publish).rejects.toThrow(message);
    }
    await app.stop();
    expect(steps).toEqual([]);
  });
});

describe('publish', () => {
  it('answers with outcomes where it waits, and with nothing where it does not, as its types say', async () => {
    const { app } = await voyage();
    const data = { ship: 'a', step: 1 };
    const ada = app.as({ actor: 'user:ada' });
    for (const answer of [
      await app.publish(Moved, data),
      await app.publish(Moved, data, { priority: 'low', actor: 'user:ada' }),
      await ada.publish(Moved, data),
      await ada.publish(Moved, data, { priority: 'low' }),
    ])
      expect(answer).toBeUndefined();
    for (const outcomes of [
      await app.publish(Moved, data, { wait: 'handled', priority: 'low', actor: 'user:ada' }),
      await ada.publish(Moved, data, { wait: 'handled', timeoutMs: 60_000 }),
    ])
      expect(outcomes.map(({ status }) => status)).toEqual(['handled']);
    await app.stop();
  });

  it('has types that tell the one from the other', () => {
    const wait = { wait: 'handled' } as const;
    const data = { ship: 'a', step: 1 };
    const check = (app: App): void => {
      expectTypeOf(app.publish(Moved, data)).toEqualTypeOf<Promise<void>>();
      expectTypeOf(app.publish(Moved, data, { priority: 'low' })).toEqualTypeOf<Promise<void>>();
      expectTypeOf(app.publish(Moved, data, wait)).toEqualTypeOf<Promise<readonly Outcome[]>>();
      // @ts-expect-error: there is nothing to wait for.
      app.publish(Moved, data, { timeoutMs: 5 });
      // @ts-expect-error: one can't wait for that.
      app.publish(Moved, data, { wait: 'sent' });
      // @ts-expect-error: a step is a number.
      app.publish(Moved, { ship: 'a', step: '1' }, wait);
      const ada = app.as({ actor: 'user:ada' });
      expectTypeOf(ada.publish(Moved, data)).toEqualTypeOf<Promise<void>>();
      expectTypeOf(ada.publish(Moved, data, wait)).toEqualTypeOf<Promise<readonly Outcome[]>>();
      // @ts-expect-error: there is nothing to wait for.
      ada.publish(Moved, data, { timeoutMs: 5 });
      // @ts-expect-error: who it is, is said already.
      ada.publish(Moved, data, { actor: 'user:bob' });
      // @ts-expect-error: with a wait as well.
      ada.publish(Moved, data, { wait: 'handled', actor: 'user:bob' });
    };
    expect(check).toBeTypeOf('function');
  });
});
