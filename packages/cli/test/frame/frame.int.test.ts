import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMAND, cleanEnvironment, folderWith, mortar, run } from '../command.js';

/** Each command, with what it can't do without. */
const COMMANDS: readonly (readonly string[])[] = [
  ['check'],
  ['graph'],
  ['why'],
  ['explain'],
  ['what-if'],
  ['what-if', 'move'],
  ['hooks'],
  ['hooks', 'install'],
  ['hooks', 'uninstall'],
  ['hooks', 'status'],
  ['init'],
  ['describe'],
  ['explain-error'],
  ['doctor'],
  ['migrate'],
  ['completion'],
];

describe('help', () => {
  test('names every command', async () => {
    const { code, stdout, stderr } = await mortar('/', '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const names = [...stdout.matchAll(/^ {2}([a-z][a-z-]+)[ \n]/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual([...new Set(COMMANDS.map(([name]) => name)), 'help'].sort());
  });

  test.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    'mortar %s --help',
    async (_, command) => {
      const { code, stdout, stderr } = await mortar('/', ...command, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: mortar ${command.join(' ')} `));
      expect(stdout).toContain('--json');
    },
  );

  test.each([[], ['check'], ['hooks', 'install'], ['what-if', 'move'], ['help']])(
    'mortar help %s %s is what --help says',
    async (...names) => {
      const words = names.filter((name) => name !== undefined);
      const asked = await mortar('/', 'help', ...words);
      expect(asked).toMatchObject({ code: 0, stderr: '' });
      expect(asked.stdout).toBe((await mortar('/', ...words, '--help')).stdout);
    },
  );

  test.each([
    [['chekc'], 'check, perhaps'],
    [['hooks', 'instal'], 'install, perhaps'],
    [['check', 'install'], '"install"'],
    [['--', '__proto__'], '"__proto__"'],
  ])('mortar help %j is answered with the nearest', async (names, said) => {
    const { code, stdout, stderr } = await mortar('/', 'help', ...names);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^MORTAR_OPTIONS_INVALID: [^\n]*\n$/);
    expect(stderr).toContain(said);
  });

  test('without a command it is wrong use, and shown on the standard error', async () => {
    const { code, stdout, stderr } = await mortar('/');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: mortar /);
  });

  test('the version is that of the package', async () => {
    const { stdout } = await mortar('/', '--version');
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await mortar('/', '-v')).stdout).toBe(stdout);
    const asJson = await mortar('/', '--version', '--json');
    expect(JSON.parse(asJson.stdout)).toEqual({ version: stdout.trim() });
  });
});

describe('what is not known', () => {
  test.each([
    [['chekc'], 'check'],
    [['hook'], 'hooks'],
    [['hooks', 'instal'], 'install'],
    [['check', '--stagd'], '--staged'],
    [['check', '--chnaged', 'main'], '--changed'],
    [['check', '--updatebaseline'], '--update-baseline'],
    [['graph', '--fromat', 'dot'], '--format'],
    [['doctor', '--jsn'], '--json'],
  ])('%j is answered with the nearest', async (args, nearest) => {
    const { code, stdout, stderr } = await mortar('/', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: unknown (command|option)/);
    expect(stderr).toContain(`Did you mean ${nearest}?`);
  });

  test.each([
    [['check', '--format', 'jsn'], 'Allowed choices are'],
    [['graph', '--format', 'png'], 'mermaid'],
    [['check', 'src/main.ts'], '--root <folder>'],
    [['graph', 'extra'], 'too many arguments'],
    [['why', 'one'], "missing required argument 'to'"],
    [['check', '--staged', '--changed', 'main'], 'cannot be used with'],
    [['check', '--changed'], 'argument missing'],
  ])('%j says what is known', async (args, expected) => {
    const { code, stderr } = await mortar('/', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
  });

  test('is one document as JSON', async () => {
    const { code, stdout, stderr } = await mortar('/', 'doctor', '--json', '--rot', 'x');
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'MORTAR_OPTIONS_INVALID',
        category: 'validation',
        message: expect.stringContaining('Did you mean --root?'),
      },
    });
    const failed = await mortar(folderWith(), 'hooks', 'status', '--json');
    expect(JSON.parse(failed.stdout).error.code).toBe('MORTAR_GIT_UNAVAILABLE');
  });
});

describe('--json', () => {
  test.each([
    [['--json', 'explain-error', 'TIMEOUT']],
    [['--json', 'completion', 'bash']],
    [['--json', 'help', 'check']],
    [['--json', 'hooks', 'status']],
    [['hooks', '--json', 'status']],
  ])('%j means what it does at the end', async (args) => {
    const folder = folderWith();
    const plain = args.filter((one) => one !== '--json');
    const before = await mortar(folder, ...args);
    JSON.parse(before.stdout);
    expect(before).toEqual(await mortar(folder, ...plain, '--json'));
  });

  test.each([
    [['--help', '--json'], []],
    [['--json', '-h'], []],
    [['check', '--help', '--json'], ['check']],
    [
      ['--json', 'what-if', 'move', '--help'],
      ['what-if', 'move'],
    ],
    [['hooks', '--json', '--help'], ['hooks']],
    [['check', '--format', 'json', '--help'], ['check']],
  ])('%j is what help says as data', async (args, path) => {
    const { code, stdout, stderr } = await mortar('/', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe((await mortar('/', 'help', ...path, '--json')).stdout);
    expect(JSON.parse(stdout).path).toEqual(path);
  });

  test.each([[['--json']], [['hooks', '--json']], [['--json', 'what-if']]])(
    '%j is without a command: one document says so',
    async (args) => {
      const { code, stdout, stderr } = await mortar('/', ...args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
      expect(JSON.parse(stdout).error.message).toMatch(/^a command is missing/);
    },
  );
});

describe('--root', () => {
  test.each([
    ['web', ['--root', 'web', 'explain', 'a', 'b']],
    ['web', ['--root=web', 'check']],
    ['web', ['--root', 'web', 'what-if', 'move', 'a', 'b']],
    ['web', ['what-if', '--root', 'web', 'move', 'a', 'b']],
    // What stands nearer to the end is nearer to what it is for.
    ['web', ['--root', 'nowhere', 'check', '--root', 'web']],
    ['web', ['--root', 'nowhere', 'hooks', '--root', 'web', 'status']],
  ])('before a command is meant for it: %s in %j', async (root, args) => {
    const folder = folderWith({ 'package.json': '{}', [`${root}/package.json`]: '{ "name": "web" }' });
    const plain = args.filter((one, index) => !one.startsWith('--root') && args[index - 1] !== '--root');
    const meant = await mortar(folder, ...args);
    expect(meant).toEqual(await mortar(folder, ...plain, '--root', root));
    expect(meant.stderr).toMatch(/^MORTAR_(?:PROJECT_EMPTY|GIT_UNAVAILABLE): /);
  });

  test.each([['completion', 'bash'], ['explain-error'], ['help'], ['migrate', 'shop.db', '--dry-run']])(
    'is wrong use before a command that has none: %s',
    async (...args) => {
      expect(await mortar(folderWith(), '--root', '.', ...args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(`the command ${args[0]} takes no option '--root'`),
      });
    },
  );
});

describe('output', () => {
  test.each([
    ['a reader that leaves after one line', '| head -n 1', 'src/'],
    ['a reader that leaves at once', '| true', ''],
    ['a closed standard output', '>&-', ''],
  ])('%s changes nothing of what a check ends with', async (_, outlet, begins) => {
    const files = Array.from({ length: 2_000 }, (__, index) => [`src/f${index}.ts`, "import './none.js';\n"]);
    const folder = folderWith({
      ...Object.fromEntries(files),
      'package.json': '{ "name": "web" }',
      'mortar.config.json': '{ "rules": { "unresolved-import": "error" } }',
    });
    const line = `{ "${process.execPath}" "${COMMAND}" check; echo "code $?" >&2; } ${outlet}`;
    const { stdout, stderr } = await run(folder, 'sh', ['-c', line]);
    expect(stderr).toBe('code 1\n');
    expect(stdout.slice(0, begins.length)).toBe(begins);
  });

  test('a reader that leaves at once ends it quietly', async () => {
    const child = spawn(process.execPath, [COMMAND, 'explain-error'], {
      env: cleanEnvironment(),
      stdio: 'pipe',
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('a closed standard output is none either', async () => {
    const { code, stderr } = await run('/', 'sh', [
      '-c',
      `"${process.execPath}" "${COMMAND}" explain-error >&-`,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  // Only Linux has it.
  test.skipIf(!existsSync('/dev/full'))('a full disk, where /dev/full stands for one, is told', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [COMMAND, 'explain-error'], {
      env: cleanEnvironment(),
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: the output could not be written: ENOSPC[^\n]*\n$/);
  });

  test('has no colour and no progress in a pipe', async () => {
    const { stdout, stderr } = await mortar('/', '--help');
    expect(stdout + stderr).not.toContain('\u001b');
  });
});
