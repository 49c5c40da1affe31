import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp, defineModule, event } from '../../src/index.js';
import { type LogFields, type Logger, silentLogger } from '../../src/logging/logger.js';

const Ticked = event('clock.ticked', { data: z.object({ n: z.number() }) });

/** A logger that keeps what it is told at `warn`. */
function keepingLogger(lines: { fields: LogFields; message: string }[]): Logger {
  const logger: Logger = {
    ...silentLogger,
    warn: (fields: LogFields | string, message?: string) => {
      if (typeof fields !== 'string') lines.push({ fields, message: message ?? '' });
    },
    child: () => logger,
  };
  return logger;
}

describe('the options of an app', () => {
  it('bound its bus', async () => {
    let running = 0;
    let most = 0;
    const module = defineModule('clock', ({ on }) => {
      on(Ticked, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      });
    });
    const app = await createApp({ modules: [module], logger: silentLogger, bus: { concurrency: 2 } });
    await app.start();
    await Promise.all([1, 2, 3, 4, 5].map((n) => app.publish(Ticked, { n }, { wait: 'handled' })));
    await app.stop();
    expect(most).toBe(2);
  });

  it('are refused where the bus would refuse them', async () => {
    await expect(
      createApp({ modules: [], logger: silentLogger, bus: { concurrency: 0 } }),
    ).rejects.toMatchObject({
      code: 'MORTAR_OPTIONS_INVALID',
    });
  });

  it('give a logger, which hears of every delivery that dies', async () => {
    const lines: { fields: LogFields; message: string }[] = [];
    const module = defineModule('clock', ({ on }) => {
      on(Ticked, { retry: { attempts: 1 } }, () => {
        throw new Error('out of step');
      });
    });
    const app = await createApp({ modules: [module], logger: keepingLogger(lines) });
    await app.start();
    const [outcome] = await app.publish(Ticked, { n: 1 }, { wait: 'handled' });
    await app.stop();
    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields).toMatchObject({
      subscription: 'clock/clock.ticked',
      attempts: 1,
      reason: 'failed',
      type: 'clock.ticked',
      deadLetterId: (outcome as { deadLetterId?: string }).deadLetterId,
    });
  });
});
