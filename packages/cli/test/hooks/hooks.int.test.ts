import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  addFiles,
  COMMAND,
  cleanEnvironment,
  folderWith,
  git,
  mortar,
  pathWith,
  repositoryWith,
  run,
} from '../command.js';

const HOOK = join('.git', 'hooks', 'pre-commit');

/** Stands for the check: notes how it was called, and fails as it is told to. */
const RECORDER = '#!/bin/sh\necho "check $*" >> "$RECORD"\nexit "$FAIL_WITH"\n';

describe('mortar hooks install', () => {
  test('has a new repository check each commit, and stops those that fail', async () => {
    const folder = repositoryWith({ 'a.ts': '' });
    expect(await mortar(folder, 'hooks', 'install')).toEqual({
      code: 0,
      stdout: 'Each commit is checked from now on, by .git/hooks/pre-commit (git).\n',
      stderr: '',
    });
    expect(statSync(join(folder, HOOK)).mode & 0o777).toBe(0o755);
    expect(await commit(folder)).toMatchObject({ code: 0, checked: ['check check --staged'] });
    expect(await commit(folder, '3')).toMatchObject({ code: 1 });
    expect(git(folder, 'rev-list', '--count', 'HEAD').trim()).toBe('1');
  });

  test('a second time changes nothing', async () => {
    const folder = repositoryWith({ '.git-hook': '' });
    writeHook(folder, '#!/bin/bash\necho mine\n');
    await mortar(folder, 'hooks', 'install');
    const before = readFileSync(join(folder, HOOK), 'utf8');
    const { stdout } = await mortar(folder, 'hooks', 'install', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'unchanged',
      manager: 'git',
      file: '.git/hooks/pre-commit',
    });
    expect(readFileSync(join(folder, HOOK), 'utf8')).toBe(before);
  });

  test('has each project of a repository checked, and tells of each by itself', async () => {
    const folder = repositoryWith({ 'app/a.ts': '', 'other/b.ts': '' });
    await mortar(folder, 'hooks', 'install', '--root', 'app');
    expect((await mortar(folder, 'hooks', 'status', '--root', 'other')).code).toBe(1);
    await mortar(folder, 'hooks', 'install', '--root', 'other');
    expect(await commit(folder)).toMatchObject({
      checked: ['check check --staged --root app', 'check check --staged --root other'],
    });
    expect((await mortar(folder, 'hooks', 'status', '--root', 'app')).code).toBe(0);
    await mortar(folder, 'hooks', 'uninstall', '--root', 'app');
    expect((await mortar(folder, 'hooks', 'status', '--root', 'app')).code).toBe(1);
    expect(await commit(folder)).toMatchObject({ checked: ['check check --staged --root other'] });
  });

  test('keeps what is there, and runs before it', async () => {
    const folder = repositoryWith({ 'a.ts': '' });
    const own = '#!/usr/bin/env bash\nset -eu\n# café\necho mine >> "$RECORD"\n';
    writeHook(folder, own);
    await mortar(folder, 'hooks', 'install');
    expect(await commit(folder)).toMatchObject({ code: 0, checked: ['check check --staged', 'mine'] });
    expect(await commit(folder, '1')).toMatchObject({ code: 1, checked: ['check check --staged'] });
    await mortar(folder, 'hooks', 'uninstall');
    expect(readFileSync(join(folder, HOOK), 'utf8')).toBe(own);
    expect(statSync(join(folder, HOOK)).mode & 0o777).toBe(0o755);
  });

  test.each([
    [
      'in another language',
      (path: string) =>
        writeFileSync(
          path,
          "#!/usr/bin/env node\nrequire('fs').appendFileSync(process.env.RECORD, 'mine\\n')\n",
          { mode: 0o755 },
        ),
      ['mine'],
    ],
    [
      'that is switched off',
      (path: string) => writeFileSync(path, '#!/bin/sh\necho mine >> "$RECORD"\n', { mode: 0o644 }),
      [],
    ],
  ])('puts aside a hook %s, and brings it back', async (_, make, ran) => {
    const folder = repositoryWith({ 'a.ts': '' });
    const path = join(folder, HOOK);
    make(path);
    const before = { text: readFileSync(path, 'utf8'), mode: statSync(path).mode };
    expect((await mortar(folder, 'hooks', 'install')).stdout).toContain('pre-commit.mortar-kept');
    expect(await commit(folder)).toMatchObject({ code: 0, checked: ['check check --staged', ...ran] });
    await mortar(folder, 'hooks', 'uninstall');
    expect({ text: readFileSync(path, 'utf8'), mode: statSync(path).mode }).toEqual(before);
    expect(existsSync(`${path}.mortar-kept`)).toBe(false);
  });

  test('does not write through a link', async () => {
    const folder = repositoryWith({ 'a.ts': '', 'scripts/hook.sh': '#!/bin/sh\necho mine >> "$RECORD"\n' });
    chmodSync(join(folder, 'scripts/hook.sh'), 0o755);
    symlinkSync('../../scripts/hook.sh', join(folder, HOOK));
    await mortar(folder, 'hooks', 'install');
    expect(readFileSync(join(folder, 'scripts/hook.sh'), 'utf8')).not.toContain('mortar');
    expect(await commit(folder)).toMatchObject({ code: 0, checked: ['check check --staged', 'mine'] });
    await mortar(folder, 'hooks', 'uninstall');
    expect(readFileSync(join(folder, HOOK), 'utf8')).toContain('mine');
  });

  test('follows core.hooksPath inside the repository, and refuses one outside', async () => {
    const folder = repositoryWith({ 'a.ts': '' });
    git(folder, 'config', 'core.hooksPath', '.githooks');
    expect(JSON.parse((await mortar(folder, 'hooks', 'install', '--json')).stdout)).toMatchObject({
      state: 'installed',
      file: '.githooks/pre-commit',
    });
    const others = folderWith();
    git(folder, 'config', 'core.hooksPath', others);
    const { code, stderr } = await mortar(folder, 'hooks', 'install');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^MORTAR_FILE_IN_WAY: /) });
    expect(readdirSync(others)).toEqual([]);
  });

  test('checks the project where it is a folder of the repository, whatever its name', async () => {
    const name = "it's $(touch pwned) `x`";
    const folder = repositoryWith({ [`${name}/package.json`]: '{}' });
    await mortar(join(folder, name), 'hooks', 'install');
    expect(await commit(folder)).toMatchObject({ code: 0, checked: [`check check --staged --root ${name}`] });
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });

  test('holds in other work trees of the repository, and is installed from there', async () => {
    const folder = repositoryWith({ 'a.ts': '' });
    await commit(folder);
    const other = join(folderWith(), 'other');
    git(folder, 'worktree', 'add', '--quiet', other);
    const { stdout } = await mortar(other, 'hooks', 'install', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'installed', file: join(folder, HOOK) });
    expect(await commit(folder)).toMatchObject({ checked: ['check check --staged'] });
    expect(await commit(other)).toMatchObject({ checked: ['check check --staged'] });
  });

  test('a commit without the command fails, and says why', async () => {
    const folder = repositoryWith({ 'a.ts': '' });
    await mortar(folder, 'hooks', 'install');
    git(folder, 'add', '--all');
    const { code, stderr } = await run(folder, 'git', ['commit', '--quiet', '-m', 'x'], {
      PATH: '/usr/bin:/bin',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('mortar is not installed here');
  });

  test('prefers the command that the project has installed', async () => {
    const folder = repositoryWith({ 'a.ts': '', '.gitignore': 'node_modules' });
    addFiles(folder, { 'node_modules/.bin/mortar': RECORDER.replace('check', 'own') });
    chmodSync(join(folder, 'node_modules/.bin/mortar'), 0o755);
    await mortar(folder, 'hooks', 'install');
    expect(await commit(folder)).toMatchObject({ checked: ['own check --staged'] });
  });

  test('an empty core.hooksPath leads git to the root of the file system, and is refused', async () => {
    const folder = repositoryWith({ 'a.ts': '' });
    git(folder, 'config', 'core.hooksPath', '');
    const { code, stderr } = await mortar(folder, 'hooks', 'install');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^MORTAR_FILE_IN_WAY: /) });
    expect(readdirSync(folder).sort()).toEqual(['.git', 'a.ts']);
    // What git does is what is said of it: it runs no hook.
    expect(await commit(folder)).toMatchObject({ code: 0, checked: [] });
  });

  test('is for the repository that the folder is in: a submodule has hooks of its own', async () => {
    const inner = repositoryWith({ 'a.ts': '' });
    await commit(inner);
    const outer = repositoryWith({ 'b.ts': '' });
    git(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'sub');
    const { stdout } = await mortar(join(outer, 'sub'), 'hooks', 'install', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'installed',
      file: join(outer, '.git/modules/sub/hooks/pre-commit'),
    });
    expect(await commit(join(outer, 'sub'))).toMatchObject({ checked: ['check check --staged'] });
    expect(await commit(outer)).toMatchObject({ checked: [] });
    expect(await mortar(outer, 'hooks', 'status')).toMatchObject({ code: 1 });
    expect(await mortar(outer, 'hooks', 'status', '--root', 'sub')).toMatchObject({ code: 0 });
  });

  test('in a hook that git itself runs, finds its repository again', async () => {
    const folder = repositoryWith({ 'web/a.ts': '', '.git/x': '' });
    const line = `"${process.execPath}" "${COMMAND}" hooks status --root web --json >> "$RECORD"`;
    writeHook(folder, `#!/bin/sh\n${line}\nexit 0\n`);
    const { checked } = await commit(folder);
    expect(JSON.parse(checked.join('\n'))).toMatchObject({ state: 'absent', file: '.git/hooks/pre-commit' });
  });

  test.each(['# mortar:begin\n', '# mortar:end\n# mortar:begin\n'])(
    'refuses marks that do not pair: %j',
    async (marks) => {
      const folder = repositoryWith();
      writeHook(folder, `#!/bin/sh\n${marks}`);
      expect(await mortar(folder, 'hooks', 'install')).toMatchObject({ code: 2, stdout: '' });
      expect(readFileSync(join(folder, HOOK), 'utf8')).toBe(`#!/bin/sh\n${marks}`);
    },
  );
});

describe('mortar hooks with husky', () => {
  test('writes into what husky 9 runs', async () => {
    const folder = repositoryWith({
      'a.ts': '',
      '.husky/_/h': 'sh -e "$(dirname "$(dirname "$0")")/$(basename "$0")" "$@"\n',
      '.husky/_/pre-commit': '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n',
      '.husky/pre-commit': 'echo mine >> "$RECORD"\n',
    });
    chmodSync(join(folder, '.husky/_/pre-commit'), 0o755);
    git(folder, 'config', 'core.hooksPath', '.husky/_');
    expect(JSON.parse((await mortar(folder, 'hooks', 'install', '--json')).stdout)).toEqual({
      state: 'installed',
      manager: 'husky',
      file: '.husky/pre-commit',
      notes: [],
    });
    expect(await commit(folder)).toMatchObject({ code: 0, checked: ['check check --staged', 'mine'] });
    await mortar(folder, 'hooks', 'uninstall');
    expect(readFileSync(join(folder, '.husky/pre-commit'), 'utf8')).toBe('echo mine >> "$RECORD"\n');
  });

  test('comes after the line by which husky 8 starts the script again', async () => {
    const own = '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpm test\n';
    const folder = repositoryWith({ '.husky/pre-commit': own, '.husky/_/husky.sh': '' });
    chmodSync(join(folder, '.husky/pre-commit'), 0o755);
    git(folder, 'config', 'core.hooksPath', '.husky');
    await mortar(folder, 'hooks', 'install');
    const [first, second, third] = readFileSync(join(folder, '.husky/pre-commit'), 'utf8').split('\n');
    expect([first, second]).toEqual(own.split('\n').slice(0, 2));
    expect(third).toMatch(/^# mortar:begin/);
    await mortar(folder, 'hooks', 'uninstall');
    expect(readFileSync(join(folder, '.husky/pre-commit'), 'utf8')).toBe(own);
  });

  test('says where husky is not active yet', async () => {
    const folder = repositoryWith({ '.husky/pre-commit': 'npm test\n' });
    const { notes, file } = JSON.parse((await mortar(folder, 'hooks', 'install', '--json')).stdout);
    expect(file).toBe('.husky/pre-commit');
    expect(notes).toEqual([expect.stringContaining('npx husky')]);
  });
});

describe('mortar hooks status and uninstall', () => {
  test('say how it is, by exit code too', async () => {
    const folder = repositoryWith();
    expect(await mortar(folder, 'hooks', 'status')).toMatchObject({ code: 1, stderr: '' });
    await mortar(folder, 'hooks', 'install');
    expect(await mortar(folder, 'hooks', 'status')).toMatchObject({ code: 0 });
    expect(JSON.parse((await mortar(folder, 'hooks', 'uninstall', '--json')).stdout).state).toBe('removed');
    expect(existsSync(join(folder, HOOK))).toBe(false);
    expect(JSON.parse((await mortar(folder, 'hooks', 'uninstall', '--json')).stdout).state).toBe('absent');
    expect(await mortar(folder, 'hooks', 'status')).toMatchObject({ code: 1 });
  });

  test('what the user adds to the hook stays', async () => {
    const folder = repositoryWith();
    await mortar(folder, 'hooks', 'install');
    writeFileSync(join(folder, HOOK), `${readFileSync(join(folder, HOOK), 'utf8')}echo mine\n`);
    await mortar(folder, 'hooks', 'uninstall');
    expect(readFileSync(join(folder, HOOK), 'utf8')).toBe('#!/bin/sh\necho mine\n');
  });

  test.each(['install', 'uninstall', 'status'])('%s outside a repository is wrong use', async (verb) => {
    const { code, stderr } = await mortar(folderWith(), 'hooks', verb);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^MORTAR_GIT_UNAVAILABLE: /) });
  });

  test('a bare repository has no commits to check', async () => {
    const folder = folderWith();
    git(folder, 'init', '--quiet', '--bare');
    expect(await mortar(folder, 'hooks', 'install')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('must be run in a work tree'),
    });
  });
});

function writeHook(folder: string, text: string): void {
  mkdirSync(join(folder, '.git/hooks'), { recursive: true });
  writeFileSync(join(folder, HOOK), text, { mode: 0o755 });
}

/** Commits all there is, with a `mortar` that only notes how it was called. */
async function commit(
  folder: string,
  failWith = '0',
): Promise<{ code: number | null; checked: string[]; stderr: string }> {
  const record = join(folderWith({ record: '' }), 'record');
  const env = { PATH: pathWith({ mortar: RECORDER }), RECORD: record, FAIL_WITH: failWith };
  await run(folder, 'git', ['add', '--all']);
  const { code, stderr } = await run(folder, 'git', ['commit', '--quiet', '--allow-empty', '-m', 'x'], {
    ...cleanEnvironment(),
    ...env,
  });
  return { code, checked: readFileSync(record, 'utf8').split('\n').slice(0, -1), stderr };
}
