import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { MortarError } from '../../../src/errors/index.js';
import { type App, command, defineModule } from '../../../src/index.js';
import type { ModuleBuilder } from '../../../src/modules/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';
import { quietApp } from '../journal.js';
import { down, Extra, type Log, member, never, up } from './crew.js';

/* An app of three modules, the second of which does not start at first. */

interface Rig {
  readonly app: App;
  readonly log: Log;
  readonly clock: VirtualClock;
  /** Lets the second module start from now on. */
  mend(): void;
}

/** `fail` is called where the second module goes wrong, until it is mended. */
async function rig(
  register: (module: ModuleBuilder<string>, fail: <T>(value: T) => T | Promise<T>) => void,
  how: <T>() => T | Promise<T>,
): Promise<Rig> {
  const log: Log = [];
  const clock = new VirtualClock();
  let isMended = false;
  const fail = <T>(value: T): T | Promise<T> => (isMended ? value : how<T>());
  const app = await quietApp(
    [member('a', log), member('b', log, (module) => register(module, fail)), member('c', log)],
    {
      bus: { clock },
      hookTimeoutMs: 1_000,
      shared: (services) => services.singleton(memberOf(log)),
    },
  );
  return {
    app,
    log,
    clock,
    mend: () => {
      isMended = true;
    },
  };
}

/** A service that all share. */
function memberOf(log: Log): new () => Disposable {
  return class Shared {
    constructor() {
      log.push('shared made');
    }
    [Symbol.dispose](): void {
      log.push('shared disposed');
    }
  };
}

/** What is told between the first and the last of what is shared. */
function all(...lines: readonly string[]): readonly string[] {
  return ['shared made', ...lines, 'shared disposed'];
}

const broken = (): never => {
  throw new TypeError('no file');
};

/** It failed in b, which a outlived; all was given back; and the app may be started anew. */
async function checkFailed(
  { app, log, mend }: Rig,
  error: MortarError,
  made: readonly string[],
): Promise<void> {
  expect(error).toMatchObject({
    code: 'MORTAR_START_FAILED',
    rule: 'An app starts with all its modules or not at all.',
    expected: 'module b to start',
    issues: [],
  });
  expect(error.got).toMatch(/; a, which had started, stopped again$/);
  expect(log.splice(0)).toEqual(all(...up('a'), ...made, ...down('a')));
  mend();
  await app.start();
  await app.stop();
  expect(log).toEqual(all(...up('a', 'b', 'c'), ...down('c', 'b', 'a')));
}

describe('a module fails to start', () => {
  it('by a constructor', async () => {
    const one = await rig((module, fail) => {
      class Frail {
        readonly part: unknown = fail('part');
      }
      module.singleton(Frail);
    }, broken);
    const error = await rejectionOf(one.app.start());
    expect(error.cause).toMatchObject({ code: 'MORTAR_BINDING_FAILED', cause: new TypeError('no file') });
    expect(error.message).toMatch(/Frail, bound by module b \(\S+failing-start\.unit\.test\.ts:\d+\)/);
    await checkFailed(one, error, ['b made', 'b disposed']);
  });

  it('by an asynchronous factory', async () => {
    const one = await rig((module, fail) => module.asyncFactory(Extra, [], async () => fail({})), broken);
    const error = await rejectionOf(one.app.start());
    expect(error.cause).toMatchObject({ code: 'MORTAR_BINDING_FAILED', cause: new TypeError('no file') });
    await checkFailed(one, error, ['b made', 'b disposed']);
  });

  it('by a hook', async () => {
    const one = await rig((module, fail) => module.onStart(async () => fail(undefined)), broken);
    const error = await rejectionOf(one.app.start());
    expect(error.cause).toEqual(new TypeError('no file'));
    expect(error.got).toMatch(/^no file; /);
    // Its first hook had run, but the module had not started, so that its hooks at the stop are not called.
    await checkFailed(one, error, ['b made', 'b starts', 'b disposed']);
  });

  it('by a hook that does not end in time, and is told so', async () => {
    let signal: AbortSignal | undefined;
    const one = await rig((module, fail) => {
      module.onStart(async (context) => {
        signal = context.signal;
        await fail(undefined);
      });
    }, never);
    const start = rejectionOf(one.app.start());
    await one.clock.advance(999);
    expect(signal?.aborted).toBe(false);
    await one.clock.advance(1);
    const error = await start;
    expect(signal?.aborted).toBe(true);
    expect(error.cause).toMatchObject({ code: 'MORTAR_TIMEOUT' });
    expect(error.message).toMatch(
      /the hook at \S+failing-start\.unit\.test\.ts:\d+ to be done within 1000 ms/,
    );
    await checkFailed(one, error, ['b made', 'b starts', 'b disposed']);
  });

  it('by a service that is not made in time, for which nobody waits any more', async () => {
    const one = await rig((module, fail) => module.asyncFactory(Extra, [], async () => fail({})), never);
    const start = rejectionOf(one.app.start());
    await one.clock.runOut();
    const error = await start;
    expect(error.cause).toMatchObject({ code: 'MORTAR_TIMEOUT' });
    expect(error.message).toContain('the services of module b to be done within 1000 ms');
    // What all share may still be needed by what is being made, so it is not disposed of either.
    expect(error.issues).toMatchObject([{ path: 'services of b' }, { path: 'shared services' }]);
    expect(one.log.splice(0)).toEqual(['shared made', ...up('a'), 'b made', ...down('a')]);
    one.mend();
    await one.app.start();
    await one.app.stop();
    expect(one.log).toEqual(all(...up('a', 'b', 'c'), ...down('c', 'b', 'a')));
  });

  it('and those that stop again fail too: all of it is told', async () => {
    const log: Log = [];
    const app = await quietApp([
      member('a', log, (module) => {
        module.onStop(() => Promise.reject(new Error('a is stuck')));
        module.factory(Extra, [], () => ({}), { dispose: () => Promise.reject(new Error('a leaks')) });
      }),
      member('b', log, (module) => module.onStart(broken)),
    ]);
    const error = await rejectionOf(app.start());
    expect(error).toMatchObject({ code: 'MORTAR_START_FAILED', cause: new TypeError('no file') });
    expect(error.issues.map(({ path }) => path)).toEqual(['onStop of a', 'services of a']);
    expect(error.issues.map(({ message }) => message)).toEqual([
      'a is stuck',
      expect.stringContaining('a leaks'),
    ]);
    expect(log).toEqual([...up('a'), 'b made', 'b starts', 'b disposed', ...down('a')]);
  });

  it('or what all modules share can not be made', async () => {
    const log: Log = [];
    let isBroken = true;
    const app = await quietApp([member('a', log)], {
      shared: (services) => services.asyncFactory(Extra, [], async () => (isBroken ? broken() : {})),
    });
    expect(await rejectionOf(app.start())).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'the shared services to be made',
      cause: { code: 'MORTAR_BINDING_FAILED', cause: new TypeError('no file') },
    });
    expect(log).toEqual([]);
    isBroken = false;
    await app.start();
    expect(log).toEqual(up('a'));
    await app.stop();
  });

  it('and says so also where it was the first', async () => {
    const app = await quietApp([member('a', [], (module) => module.onStart(broken))]);
    expect((await rejectionOf(app.start())).got).toBe('no file');
  });

  it('and its handlers have the services of the start that succeeds, though they ran before', async () => {
    const Tell = command('b.tell', { data: z.object({}), result: z.boolean() });
    class Tool {
      isDisposed = false;
      [Symbol.dispose](): void {
        this.isDisposed = true;
      }
    }
    let isBroken = true;
    const app = await quietApp([
      defineModule('b', (module) => {
        module.singleton(Tool);
        module.handle(Tell, [Tool], (_, tool) => tool.isDisposed);
        module.onStart(async ({ dispatch }) => {
          expect(await dispatch(Tell, {})).toBe(false);
          if (isBroken) broken();
        });
      }),
    ]);
    await rejectionOf(app.start());
    isBroken = false;
    await app.start();
    expect(await app.dispatch(Tell, {})).toBe(false);
    await app.stop();
  });

  it('as often as it is tried', async () => {
    const one = await rig((module, fail) => module.onStart(async () => fail(undefined)), broken);
    for (let time = 0; time < 3; time += 1) {
      expect((await rejectionOf(one.app.start())).code).toBe('MORTAR_START_FAILED');
      await settled();
    }
    expect(one.log.filter((line) => line.endsWith('made'))).toHaveLength(9);
    expect(one.log.filter((line) => line.endsWith('disposed'))).toHaveLength(9);
    expect(await one.app.stop()).toEqual({ isDrained: true, givenUp: 0 });
  });
});
