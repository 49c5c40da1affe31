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

/** The figures that it ends with. */
async function nodeTest(file: string): Promise<Readonly<Record<string, number>>> {
  const stdout = await outputOf(file);
  return Object.fromEntries(
    [...stdout.matchAll(/^# (\w+) (\d+)$/gm)].map(([, name, count]) => [name, Number(count)]),
  );
}

describe('under node:test', () => {
  it('the cases of a repository pass, and those left out are skipped', async () => {
    const { tests, pass, fail, skipped } = await nodeTest('repository.test.mjs');
    expect({ fail, skipped }).toEqual({ fail: 0, skipped: 3 });
    expect(pass).toBeGreaterThanOrEqual(60);
    expect(tests).toBe(Number(pass) + 3);
  });

  it('a virtual clock runs', async () => {
    expect(await nodeTest('virtual-clock.test.mjs')).toMatchObject({ pass: 1, fail: 0 });
  });

  it('scenarios run in virtual time', async () => {
    expect(await nodeTest('scenario.test.mjs')).toMatchObject({ pass: 2, fail: 0 });
  });

  it('a scenario that fails says how, with the difference and what happened', async () => {
    expect(await nodeTest('failing-scenario.test.mjs')).toMatchObject({ pass: 0, fail: 1 });
    const output = await outputOf('failing-scenario.test.mjs');
    expect(output).toContain('when counter.add: other events were published');
    expect(output).toMatch(/\+ +by: 2,?\s+- +by: 3/);
    expect(output).toContain('then counter.added { by: 2, sum: 2 }');
  });
});
