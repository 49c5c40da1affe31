import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addFiles, COMMAND, folderWith, git, mortar, repositoryWith, run } from '../command.js';
import { brokenMonorepo, brokenShop, mortarShop, plainMonorepo } from './projects.js';

const PLACE = 'packages/ui/src/index.ts';
const SUM = '../../core/src/sum.js';

describe('mortar check', () => {
  test('without a configuration, in a monorepo that knows nothing of Mortar', async () => {
    expect(await mortar(folderWith(plainMonorepo), 'check')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^No violations: \d+ modules and 3 files checked\.\n$/),
      stderr: '',
    });
    const { code, stdout, stderr } = await mortar(folderWith(brokenMonorepo), 'check');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain(`${PLACE}:2:`);
    expect(stdout).toContain('error package-exports');
    expect(stdout).toContain(`> 2 | import { secret } from '${SUM}';`);
    expect(stdout).toMatch(/ {2}why {6}\S/);
    expect(stdout).toMatch(/ {2}instead {2}\S/);
    expect(stdout).not.toContain('\u001b');
  });

  test('finds modules of Mortar by their contracts', async () => {
    expect(await mortar(folderWith(mortarShop), 'check')).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await mortar(folderWith(brokenShop), 'check', '--json');
    expect(code).toBe(1);
    expect(placesOf(stdout, 'error')).toEqual(['src/billing/charge.ts:1 contract-only']);
  });

  test('from a folder below, and by --root', async () => {
    const folder = folderWith(brokenMonorepo);
    const below = join(folder, 'packages/ui/src');
    expect(placesOf((await mortar(below, 'check', '--json')).stdout)).toEqual([`${PLACE}:2 package-exports`]);
    const other = folderWith();
    expect(placesOf((await mortar(other, 'check', '--json', '--root', folder)).stdout)).toEqual([
      `${PLACE}:2 package-exports`,
    ]);
  });

  test.each([
    ['an empty folder', {}],
    ['a folder without code', { 'README.md': '', 'package.json': '{}' }],
  ])('%s is exit code 2: a check that can find nothing is none', async (_, files) => {
    const { code, stdout, stderr } = await mortar(folderWith(files), 'check');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^MORTAR_PROJECT_EMPTY: /);
  });

  test('a configuration that is wrong is exit code 2, with the place and the nearest key', async () => {
    const folder = folderWith({ ...plainMonorepo, 'mortar.config.json': '{\n  "rulez": {}\n}' });
    const { code, stdout, stderr } = await mortar(folder, 'check', '--warn-only');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^MORTAR_RULES_INVALID: /);
    expect(stderr).toContain('rules');
    expect(stderr).toContain('line 2');
  });

  test('--warn-only tells the same and ends with 0', async () => {
    const folder = folderWith(brokenMonorepo);
    const [strict, lenient] = await Promise.all([
      mortar(folder, 'check', '--fail-on-violations'),
      mortar(folder, 'check', '--warn-only'),
    ]);
    expect([strict.code, lenient.code]).toEqual([1, 0]);
    expect(lenient.stdout).toBe(strict.stdout);
  });

  test.each(['json', 'sarif', 'github', 'gitlab', 'junit', 'markdown'])(
    '--format %s names the place',
    async (format) => {
      const { code, stdout, stderr } = await mortar(folderWith(brokenMonorepo), 'check', '--format', format);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toContain(PLACE);
      if (['json', 'sarif', 'gitlab'].includes(format)) expect(() => JSON.parse(stdout)).not.toThrow();
    },
  );

  test('runs nothing of the project', async () => {
    const pwn = "require('fs').writeFileSync('pwned', '')";
    const folder = repositoryWith({
      ...brokenMonorepo,
      'mortar.config.js': pwn,
      'vite.config.js': pwn,
      'tsconfig.json': '{ "extends": "./tsconfig.js" }',
      'tsconfig.js': pwn,
      'fsmonitor.sh': '#!/bin/sh\ntouch pwned\n',
      'node_modules/mortar/package.json': '{ "main": "index.js" }',
      'node_modules/mortar/index.js': pwn,
    });
    chmodSync(join(folder, 'fsmonitor.sh'), 0o755);
    git(folder, 'add', '--all');
    git(folder, 'commit', '-qm', 'x');
    git(folder, 'config', 'core.fsmonitor', './fsmonitor.sh');
    for (const args of [
      ['check'],
      ['check', '--staged'],
      ['check', '--changed', 'HEAD'],
      ['graph'],
      ['describe'],
      ['doctor'],
    ]) {
      await mortar(folder, ...args);
    }
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });

  test('plants a violation of every rule, and finds each', async () => {
    const { code, stdout } = await mortar(folderWith(), 'check', '--self-test');
    expect(code).toBe(0);
    expect(stdout).toMatch(/(\d+) of \1 planted violations were found\.\n$/);
    expect(stdout).not.toContain('MISSED');
  });

  test('a reader that leaves early ends it quietly', async () => {
    const { code, stdout, stderr } = await run(folderWith(brokenMonorepo), 'bash', [
      '-c',
      `set -o pipefail; "${process.execPath}" "${COMMAND}" check --format json | head -c 1`,
    ]);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '{', stderr: '' });
  });

  test('keeps a cache only where packages are installed, and --no-cache keeps none', async () => {
    const folder = folderWith(plainMonorepo);
    await mortar(folder, 'check');
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
    mkdirSync(join(folder, 'node_modules'));
    await mortar(folder, 'check', '--no-cache');
    expect(existsSync(join(folder, 'node_modules/.cache'))).toBe(false);
    await mortar(folder, 'check');
    expect(existsSync(join(folder, 'node_modules/.cache/mortar'))).toBe(true);
    addFiles(folder, brokenMonorepo);
    expect(await mortar(folder, 'check')).toMatchObject({ code: 1 });
  });

  test('writes no cache through a link that leads out', async () => {
    const outside = folderWith();
    const folder = folderWith({ ...plainMonorepo, 'node_modules/.keep': '' });
    symlinkSync(outside, join(folder, 'node_modules/.cache'));
    expect(await mortar(folder, 'check')).toMatchObject({ code: 0 });
    expect(existsSync(join(outside, 'mortar'))).toBe(false);
  });
});

describe('mortar check --staged', () => {
  test('reads the index, not the work tree', async () => {
    const folder = repositoryWith(plainMonorepo);
    git(folder, 'add', '--all');
    addFiles(folder, brokenMonorepo);
    expect(await mortar(folder, 'check', '--staged')).toMatchObject({ code: 0, stderr: '' });
    git(folder, 'add', '--all');
    addFiles(folder, plainMonorepo);
    const { code, stdout } = await mortar(folder, 'check', '--staged');
    expect(code).toBe(1);
    expect(stdout).toContain(`> 2 | import { secret } from '${SUM}';`);
    expect(await mortar(folder, 'check')).toMatchObject({ code: 0 });
  });

  test('takes the configuration and the baseline from there too', async () => {
    const folder = repositoryWith({
      ...brokenMonorepo,
      'mortar.config.json': '{ "rules": { "package-exports": "off" } }',
    });
    git(folder, 'add', '--all');
    rmSync(join(folder, 'mortar.config.json'));
    expect(await mortar(folder, 'check', '--staged')).toMatchObject({ code: 0 });
    git(folder, 'add', '--all');
    expect(await mortar(folder, 'check', '--staged')).toMatchObject({ code: 1 });
    await mortar(folder, 'check', '--update-baseline');
    git(folder, 'add', '--all');
    rmSync(join(folder, 'mortar.baseline.json'));
    expect(await mortar(folder, 'check', '--staged')).toMatchObject({ code: 0 });
  });

  test('in a hook, also of a project below the top of the repository, sees what is committed', async () => {
    const files = Object.entries(plainMonorepo).map(([path, text]) => [`web/${path}`, text]);
    const folder = repositoryWith({ ...Object.fromEntries(files), '.gitignore': 'node_modules\n' });
    addFiles(folder, {
      'web/node_modules/.bin/mortar': `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n`,
    });
    await run(folder, 'chmod', ['+x', 'web/node_modules/.bin/mortar']);
    await mortar(join(folder, 'web'), 'hooks', 'install');
    git(folder, 'add', '--all');
    expect(await run(folder, 'git', ['commit', '-qm', 'clean'])).toMatchObject({ code: 0 });
    addFiles(join(folder, 'web'), brokenMonorepo);
    // With --all and with paths git makes an index of its own for the commit.
    for (const args of [['--all'], ['web']]) {
      // Git leads what a hook prints to the standard error.
      const { code, stderr } = await run(folder, 'git', ['commit', '-qm', 'broken', ...args]);
      expect({ code, isTold: stderr.includes('package-exports') }).toEqual({ code: 1, isTold: true });
    }
    expect(git(folder, 'rev-list', '--count', 'HEAD').trim()).toBe('1');
  });

  test('outside a repository is exit code 2', async () => {
    expect(await mortar(folderWith(plainMonorepo), 'check', '--staged')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^MORTAR_GIT_UNAVAILABLE: /),
    });
  });
});

describe('mortar check --changed', () => {
  test('tells only what changed files are part of', async () => {
    const folder = repositoryWith(brokenMonorepo);
    git(folder, 'add', '--all');
    git(folder, 'commit', '-qm', 'x');
    expect(await mortar(folder, 'check', '--changed', 'HEAD')).toMatchObject({ code: 0 });
    addFiles(folder, {
      'packages/ui/src/more.ts': `import { secret } from '${SUM}';\nexport const more = secret;\n`,
    });
    const own = await mortar(folder, 'check', '--changed', 'HEAD', '--json');
    expect(own.code).toBe(1);
    expect(placesOf(own.stdout)).toEqual(['packages/ui/src/more.ts:1 package-exports']);
    // What is reached has changed: whoever reaches it is told.
    rmSync(join(folder, 'packages/ui/src/more.ts'));
    addFiles(folder, {
      'packages/core/src/sum.ts': 'export const total = (): number => 2;\nexport const secret = 3;\n',
    });
    const reached = await mortar(folder, 'check', '--changed', 'HEAD', '--json');
    expect(placesOf(reached.stdout)).toEqual([`${PLACE}:2 package-exports`]);
  });

  test('tells everything where the configuration has changed', async () => {
    const folder = repositoryWith(brokenMonorepo);
    git(folder, 'add', '--all');
    git(folder, 'commit', '-qm', 'x');
    addFiles(folder, { 'mortar.config.json': '{}' });
    expect(await mortar(folder, 'check', '--changed', 'HEAD')).toMatchObject({ code: 1 });
  });

  test('a commit that is none is exit code 2', async () => {
    const folder = repositoryWith(plainMonorepo);
    const { code, stderr } = await mortar(folder, 'check', '--changed', 'nowhere');
    expect(code).toBe(2);
    expect(stderr).toContain('"nowhere"');
  });
});

describe('mortar check --update-baseline', () => {
  test('keeps what is there, fails for what is new, and for what is mended', async () => {
    const folder = folderWith(brokenMonorepo);
    expect(
      await mortar(
        folder,
        'check',
        '--update-baseline',
        '--owner',
        'ada',
        '--reason',
        'old',
        '--expires',
        '2999-01-31',
      ),
    ).toMatchObject({
      code: 0,
      stdout: 'mortar.baseline.json keeps 1 violation.\n',
    });
    const baseline = JSON.parse(readFileSync(join(folder, 'mortar.baseline.json'), 'utf8'));
    expect(baseline.entries).toEqual([
      expect.objectContaining({
        rule: 'package-exports',
        owner: 'ada',
        reason: 'old',
        expires: '2999-01-31',
      }),
    ]);
    expect(await mortar(folder, 'check')).toMatchObject({ code: 0 });
    addFiles(folder, {
      'packages/ui/src/more.ts': `import { secret } from '${SUM}';\nexport const more = secret;\n`,
    });
    expect(await mortar(folder, 'check')).toMatchObject({ code: 1 });
    rmSync(join(folder, 'packages/ui/src/more.ts'));
    addFiles(folder, plainMonorepo);
    expect((await mortar(folder, 'check')).stdout).toContain('baseline-stale');
    expect((await mortar(folder, 'check', '--update-baseline')).stdout).toMatch(/no baseline/);
    expect(existsSync(join(folder, 'mortar.baseline.json'))).toBe(false);
  });

  test('gives what is new no owner and day of what is mended, though the same file violates the same way', async () => {
    const folder = folderWith(brokenMonorepo);
    await mortar(folder, 'check', '--update-baseline', '--owner', 'ada', '--expires', '2999-01-31');
    addFiles(folder, {
      'packages/core/src/more.ts': 'export const more = 3;\n',
      'packages/ui/src/index.ts':
        "import { total } from '@acme/core';\nimport { more } from '../../core/src/more.js';\nexport const label = total() + more;\n",
    });
    await mortar(folder, 'check', '--update-baseline', '--owner', 'bob');
    expect(entriesOf(folder)).toEqual([expect.objectContaining({ subject: 'more', owner: 'bob' })]);
    // Another name of what was reached is the same.
    rmSync(join(folder, 'packages/core/src/more.ts'));
    addFiles(folder, {
      'packages/core/src/rest.ts': 'export const more = 3;\n',
      'packages/ui/src/index.ts':
        "import { total } from '@acme/core';\nimport { more } from '../../core/src/rest.js';\nexport const label = total() + more;\n",
    });
    await mortar(folder, 'check', '--update-baseline', '--owner', 'eve');
    expect(entriesOf(folder)).toEqual([expect.objectContaining({ subject: 'rest', owner: 'bob' })]);
  });

  test.each([['--staged'], ['--changed', 'HEAD']])(
    'is of the whole project: with %s it is refused, and stays',
    async (...part) => {
      const folder = repositoryWith(brokenMonorepo);
      git(folder, 'add', '--all');
      git(folder, 'commit', '--quiet', '--message', 'broken');
      await mortar(folder, 'check', '--update-baseline', '--owner', 'ada');
      const before = entriesOf(folder);
      expect(before).toHaveLength(1);
      const { code, stderr } = await mortar(folder, 'check', '--update-baseline', ...part);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('cannot be used with') });
      expect(entriesOf(folder)).toEqual(before);
    },
  );

  test('says which of its entries a check will fail for, since their day is over', async () => {
    const folder = folderWith(brokenMonorepo);
    await mortar(folder, 'check', '--update-baseline');
    const file = join(folder, 'mortar.baseline.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"expires": "[^"]*"/, '"expires": "2020-01-31"'));
    const { code, stdout } = await mortar(folder, 'check', '--update-baseline');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'mortar.baseline.json keeps 1 violation.\n1 of 1 entries expired: a check fails until they are mended, or given another day in the file.\n',
    });
    expect((await mortar(folder, 'check')).code).toBe(1);
  });

  test('where a file could not be read, keeps the baseline as it was, and says so', async () => {
    const folder = folderWith(brokenMonorepo);
    await mortar(folder, 'check', '--update-baseline', '--owner', 'ada');
    const before = entriesOf(folder);
    addFiles(folder, { 'packages/ui/src/index.ts': ' '.repeat(33_000_000) });
    const { code, stderr } = await mortar(folder, 'check', '--update-baseline');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^MORTAR_BASELINE_INVALID: .*packages\/ui\/src\/index\.ts/),
    });
    expect(entriesOf(folder)).toEqual(before);
  });

  test('keeps nothing that is wrong with the configuration', async () => {
    const folder = folderWith({
      ...plainMonorepo,
      'mortar.config.json': '{ "dependencies": [{ "from": ["nobody"], "deny": ["@acme/ui"] }] }',
    });
    const { code, stdout } = await mortar(folder, 'check', '--update-baseline');
    expect(code).toBe(1);
    expect(stdout).toContain('unused-rule');
    expect(existsSync(join(folder, 'mortar.baseline.json'))).toBe(false);
  });

  test.each(['--owner', '--reason', '--expires'])('%s without it is wrong use', async (option) => {
    expect(await mortar(folderWith(brokenMonorepo), 'check', option, '2999-01-01')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--update-baseline'),
    });
  });

  test.each(['soon', '2020-01-31', '2027-02-30', '2027-1-1', '__proto__'])(
    '--expires %s is no day to come',
    async (day) => {
      const folder = folderWith(brokenMonorepo);
      expect(await mortar(folder, 'check', '--update-baseline', '--expires', day)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('MORTAR_OPTIONS_INVALID'),
      });
      expect(existsSync(join(folder, 'mortar.baseline.json'))).toBe(false);
    },
  );
});

function entriesOf(folder: string): unknown[] {
  return JSON.parse(readFileSync(join(folder, 'mortar.baseline.json'), 'utf8')).entries;
}

interface Told {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly severity: string;
}

function placesOf(json: string, severity?: string): string[] {
  const violations: Told[] = JSON.parse(json).violations;
  return violations
    .filter((one) => severity === undefined || one.severity === severity)
    .map(({ path, line, rule }) => `${path}:${line} ${rule}`);
}
