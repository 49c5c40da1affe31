import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withProgram } from '../../contracts/programs/compile.js';

/* An app in a process of its own, whose handler goes on until a line comes in. */
const PROGRAM = `
import { once } from 'node:events';
import { createApp, defineModule, event, stopOnSignals } from 'mortar';
import { z } from 'zod';
const tell = (line) => process.stdout.write(line + '\\n');
const Begun = event('work.begun', { data: z.object({}) });
const work = defineModule('work', (module) => {
  module.on(Begun, async () => {
    tell('working');
    await once(process.stdin, 'data');
    tell('worked');
  });
  module.onStop(() => {
    tell('stopping');
    if (process.argv.includes('broken')) throw new Error('stuck');
  });
});
const quiet = () => {};
const logger = { trace: quiet, debug: quiet, warn: quiet, child: () => logger,
  info: (fields, text) => tell('info ' + fields.signal + ': ' + text),
  error: (fields, text) => tell('error ' + (fields.error?.code ?? '') + ': ' + text) };
const app = await createApp({ modules: [work], logger });
await app.start();
const listening = stopOnSignals(app, { logger, timeoutMs: 60_000 });
if (process.argv.includes('released')) listening[Symbol.dispose]();
await app.publish(Begun, {});
`;

/*
 * Two apps in one process, each of which stops when a line with its name comes in. The second listens to SIGTERM alone.
 * With a word of its own, the process listens to SIGTERM as well.
 */
const TWO = `
import { createInterface } from 'node:readline';
import { createApp, defineModule, stopOnSignals } from 'mortar';
const tell = (line) => process.stdout.write(line + '\\n');
const names = new Set();
const waiting = new Map();
createInterface({ input: process.stdin }).on('line', (name) => {
  names.add(name);
  waiting.get(name)?.();
});
const turnOf = (name) => new Promise((resolve) => (names.has(name) ? resolve() : waiting.set(name, resolve)));
const quiet = () => {};
const logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => logger };
for (const name of ['one', 'two']) {
  const module = defineModule(name, (module) => {
    module.onStop(async () => {
      tell(name + ' stops');
      await turnOf(name);
    });
  });
  const app = await createApp({ modules: [module], logger });
  await app.start();
  const stop = async (options) => {
    await app.stop(options);
    tell(name + ' stopped');
  };
  stopOnSignals({ stop }, name === 'one' ? {} : { signals: ['SIGTERM'] });
}
if (process.argv.includes('own')) process.on('SIGTERM', () => tell('heard'));
tell('ready');
`;

/** A process, all it has said, and a way to wait for a line. */
class Running {
  readonly process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #isClosed = false;
  text = '';

  constructor(folder: string, ...words: readonly string[]) {
    this.process = spawn(process.execPath, [join(folder, 'main.mjs'), ...words]);
    this.#closed = once(this.process, 'close').finally(() => {
      this.#isClosed = true;
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (chunk) => {
        this.text += chunk;
      });
  }

  /** Waits for a line, after as much text as is given. */
  async says(line: string, from = 0): Promise<void> {
    const { stdout } = this.process;
    while (!this.text.includes(line, from)) {
      if (this.#isClosed || stdout === null) throw new Error(`Ended without ${line}: ${this.text}`);
      await Promise.race([once(stdout, 'data'), this.#closed]);
    }
  }

  /** Everything is said when the process is closed. */
  async end(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    const [code, signal] = await once(this.process, 'close');
    return { code, signal };
  }
}

function run(
  words: readonly string[],
  use: (running: Running) => Promise<void>,
  program = PROGRAM,
): Promise<void> {
  return withProgram({ 'main.mjs': program }, async (folder) => {
    const running = new Running(folder, ...words);
    try {
      await use(running);
    } finally {
      running.process.kill('SIGKILL');
    }
  });
}

describe('an app that stops on signals', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('drains on %s, and ends by it', async (signal) => {
    await run([], async (running) => {
      await running.says('working');
      running.process.kill(signal);
      await running.says(`info ${signal}: The app stops, as it was asked to`);
      expect(running.process.exitCode).toBeNull();
      const end = running.end();
      running.process.stdin?.write('go\n');
      expect(await end).toEqual({ code: null, signal });
      expect(running.text).toMatch(/worked\nstopping\n$/);
    });
  });

  it('ends at once by a second signal', async () => {
    await run([], async (running) => {
      await running.says('working');
      running.process.kill('SIGTERM');
      await running.says('info SIGTERM');
      const end = running.end();
      running.process.kill('SIGINT');
      expect(await end).toEqual({ code: null, signal: 'SIGINT' });
      expect(running.text).not.toContain('stopping');
    });
  });

  it('tells of a stop that failed, and ends all the same', async () => {
    await run(['broken'], async (running) => {
      await running.says('working');
      running.process.kill('SIGTERM');
      await running.says('info SIGTERM');
      const end = running.end();
      running.process.stdin?.write('go\n');
      expect(await end).toEqual({ code: null, signal: 'SIGTERM' });
      expect(running.text).toContain('error MORTAR_STOP_FAILED: The app did not stop cleanly');
    });
  });

  it('does not, once it no longer listens', async () => {
    await run(['released'], async (running) => {
      await running.says('working');
      const end = running.end();
      running.process.kill('SIGTERM');
      expect(await end).toEqual({ code: null, signal: 'SIGTERM' });
      expect(running.text).toBe('working\n');
    });
  });
});

describe('two apps of one process that stop on signals', () => {
  const runTwo = (use: (running: Running) => Promise<void>, ...words: readonly string[]): Promise<void> =>
    run(words, use, TWO);

  it.each([
    ['one', 'two'],
    ['two', 'one'],
  ])('end it when the last of them has stopped, be %s the first', async (first, last) => {
    await runTwo(async (running) => {
      await running.says('ready');
      const end = running.end();
      running.process.kill('SIGTERM');
      await running.says('one stops');
      await running.says('two stops');
      running.process.stdin?.write(`${first}\n`);
      await running.says(`${first} stopped`);
      expect(running.process.exitCode ?? running.process.signalCode).toBeNull();
      running.process.stdin?.write(`${last}\n`);
      expect(await end).toEqual({ code: null, signal: 'SIGTERM' });
      expect(running.text).toContain(`${last} stopped`);
    });
  });

  it.each([false, true])(
    'end it at once by a second signal, though one has stopped: %s',
    async (hasStopped) => {
      await runTwo(async (running) => {
        await running.says('ready');
        const end = running.end();
        running.process.kill('SIGTERM');
        await running.says('two stops');
        if (hasStopped) {
          running.process.stdin?.write('one\n');
          await running.says('one stopped');
        }
        running.process.kill('SIGTERM');
        expect(await end).toEqual({ code: null, signal: 'SIGTERM' });
        expect(running.text).not.toContain('two stopped');
      });
    },
  );

  it('end it by the signal that one alone listens to, when that has stopped', async () => {
    await runTwo(async (running) => {
      await running.says('ready');
      const end = running.end();
      running.process.kill('SIGINT');
      await running.says('one stops');
      running.process.stdin?.write('one\n');
      expect(await end).toEqual({ code: null, signal: 'SIGINT' });
      expect(running.text).not.toContain('two stops');
    });
  });

  it('leave it to a listener of the user’s own, where there is one', async () => {
    await runTwo(async (running) => {
      await running.says('ready');
      running.process.kill('SIGTERM');
      await running.says('heard');
      running.process.stdin?.write('one\ntwo\n');
      await running.says('one stopped');
      await running.says('two stopped');
      // It still answers, now to its own listener alone.
      const told = running.text.length;
      running.process.kill('SIGTERM');
      await running.says('heard', told);
      expect(running.process.exitCode ?? running.process.signalCode).toBeNull();
    }, 'own');
  });
});
