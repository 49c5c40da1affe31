import { describe, expect, it } from 'vitest';
import { defineModule, type Module } from '../../../src/index.js';
import type { HealthResult } from '../../../src/patterns/index.js';
import { Latch } from '../../support/parcels.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { quietApp, startedApp } from '../journal.js';
import { never } from '../lifecycle/crew.js';

class Pool {
  readonly free = 3;
}

function checked(name: string, check: () => HealthResult | Promise<HealthResult>): Module {
  return defineModule(name, (module) => module.health('state', check));
}

const healthy = (): HealthResult => ({ status: 'healthy' });

describe('the health of an app', () => {
  it('is told by the checks of its modules, which are given their services', async () => {
    const shop = defineModule('shop', (module) => {
      module.singleton(Pool);
      module.health('pool', [Pool], ({ signal }, pool) => ({
        status: 'healthy',
        detail: `${signal.aborted}`,
        data: { free: pool.free },
      }));
      module.health('queue', async () => healthy());
    });
    const app = await startedApp([shop, checked('mail', healthy)]);
    expect(await app.health()).toMatchObject({
      status: 'healthy',
      checks: [
        { name: 'app', status: 'healthy', isCritical: true },
        { name: 'shop/pool', status: 'healthy', detail: 'false', data: { free: 3 } },
        { name: 'shop/queue', status: 'healthy' },
        { name: 'mail/state', status: 'healthy' },
      ],
    });
    await app.stop();
  });

  it('without checks is that of the app itself: well between its start and its stop', async () => {
    const held = new Latch();
    const app = await quietApp([defineModule('shop', (module) => module.onStart(() => held.opened))]);
    const of = async (): Promise<unknown> => (await app.health()).checks;
    const ill = (detail: string) => [{ name: 'app', status: 'unhealthy', isCritical: true, detail }];
    expect(await of()).toMatchObject(ill('has not been started'));
    const start = app.start();
    expect(await of()).toMatchObject(ill('is being started'));
    held.open();
    await start;
    expect(await app.health()).toMatchObject({ status: 'healthy', checks: [{ name: 'app' }] });
    expect((await app.health()).checks).toHaveLength(1);
    const stop = app.stop();
    expect(await of()).toMatchObject(ill('has been stopped'));
    await stop;
    expect(await of()).toMatchObject(ill('has been stopped'));
  });

  it.each<readonly [string, () => HealthResult | Promise<HealthResult>, string, RegExp]>([
    ['is degraded', () => ({ status: 'degraded', detail: 'slow' }), 'degraded', /^slow$/],
    ['is unhealthy', () => ({ status: 'unhealthy', detail: 'gone' }), 'unhealthy', /^gone$/],
    [
      'throws',
      () => {
        throw new TypeError('no connection');
      },
      'unhealthy',
      /no connection/,
    ],
    ['rejects', () => Promise.reject(new Error('no connection')), 'unhealthy', /no connection/],
    ['answers with nonsense', () => 'fine' as unknown as HealthResult, 'unhealthy', /./],
  ])('is that of the worst of them, where one %s', async (_, check, status, detail) => {
    const app = await startedApp([checked('shop', check), checked('mail', healthy)]);
    const report = await app.health();
    expect(report.status).toBe(status);
    expect(report.checks.map((line) => line.status)).toEqual(['healthy', status, 'healthy']);
    expect(report.checks[1]?.detail).toMatch(detail);
    await app.stop();
  });

  it('waits for no check beyond its time', async () => {
    const clock = new VirtualClock();
    const app = await startedApp([checked('shop', () => never()), checked('mail', healthy)], {
      bus: { clock },
    });
    const report = app.health();
    await clock.runOut();
    expect((await report).checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'app healthy',
      'shop/state unhealthy',
      'mail/state healthy',
    ]);
    await app.stop();
  });

  it('is only degraded by a check that is not critical', async () => {
    const app = await startedApp([
      defineModule('shop', (module) => {
        module.singleton(Pool);
        const gone = (): HealthResult => ({ status: 'unhealthy', detail: 'gone' });
        module.health('mirror', { isCritical: false }, gone);
        module.health('pool', { isCritical: true }, [Pool], (_, { free }) => ({
          status: 'healthy',
          data: { free },
        }));
      }),
    ]);
    expect(await app.health()).toMatchObject({
      status: 'degraded',
      checks: [
        { name: 'app' },
        { name: 'shop/mirror', status: 'unhealthy', isCritical: false },
        { name: 'shop/pool', status: 'healthy', isCritical: true, data: { free: 3 } },
      ],
    });
    await app.stop();
  });

  it('waits for a check as long as that says', async () => {
    const clock = new VirtualClock();
    const slow = defineModule('shop', (module) => {
      module.health('slow', { timeoutMs: 20 }, () => never());
      module.health('slower', { timeoutMs: 60_000 }, async () => {
        await new Promise<void>((resolve) => clock.after(50_000, resolve));
        return healthy();
      });
    });
    const app = await startedApp([slow], { bus: { clock } });
    const report = app.health();
    await clock.advance(50_000);
    expect((await report).checks).toMatchObject([
      { name: 'app' },
      { name: 'shop/slow', status: 'unhealthy', durationMs: 20 },
      { name: 'shop/slower', status: 'healthy', durationMs: 50_000 },
    ]);
    await app.stop();
  });

  it('asks modules between the start and the stop only, for which it makes nothing, and never rejects', async () => {
    let made = 0;
    const app = await quietApp([
      defineModule('shop', (module) => {
        module.factory(Pool, [], () => {
          made += 1;
          return new Pool();
        });
        module.health('pool', [Pool], () => ({ status: 'healthy' }));
      }),
    ]);
    const names = async (): Promise<unknown> => (await app.health()).checks.map(({ name }) => name);
    expect(await names()).toEqual(['app']);
    expect(made).toBe(0);
    await app.start();
    expect((await app.health()).status).toBe('healthy');
    expect(await names()).toEqual(['app', 'shop/pool']);
    await app.stop();
    expect(await names()).toEqual(['app']);
    expect((await app.health()).status).toBe('unhealthy');
    expect(made).toBe(1);
  });
});
