import { describe, expect, it } from 'vitest';
import { defineModule, type Module } from '../../../src/index.js';
import type { HealthResult } from '../../../src/patterns/index.js';
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
        { name: 'shop/pool', status: 'healthy', detail: 'false', data: { free: 3 } },
        { name: 'shop/queue', status: 'healthy' },
        { name: 'mail/state', status: 'healthy' },
      ],
    });
    await app.stop();
  });

  it('without checks is good', async () => {
    const app = await startedApp([]);
    expect(await app.health()).toMatchObject({ status: 'healthy', checks: [] });
    await app.stop();
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
    expect(report.checks.map((line) => line.status)).toEqual([status, 'healthy']);
    expect(report.checks[0]?.detail).toMatch(detail);
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
      'shop/state unhealthy',
      'mail/state healthy',
    ]);
    await app.stop();
  });

  it('may be asked before the start and after the stop, and never rejects', async () => {
    const app = await quietApp([
      defineModule('shop', (module) => {
        module.singleton(Pool);
        module.health('pool', [Pool], () => ({ status: 'healthy' }));
      }),
    ]);
    expect((await app.health()).checks).toHaveLength(1);
    await app.start();
    expect((await app.health()).status).toBe('healthy');
    await app.stop();
    expect(await app.health()).toMatchObject({ status: 'unhealthy', checks: [{ name: 'shop/pool' }] });
  });
});
