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

/** A process, all it has said, and a way to wait for a line. */
class Running {
  readonly process: ChildProcess;
  text = '';

  constructor(folder: string, ...words: readonly string[]) {
    this.process = spawn(process.execPath, [join(folder, 'main.mjs'), ...words]);
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (chunk) => {
        this.text += chunk;
      });
  }

  async says(line: string): Promise<void> {
    while (!this.text.includes(line)) {
      if (this.process.exitCode !== null) throw new Error(`Ended without ${line}: ${this.text}`);
      await once(this.process.stdout ?? this.process, 'data');
    }
  }

  /** Everything is said when the process is closed. */
  async end(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    const [code, signal] = await once(this.process, 'close');
    return { code, signal };
  }
}

function run(words: readonly string[], use: (running: Running) => Promise<void>): Promise<void> {
  return withProgram({ 'main.mjs': PROGRAM }, async (folder) => {
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
