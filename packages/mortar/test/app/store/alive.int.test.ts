import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const CONSUMER = fileURLToPath(new URL('./fixtures/consumer.mjs', import.meta.url));

it('a process with a started app lives until the app is stopped, though nothing of it is under way', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [CONSUMER], { timeout: 60_000 });
  expect(stdout).toBe('call 1\ncall 2\nstopped\n');
});
