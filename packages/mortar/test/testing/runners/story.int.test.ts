import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures');

/** What `node --test` writes. */
async function outputOf(file: string): Promise<string> {
  // A test runner inside a test runner would report to the outer one.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', join(fixtures, file)];
  // It ends with 1 where a test has failed.
  const { stdout } = await promisify(execFile)(process.execPath, args, { env }).catch(
    (error: { readonly stdout: string }) => error,
  );
  return stdout;
}

describe('under node:test', () => {
  it('a story comes true, or fails and says where', async () => {
    const told = await outputOf('story.test.mjs');
    expect(told).toMatch(/^# pass 1$/m);
    expect(told).toMatch(/^# fail 1$/m);
    expect(told).toContain('event 1, counter.added, at data.by: expected 3; got 2');
  });

  it('a story without an end makes its file fail', async () => {
    const told = await outputOf('endless-story.test.mjs');
    expect(told).toMatch(/^# fail 1$/m);
    expect(told).toContain('got a when without an end');
  });
});
