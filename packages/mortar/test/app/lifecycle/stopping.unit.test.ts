import { describe, expect, it } from 'vitest';
import type { App } from '../../../src/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { LogBook } from '../../support/log-book.js';
import { Latch } from '../../support/parcels.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';
import { EntryWritten, journal, listener, quietApp, startedApp } from '../journal.js';
import { down, Extra, type Log, member, never, up } from './crew.js';

const DRAINED = { isDrained: true, givenUp: 0 };

describe('stop', () => {
  it('calls hooks when no handler runs any more, and before services are disposed of', async () => {
    const log: Log = [];
    const held = new Latch();
    const app = await startedApp([
      journal,
      member('mail', log, (module) => {
        module.on(EntryWritten, async () => {
          await held.opened;
          await settled();
          log.push('mail handled');
        });
      }),
    ]);
    await app.publish(EntryWritten, { text: 'a' });
    const stop = app.stop();
    await settled();
    expect(log.splice(0)).toEqual(up('mail'));
    held.open();
    expect(await stop).toEqual(DRAINED);
    expect(log).toEqual(['mail handled', ...down('mail')]);
  });

  it('a second time, or at once, stops nothing twice', async () => {
    const log: Log = [];
    const app = await startedApp([member('a', log), member('b', log)]);
    expect(await Promise.all([app.stop(), app.stop()])).toEqual([DRAINED, DRAINED]);
    expect(await app.stop()).toEqual(DRAINED);
    await app[Symbol.asyncDispose]();
    expect(log).toEqual([...up('a', 'b'), ...down('b', 'a')]);
  });

  it('of an app that was never started makes nothing and calls nothing', async () => {
    const log: Log = [];
    const app = await quietApp([member('a', log)]);
    expect(await app.stop()).toEqual(DRAINED);
    expect(log).toEqual([]);
  });

  it.each(['at once', 'later'])('from within a handler, %s, waits for no time to pass', async (when) => {
    const log: Log = [];
    const clock = new VirtualClock();
    const reports: unknown[] = [];
    const app: App = await startedApp(
      [
        journal,
        member('a', log),
        listener(async () => {
          if (when === 'later') await settled();
          reports.push(await app.stop());
          log.push('handled');
        }),
      ],
      { bus: { clock } },
    );
    await app.publish(EntryWritten, { text: 'a' });
    await settled();
    expect(reports).toEqual([DRAINED]);
    expect(log).toEqual([...up('a'), ...down('a'), 'handled']);
    expect(clock.pending).toBe(0);
  });

  it('ends what leaves a block', async () => {
    const log: Log = [];
    {
      await using app = await startedApp([member('a', log), member('b', log)]);
      expect(app.describe().startOrder).toEqual(['a', 'b']);
    }
    expect(log).toEqual([...up('a', 'b'), ...down('b', 'a')]);
  });
});

describe('a module that does not stop cleanly', () => {
  it('keeps no other from stopping, and all that went wrong is told and logged', async () => {
    const log: Log = [];
    const book = new LogBook();
    const broken = (text: string) => (): never => {
      throw new Error(text);
    };
    const app = await startedApp(
      [
        member('a', log),
        member('b', log, (module) => {
          module.onStop(broken('b is stuck'));
          module.factory(Extra, [], () => ({}), { dispose: broken('b leaks') });
        }),
        member('c', log, (module) => module.onStop(async () => broken('c is stuck')())),
      ],
      {
        logger: book,
        shared: (services) => services.factory(Extra, [], () => ({}), { dispose: broken('all leak') }),
      },
    );
    const error = await rejectionOf(app.stop());
    expect(error).toMatchObject({ code: 'MORTAR_STOP_FAILED', category: 'internal' });
    expect(error.issues).toEqual([
      { path: 'onStop of c', message: 'c is stuck' },
      { path: 'onStop of b', message: 'b is stuck' },
      { path: 'services of b', message: expect.stringContaining('Extra: b leaks') },
      { path: 'shared services', message: expect.stringContaining('Extra: all leak') },
    ]);
    for (const { path } of error.issues) expect(error.message).toContain(path);
    expect(book.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['path'])).toEqual(
      error.issues.map(({ path }) => path),
    );
    expect(log).toEqual([...up('a', 'b', 'c'), ...down('c', 'b', 'a')]);
    // All was tried; the second stop has the outcome of the first.
    expect(await rejectionOf(app.stop())).toBe(error);
  });

  it('is not waited for beyond its time', async () => {
    const log: Log = [];
    const clock = new VirtualClock();
    let signal: AbortSignal | undefined;
    const app = await startedApp(
      [
        member('a', log),
        member('b', log, (module) => {
          module.onStop((context) => {
            signal = context.signal;
            return never();
          });
        }),
        member('c', log, (module) => module.factory(Extra, [], () => ({}), { dispose: () => never() })),
      ],
      { bus: { clock }, hookTimeoutMs: 500 },
    );
    const stop = rejectionOf(app.stop());
    await clock.advance(999);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(signal?.aborted).toBe(true);
    await clock.runOut();
    const { issues } = await stop;
    expect(issues.map(({ path }) => path)).toEqual(['services of c', 'onStop of b', 'shared services']);
    for (const { message } of issues) expect(message).toContain('to be done within 500 ms');
    expect(issues[1]?.message).toMatch(/the hook at \S+stopping\.unit\.test\.ts:\d+ /);
    expect(log).toEqual([...up('a', 'b', 'c'), 'c stops', ...down('b', 'a')]);
  });

  it('is told where a block is left, too', async () => {
    const app = await startedApp([
      member('a', [], (module) => module.onStop(() => Promise.reject(new Error('stuck')))),
    ]);
    expect((await rejectionOf(app[Symbol.asyncDispose]() as Promise<void>)).code).toBe('MORTAR_STOP_FAILED');
  });
});
