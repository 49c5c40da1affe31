import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Runs a program as a user would write it, and answers with what it wrote. */
function run(program: string): {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
} {
  const options = { encoding: 'utf8', cwd: import.meta.dirname, maxBuffer: 64 * 1024 * 1024 } as const;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], options);
}

describe('createLogger', () => {
  it.each(['stdout', 'stderr'] as const)(
    'has written every line to %s when the process ends at once',
    (destination) => {
      const result = run(`
      import { createLogger } from 'mortar/logging';
      const logger = createLogger({ destination: '${destination}' });
      for (let line = 0; line < 5000; line += 1) logger.info({ line, filler: 'x'.repeat(200) }, 'm');
      process.exit(7);
    `);
      expect(result.status).toBe(7);
      const lines = result[destination].trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line).line)).toEqual(
        Array.from({ length: 5000 }, (_, index) => index),
      );
      expect(result[destination === 'stdout' ? 'stderr' : 'stdout']).toBe('');
    },
  );

  it('has written the last line before an uncaught error', () => {
    const result = run(`
      import { createLogger } from 'mortar/logging';
      createLogger().error('last words');
      throw new Error('crash');
    `);
    expect(result.stderr).toContain('last words');
  });

  it('does not end the process when its pipe is closed', () => {
    const program = `
      import { createLogger } from 'mortar/logging';
      const logger = createLogger({ destination: 'stdout' });
      for (let line = 0; line < 20000; line += 1) logger.info({ filler: 'x'.repeat(200) }, 'm');
      console.error('survived');
    `;
    const shell = `"${process.execPath}" --input-type=module --eval '${program.replaceAll("'", `'"'"'`)}' | head -1 >/dev/null`;
    const result = spawnSync('sh', ['-c', shell], { encoding: 'utf8', cwd: import.meta.dirname });
    expect(result.stderr).toContain('survived');
  });
});

describe('what an import loads', () => {
  // Neither library can be told from outside except by its modules: they are CommonJS, which Node lists in its cache.
  it.each([
    ['mortar', []],
    ['mortar/config', []],
    ['mortar/logging', ['pino']],
    ['mortar/resilience', ['cockatiel']],
  ])('%s loads %j', (entry, expected) => {
    const result = run(`
      import { createRequire } from 'node:module';
      import '${entry}';
      const files = Object.keys(createRequire(import.meta.url).cache);
      const loaded = ['cockatiel', 'pino'].filter((name) => files.some((file) => file.includes('/node_modules/' + name + '/')));
      console.log(JSON.stringify(loaded));
    `);
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toEqual(expected);
  });
});
