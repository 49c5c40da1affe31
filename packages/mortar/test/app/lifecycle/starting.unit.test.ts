import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, query } from '../../../src/contracts/index.js';
import { type App, defineModule, event, port } from '../../../src/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { LogBook } from '../../support/log-book.js';
import { Latch } from '../../support/parcels.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';
import { MailSent, quietApp, startedApp } from '../journal.js';
import { down, type Log, member, up } from './crew.js';

const nothing = z.object({});
const Warmed = event('stove.warmed', { data: z.object({ by: z.string() }) });
const Warm = command('stove.warm', { data: nothing, result: z.string() });
const IsWarm = query('stove.is-warm', { data: nothing, result: z.boolean() });
const Heat = port('stove.heat', { rise: { data: nothing, result: z.number() } });

/** Owns a port, a command and a query, which others call at their start. */
function stove(log: Log) {
  return member('stove', log, (module) => {
    module.implement(Heat as never, { rise: () => 1 } as never);
    module.handle(Warm, () => 'warm');
    module.answer(IsWarm, () => true);
  });
}

describe('modules start', () => {
  it('as they are listed, but after those whose ports they need, and those they name', async () => {
    const log: Log = [];
    const app = await startedApp([
      member('b', log, (module) => module.startsAfter('c')),
      member('a', log, (module) => module.onStart([Heat], async (_, heat) => void (await heat.rise({})))),
      member('c', log),
      stove(log),
    ]);
    expect(log.splice(0)).toEqual(up('c', 'b', 'stove', 'a'));
    expect(app.describe().startOrder).toEqual(['c', 'b', 'stove', 'a']);
    await app.stop();
    expect(log).toEqual(down('a', 'stove', 'b', 'c'));
  });

  it('with hooks in their order, which may be asynchronous', async () => {
    const log: Log = [];
    const app = await startedApp([
      member('a', log, (module) => {
        module.onStart(async () => {
          await settled();
          log.push('second');
        });
        module.onStart(() => void log.push('third'));
        module.onStop(async () => {
          await settled();
          log.push('last but one');
        });
      }),
      member('b', log),
    ]);
    expect(log.splice(0)).toEqual([...up('a'), 'second', 'third', ...up('b')]);
    await app.stop();
    expect(log).toEqual([...down('b'), 'last but one', ...down('a')]);
  });
});

describe('a hook at the start', () => {
  it('may send to modules that have started, and logs in its module’s name', async () => {
    const book = new LogBook();
    const answers: unknown[] = [];
    const app = await startedApp(
      [
        stove([]),
        member('kitchen', [], (module) => {
          module.onStart([Heat], async ({ dispatch, ask, logger, signal }, heat) => {
            answers.push(
              await dispatch(Warm, {}),
              await ask(IsWarm, {}),
              await heat.rise({}),
              signal.aborted,
            );
            logger.info('cooking');
          });
        }),
      ],
      { logger: book },
    );
    expect(answers).toEqual(['warm', true, 1, false]);
    expect(book.lines).toContainEqual({ level: 'info', message: 'cooking', fields: { module: 'kitchen' } });
    await app.stop();
  });

  it('publishes what is delivered when the whole app has started', async () => {
    const log: Log = [];
    const listening = member('listener', log, (module) => {
      module.on(Warmed, ({ data, envelope }) => void log.push(`heard ${data.by} ${envelope.actor}`));
    });
    const publishing = defineModule('stove', (module) => {
      module.onStart(async ({ publish }) => {
        await publish(Warmed, { by: 'coal' });
        await publish(Warmed, { by: 'wood' });
        await settled();
        log.push('stove is warm');
      });
    });
    const app = await startedApp([publishing, listening]);
    await app.stop();
    expect(log).toEqual([
      'stove is warm',
      ...up('listener'),
      'heard coal undefined',
      'heard wood undefined',
      ...down('listener'),
    ]);
  });

  it('publishes at the time that the app’s clock shows', async () => {
    const clock = VirtualClock.at('2026-01-31T12:00:00Z');
    const times: unknown[] = [];
    const publishing = defineModule('stove', (module) => {
      module.on(Warmed, ({ envelope }) => void times.push(envelope.occurredAt));
      module.onStart(({ publish }) => publish(Warmed, { by: 'coal' }));
    });
    const app = await startedApp([publishing], { bus: { clock } });
    await app.stop();
    expect(times).toEqual([Date.parse('2026-01-31T12:00:00Z')]);
  });

  it('publishes nothing where the app does not start', async () => {
    const heard: string[] = [];
    let isBroken = true;
    const publishing = defineModule('stove', (module) => {
      module.on(Warmed, ({ data }) => void heard.push(data.by));
      module.onStart(({ publish }) => publish(Warmed, { by: isBroken ? 'coal' : 'wood' }));
      module.onStart(() => {
        if (isBroken) throw new Error('no chimney');
      });
    });
    const app = await quietApp([publishing]);
    await rejectionOf(app.start());
    isBroken = false;
    await app.start();
    await app.stop();
    expect(heard).toEqual(['wood']);
  });

  it.each([
    ['data that its contract refuses', 'MORTAR_DATA_INVALID', { by: 5 }, Warmed],
    ['the event of another module', 'MORTAR_NOT_OWNER', { to: 'ada' }, MailSent],
  ])('may not publish %s', async (_, code, data, contract) => {
    const wrong = defineModule('stove', (module) => {
      module.onStart(({ publish }) => publish(contract as typeof Warmed, data as never));
    });
    const error = await rejectionOf((await quietApp([wrong])).start());
    expect(error).toMatchObject({ code: 'MORTAR_START_FAILED', cause: { code } });
  });

  it.each(['publish', 'dispatch', 'ask'] as const)(
    'may not %s what its module did not declare',
    async (verb) => {
      const wrong = defineModule('stove', (module) => {
        module.publishes();
        module.dispatches();
        module.asks();
        module.handle(Warm, () => 'warm');
        module.answer(IsWarm, () => true);
        module.onStart(async (context) => {
          if (verb === 'publish') await context.publish(Warmed, { by: 'coal' });
          else if (verb === 'dispatch') await context.dispatch(Warm, {});
          else await context.ask(IsWarm, {});
        });
      });
      const error = await rejectionOf((await quietApp([wrong])).start());
      expect(error.cause).toMatchObject({
        code: 'MORTAR_SEND_UNDECLARED',
        expected: `module stove to ${verb} nothing`,
        got: expect.stringMatching(/^stove\.[a-z-]+, at its start$/),
      });
    },
  );

  it.each(['reject', 'wait'] as const)(
    'that publishes more than the queue takes (%s) does not start the app, which may be started anew',
    async (whenFull) => {
      const log: Log = [];
      const held = new Latch();
      let count = 10;
      const app = await quietApp(
        [
          member('stove', log, (module) => {
            module.on(Warmed, () => held.opened);
            module.onStart(async ({ publish }) => {
              for (let time = 0; time < count; time += 1)
                await publish(Warmed as never, { by: 'coal' } as never);
            });
          }),
        ],
        { bus: { concurrency: 1, queue: { maxSize: 1, whenFull } } },
      );
      expect(await rejectionOf(app.start())).toMatchObject({
        code: 'MORTAR_START_FAILED',
        expected: 'what was published at the start to be accepted',
        cause: { code: 'MORTAR_QUEUE_FULL' },
      });
      expect(log.splice(0)).toEqual([...up('stove'), ...down('stove')]);
      held.open();
      count = 0;
      await app.start();
      await app.stop();
      expect(log).toEqual([...up('stove'), ...down('stove')]);
    },
  );
});

describe('start', () => {
  it('is refused while another is under way', async () => {
    const app = await quietApp([member('a', [])]);
    const first = app.start();
    expect(await rejectionOf(app.start())).toMatchObject({
      code: 'MORTAR_APP_STATE',
      got: 'one that is being started',
    });
    await first;
    await app.stop();
  });

  it('is given up where the app is stopped meanwhile: all that had started stops', async () => {
    const log: Log = [];
    let signal: AbortSignal | undefined;
    const begun = new Latch();
    const app = await quietApp([
      member('a', log),
      member('b', log, (module) => {
        module.onStart(async (context) => {
          signal = context.signal;
          begun.open();
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
        });
      }),
      member('c', log),
    ]);
    const start = rejectionOf(app.start());
    await begun.opened;
    expect(signal?.aborted).toBe(false);
    const stop = app.stop();
    expect(signal?.aborted).toBe(true);
    expect(await start).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'module b to start',
      cause: { code: 'MORTAR_APP_STATE', rule: 'An app that is stopped starts no further.' },
    });
    expect(await stop).toEqual({ isDrained: true, givenUp: 0 });
    // The hook was not waited for, so b had not started, and none of its hooks at the stop is called.
    expect(log).toEqual([...up('a', 'b'), 'b disposed', ...down('a')]);
    expect((await rejectionOf(app.start())).got).toBe('one that has been stopped');
  });

  it('is given up also in the hook of the last module, and what was published is dropped', async () => {
    const log: Log = [];
    let stop: Promise<unknown> | undefined;
    const app: App = await quietApp([
      member('a', log, (module) => module.on(Warmed, ({ data }) => void log.push(`heard ${data.by}`))),
      defineModule('stove', (module) => {
        module.onStart(({ publish }) => publish(Warmed, { by: 'coal' }));
        module.onStart(() => {
          stop = app.stop();
        });
      }),
    ]);
    expect(await rejectionOf(app.start())).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'module stove to start',
      cause: { code: 'MORTAR_APP_STATE' },
    });
    expect(await stop).toEqual({ isDrained: true, givenUp: 0 });
    expect(log).toEqual([...up('a'), ...down('a')]);
  });

  it('is given up where a hook waits for the stop of its app, in no time at all', async () => {
    const log: Log = [];
    const clock = new VirtualClock();
    const app: App = await quietApp(
      [
        member('a', log),
        member('b', log, (module) => {
          module.onStart(async () => {
            log.push(`drained ${(await app.stop()).isDrained}`);
          });
        }),
      ],
      { bus: { clock } },
    );
    expect(await rejectionOf(app.start())).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'module b to start',
      cause: { code: 'MORTAR_APP_STATE', rule: 'An app that is stopped starts no further.' },
    });
    await app.stop();
    expect(log).toEqual([...up('a', 'b'), 'b disposed', ...down('a'), 'drained true']);
    expect([clock.now(), clock.pending]).toEqual([new VirtualClock().now(), 0]);
  });

  it('goes on where a stop meanwhile is refused for its options', async () => {
    const log: Log = [];
    const app: App = await quietApp([
      member('a', log, (module) => {
        module.onStart(async ({ signal }) => {
          for (const options of [{ timeoutMs: -1 }, { timeout: 5 } as object])
            expect((await rejectionOf(app.stop(options))).code).toBe('MORTAR_OPTIONS_INVALID');
          log.push(`aborted ${signal.aborted}`);
        });
      }),
    ]);
    await app.start();
    expect((await rejectionOf(app.stop({ timeoutMs: -1 }))).code).toBe('MORTAR_OPTIONS_INVALID');
    expect((await app.health()).status).toBe('healthy');
    expect(log).toEqual([...up('a'), 'aborted false']);
    await app.stop({ timeoutMs: 0 });
  });
});
