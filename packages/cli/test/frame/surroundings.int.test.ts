import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { brokenMonorepo, plainMonorepo } from '../check/projects.js';
import {
  addFiles,
  COMMAND,
  cleanEnvironment,
  type Ended,
  folderWith,
  git,
  mortar,
  repositoryWith,
  run,
} from '../command.js';

describe('a machine without git', () => {
  test('has its code checked, and a configuration written', async () => {
    const folder = folderWith(brokenMonorepo);
    const env = { PATH: withoutGit() };
    expect(await run(folder, 'node', [COMMAND, 'check'], env)).toMatchObject({ code: 1, stderr: '' });
    expect(await run(folder, 'node', [COMMAND, 'init'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['mortar.config.json', '.github']));
    expect(await run(folder, 'node', [COMMAND, 'check', '--update-baseline'], env)).toMatchObject({
      code: 0,
    });
    expect(await run(folder, 'node', [COMMAND, 'check'], env)).toMatchObject({ code: 0 });
  });

  test('is no fault for the doctor, who says what is not to be had', async () => {
    const env = { PATH: withoutGit() };
    const { code, stdout, stderr } = await run(folderWith(plainMonorepo), 'node', [COMMAND, 'doctor'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      'note   git: There is no program git on the PATH: no hook, no --staged, no --changed.',
    );
  });

  test.each([
    ['check', '--staged'],
    ['check', '--changed', 'main'],
    ['hooks', 'install'],
    ['hooks', 'uninstall'],
    ['hooks', 'status'],
  ])('can not do %s %s, and says so', async (...args) => {
    const folder = repositoryWith(plainMonorepo);
    const { code, stdout, stderr } = await run(folder, 'node', [COMMAND, ...args], { PATH: withoutGit() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^MORTAR_GIT_UNAVAILABLE: .*the program git on the PATH/);
  });
});

describe('a place that can not be written to', () => {
  test('a file where the folder of hooks would be is told in one line', async () => {
    const folder = repositoryWith(plainMonorepo);
    rmSync(join(folder, '.git/hooks'), { recursive: true });
    writeFileSync(join(folder, '.git/hooks'), '');
    const { code, stdout, stderr } = await mortar(folder, 'hooks', 'install');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: ENOTDIR: [^\n]*hooks[^\n]*\n$/);
    expect(JSON.parse((await mortar(folder, 'hooks', 'install', '--json')).stdout).error).toEqual({
      category: 'unavailable',
      system: 'ENOTDIR',
      message: expect.stringMatching(/^ENOTDIR: [^\n]*$/),
    });
    expect((await mortar(folder, 'doctor')).stdout).toMatch(/FAULT {2}hook: ENOTDIR/);
  });

  test('a file where the folder of workflows would be leaves nothing half done', async () => {
    const folder = repositoryWith({ ...plainMonorepo, '.github': '' });
    for (const args of [['init'], ['init', '--force'], ['init', '--dry-run']]) {
      const { code, stdout, stderr } = await mortar(folder, ...args);
      expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 2, stdout: '', lines: 2 });
    }
    expect(existsSync(join(folder, 'mortar.config.json'))).toBe(false);
    expect(await mortar(folder, 'init', '--no-workflow')).toMatchObject({ code: 0 });
  });

  // Only root may run a program as somebody else.
  test.skipIf(cannotBeAnother())(
    'a folder of somebody else is read, and what would be written is told',
    async () => {
      const folder = repositoryWith({ ...brokenMonorepo, 'node_modules/.keep': '' });
      git(folder, 'add', '--all');
      chmodSync(folder, 0o755);
      const before = readdirSync(folder);
      // It has no cache there, and is the same check.
      expect(await asAnother(folder, 'check', '--json')).toEqual(
        await mortar(folder, 'check', '--json', '--no-cache'),
      );
      expect(await asAnother(folder, 'check', '--staged')).toMatchObject({ code: 1, stderr: '' });
      for (const args of [['init'], ['hooks', 'install'], ['check', '--update-baseline']]) {
        const { code, stdout, stderr } = await asAnother(folder, ...args);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr).toMatch(/^error: EACCES: permission denied[^\n]*\n$/);
      }
      expect(readdirSync(folder)).toEqual(before);
      expect(readdirSync(join(folder, 'node_modules'))).toEqual(['.keep']);
    },
  );

  // Only root may run a program as somebody else.
  test.skipIf(cannotBeAnother())('init that is stopped half way takes back what it wrote', async () => {
    const folder = repositoryWith({ ...plainMonorepo, '.github/workflows/other.yml': '' });
    chmodSync(folder, 0o777);
    const { code, stderr } = await asAnother(folder, 'init');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('EACCES') });
    expect(existsSync(join(folder, 'mortar.config.json'))).toBe(false);
  });

  // Only root may run a program as somebody else.
  test.skipIf(cannotBeAnother())('a repository that git does not trust is told in its words', async () => {
    const folder = repositoryWith(plainMonorepo);
    chmodSync(folder, 0o755);
    const env = { GIT_CONFIG_COUNT: '0' };
    expect(await asAnother(folder, { env }, 'check')).toMatchObject({ code: 0 });
    for (const args of [
      ['check', '--staged'],
      ['check', '--changed', 'main'],
      ['hooks', 'status'],
    ]) {
      const { code, stderr } = await asAnother(folder, { env }, ...args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('dubious ownership') });
    }
    const { code, stdout } = await asAnother(folder, { env }, 'doctor');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('Git refuses the repository'),
    });
  });
});

describe('nobody to talk to', () => {
  test.each([
    ['graph', '--format', 'html'],
    ['graph', '--format', 'json'],
    ['check', '--format', 'sarif'],
    ['completion', 'bash'],
    ['explain-error'],
  ])('%s %s %s into a reader that leaves ends quietly', async (...args) => {
    const folder = folderWith(plainMonorepo);
    const script = 'set -o pipefail; "$0" "$@" | head -c 1 >/dev/null';
    const words = args.filter((word) => word !== undefined);
    const ended = await run(folder, 'bash', ['-c', script, process.execPath, COMMAND, ...words]);
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('a closed standard error does not change what a check says', async () => {
    const folder = folderWith(brokenMonorepo);
    const { code, stdout } = await run(folder, 'sh', [
      '-c',
      '"$0" "$@" 2>&-',
      process.execPath,
      COMMAND,
      'check',
    ]);
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('package-exports') });
  });

  test('an error nobody reads is an error all the same', async () => {
    const ended = await run('/', 'sh', ['-c', '"$0" "$@" 2>&-', process.execPath, COMMAND, 'check', '--bad']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
  });

  test('SIGINT in the midst of a check does not harm what the next one finds', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1500 }, (_, index) => [
        `packages/ui/src/f${index}.ts`,
        `export const a${index} = ${index};\n`,
      ]),
    );
    const folder = folderWith({ ...plainMonorepo, ...many, 'node_modules/.cache/mortar/.keep': '' });
    for (const afterMs of [150, 250, 400]) {
      const child = spawn(process.execPath, [COMMAND, 'check'], {
        cwd: folder,
        env: cleanEnvironment(),
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      const timer = setTimeout(() => child.kill('SIGINT'), afterMs);
      await ended;
      clearTimeout(timer);
    }
    expect(await mortar(folder, 'check', '--json')).toEqual(
      await mortar(folder, 'check', '--json', '--no-cache'),
    );
  });
});

describe('where the user stands', () => {
  test('npm names the folder: paths count from there, and the project is sought where the script runs', async () => {
    const folder = folderWith(brokenMonorepo);
    const env = { INIT_CWD: join(folder, 'packages/ui/src') };
    const args = ['explain', 'index.ts', '../../core/src/sum.ts', '--json'];
    const { code, stdout } = await run(folder, process.execPath, [COMMAND, ...args], env);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ from: { path: 'packages/ui/src/index.ts' } });
  });

  test('a link to the project is the project', async () => {
    const folder = folderWith(brokenMonorepo);
    const link = join(folderWith(), 'link');
    symlinkSync(folder, link);
    const direct = await mortar(folder, 'check', '--json');
    expect(await mortar(link, 'check', '--json')).toEqual(direct);
    expect(await mortar('/', 'check', '--json', '--root', link)).toEqual(direct);
  });

  test('a folder with an odd name is one too', async () => {
    const folder = folderWith();
    const odd = join(folder, "it's $(touch pwned)\n#%20 é");
    mkdirSync(odd);
    addFiles(odd, brokenMonorepo);
    const { code, stderr } = await mortar(odd, 'check');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(readdirSync(folder)).toHaveLength(1);
  });
});

/** A PATH with this Node, and nothing else. */
function withoutGit(): string {
  const folder = folderWith();
  symlinkSync(process.execPath, join(folder, 'node'));
  return folder;
}

const NOBODY = 65_534;

const AS_NOBODY: readonly string[] = ['--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups'];

/** Only root may run a program as somebody else, who has to be let at the command too. */
function cannotBeAnother(): boolean {
  if (process.getuid?.() !== 0) return true;
  const args = [...AS_NOBODY, process.execPath, COMMAND, '--version'];
  return spawnSync('setpriv', args, { cwd: '/' }).status !== 0;
}

interface Another {
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the command as a user who may read the folder, and no more. Git is told to trust it unless the environment says else. */
function asAnother(folder: string, ...words: readonly (string | Another)[]): Promise<Ended> {
  const trusts = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };
  const env = { ...trusts, ...words.find((word) => typeof word === 'object')?.env };
  const args = words.filter((word) => typeof word === 'string');
  return run(folder, 'setpriv', [...AS_NOBODY, process.execPath, COMMAND, ...args], env);
}
