import { expect, test } from 'vitest';
import { z } from 'zod';
import { number, secret } from '../../src/config/index.js';
import { MortarError } from '../../src/errors/index.js';
import { createApp, defineModule, port, token } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';

class Pool {
  readonly size: number;
  readonly url: string;

  private constructor(url: string, size: number) {
    this.url = url;
    this.size = size;
  }

  static async connect(url: string, size: number): Promise<Pool> {
    return new Pool(url, size);
  }

  async ping(): Promise<boolean> {
    return true;
  }

  async end(): Promise<void> {}
}

class Readings {
  readonly pool: Pool;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  mean(sensor: string): number {
    return sensor.length;
  }
}

test('the module of the README', async () => {
  // #region readme
  // import { defineModule, port, token } from 'mortar'; import { number, secret } from 'mortar/config';
  const Statistics = port('sensors.statistics', {
    mean: {
      data: z.object({ sensor: z.string() }),
      result: z.number(),
      timeoutMs: 2_000,
      isIdempotent: true,
    },
  });
  const Database = token<Pool>('Database'); // for what has no class of its own, or a private constructor

  const sensors = defineModule('sensors', (module) => {
    module.exposes(Statistics); // its contracts; one that nothing implements or handles is a fault
    const Settings = module.settings({
      schema: z.object({ url: z.url(), poolSize: z.number().max(100).default(10) }),
      settings: { url: secret('MORTAR_SENSORS_URL'), poolSize: number('MORTAR_SENSORS_POOL_SIZE') },
    });
    module.asyncFactory(Database, [Settings], ({ url, poolSize }) => Pool.connect(url.reveal(), poolSize), {
      dispose: (pool) => pool.end(), // after all that uses it
    });
    module.scoped(Readings, [Database]); // one for each message
    module.implement(Statistics, [Readings], {
      mean: ({ data }, readings) => readings.mean(data.sensor),
    });
    module.health('database', [Database], async (_, pool) => ({
      status: (await pool.ping()) ? 'healthy' : 'unhealthy',
    }));
  });

  const alarms = defineModule('alarms', (module) => {
    module.uses(Statistics, { retry: { attempts: 2 }, circuitBreaker: { failures: 5, cooldownMs: 10_000 } });
    module.onStart([Statistics], async ({ logger }, statistics) => {
      logger.info({ mean: await statistics.mean({ sensor: 'boiler' }) }, 'watching');
    });
  });
  // #endregion
  const env = { MORTAR_SENSORS_URL: 'https://example.org' };
  const app = await createApp({ modules: [alarms, sensors], env, logger: silentLogger });
  await app.start();
  expect(app.describe().startOrder).toEqual(['sensors', 'alarms']);
  expect(await app.health()).toMatchObject({ status: 'healthy' });
  expect(await app.locate(Statistics).mean({ sensor: 'tank' })).toBe(4);
  await app.stop();
  const failed = await createApp({ modules: [alarms], env, logger: silentLogger }).catch((error) => error);
  expect(failed).toBeInstanceOf(MortarError);
});
