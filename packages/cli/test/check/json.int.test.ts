import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addFiles, folderWith, git, mortar, repositoryWith } from '../command.js';
import { brokenShop } from './projects.js';

/** Each command that can answer, what it ends with in a shop with one violation, and what its document has. */
const ANSWERS: readonly (readonly [args: string, code: number, keys: readonly string[]])[] = [
  ['check', 1, ['formatVersion', 'summary', 'violations']],
  ['check --staged', 1, ['formatVersion', 'summary', 'violations']],
  ['check --changed HEAD', 0, ['formatVersion', 'summary', 'violations']],
  ['check --warn-only', 0, ['formatVersion', 'summary', 'violations']],
  ['check --no-cache', 1, ['formatVersion', 'summary', 'violations']],
  ['check --self-test', 0, ['results', 'missed']],
  ['check --update-baseline', 0, ['file', 'entries', 'violations', 'left']],
  ['explain billing shop', 0, ['from', 'to', 'isAllowed', 'broken', 'now', 'places']],
  [
    'explain src/billing/charge.ts src/shop/stock.ts',
    1,
    ['from', 'to', 'isAllowed', 'broken', 'now', 'places'],
  ],
  ['why billing shop', 0, ['from', 'to', 'way']],
  ['why shop billing', 1, ['from', 'to', 'way']],
  [
    'what-if move src/shop/stock.ts billing',
    1,
    ['file', 'path', 'from', 'to', 'added', 'removed', 'rewritten'],
  ],
  ['graph', 0, ['formatVersion', 'modules']],
  ['graph --format dot', 0, ['formatVersion', 'modules']],
  ['describe', 0, ['modules', 'relations', 'startOrder']],
  ['hooks status', 1, ['state', 'manager', 'file', 'notes']],
  ['hooks install', 0, ['state', 'manager', 'file', 'notes']],
  ['hooks uninstall', 0, ['state', 'manager', 'file', 'notes']],
  ['init --dry-run', 0, ['root', 'dryRun', 'files']],
  ['doctor', 0, ['root', 'findings']],
  ['explain-error OPTIONS_INVALID', 0, ['code', 'category', 'says', 'means', 'mend']],
  ['migrate --dry-run shop.db', 0, ['store', 'current', 'target', 'pending', 'applied']],
  ['completion bash', 0, ['shell', 'script']],
  ['help check', 0, ['path', 'description', 'children', 'options', 'choices']],
];

/** What each can't do, and the code of the error. */
const FAULTS: readonly (readonly [args: string, code: string])[] = [
  ['check extra', 'MORTAR_OPTIONS_INVALID'],
  ['check --root nowhere', 'MORTAR_OPTIONS_INVALID'],
  ['check --changed nothing', 'MORTAR_OPTIONS_INVALID'],
  ['check --owner ada', 'MORTAR_OPTIONS_INVALID'],
  ['check --staged --watch', 'MORTAR_OPTIONS_INVALID'],
  ['check --update-baseline --expires soon', 'MORTAR_OPTIONS_INVALID'],
  ['explain billing', 'MORTAR_OPTIONS_INVALID'],
  ['explain billing nobody', 'MORTAR_OPTIONS_INVALID'],
  ['why nobody shop', 'MORTAR_OPTIONS_INVALID'],
  ['what-if', 'MORTAR_OPTIONS_INVALID'],
  ['what-if move nothing.ts shop', 'MORTAR_OPTIONS_INVALID'],
  ['what-if move src/shop/stock.ts nobody', 'MORTAR_OPTIONS_INVALID'],
  ['graph --format png', 'MORTAR_OPTIONS_INVALID'],
  ['hooks', 'MORTAR_OPTIONS_INVALID'],
  ['hooks remove', 'MORTAR_OPTIONS_INVALID'],
  ['init extra', 'MORTAR_OPTIONS_INVALID'],
  ['explain-error NOTHING_LIKE_IT', 'MORTAR_OPTIONS_INVALID'],
  ['migrate', 'MORTAR_OPTIONS_INVALID'],
  ['migrate ftp://shop', 'MORTAR_OPTIONS_INVALID'],
  ['completion tcsh', 'MORTAR_OPTIONS_INVALID'],
  ['help nothing', 'MORTAR_OPTIONS_INVALID'],
  ['nothing', 'MORTAR_OPTIONS_INVALID'],
];

describe('--json', () => {
  test.each(ANSWERS)('mortar %s answers with one document, and nothing beside', async (args, code, keys) => {
    const { stdout, ...rest } = await mortar(shop(), ...args.split(' '), '--json');
    expect(rest).toEqual({ code, stderr: '' });
    expect(Object.keys(JSON.parse(stdout))).toEqual(expect.arrayContaining([...keys]));
    expect(stdout.endsWith('}\n')).toBe(true);
  });

  test.each(FAULTS)('mortar %s is an error as one document, and nothing beside', async (args, code) => {
    const { stdout, ...rest } = await mortar(shop(), ...args.split(' '), '--json');
    expect(rest).toEqual({ code: 2, stderr: '' });
    const { error } = JSON.parse(stdout);
    expect(error).toMatchObject({ code, category: 'validation' });
    expect(JSON.stringify(error)).not.toContain('outputHelp');
  });

  test('says the same as the text: the places of a check, and the exit codes', async () => {
    const folder = shop();
    for (const [args, code] of ANSWERS.filter(([line]) => /^(check|explain|why|what-if)/.test(line))) {
      if (args.includes('baseline')) continue;
      expect((await mortar(folder, ...args.split(' '))).code).toBe(code);
    }
    const text = (await mortar(folder, 'check')).stdout;
    const { violations } = JSON.parse((await mortar(folder, 'check', '--json')).stdout);
    expect(violations).not.toHaveLength(0);
    for (const { path, line, rule, message } of violations) {
      expect(text).toContain(`${path}:${line}`);
      expect(text).toContain(rule);
      expect(text).toContain(message);
    }
  });

  test('counts as asked for wherever it stands, and not as the value after --', async () => {
    const folder = shop();
    const first = await mortar(folder, 'why', '--json', 'billing', 'shop');
    expect(await mortar(folder, 'why', 'billing', '--json', 'shop')).toEqual(first);
    expect(await mortar(folder, 'why', 'billing', 'shop', '--json')).toEqual(first);
    expect(JSON.parse(first.stdout).way).not.toHaveLength(0);
    const { stdout, stderr } = await mortar(folder, 'why', 'billing', '--', '--json');
    expect({ stdout, isText: stderr.startsWith('MORTAR_OPTIONS_INVALID') }).toEqual({
      stdout: '',
      isText: true,
    });
  });
});

/** A repository whose first commit has the violation already. */
function shop(): string {
  const folder = repositoryWith();
  addFiles(folder, { ...brokenShop, '.gitignore': 'node_modules\n' });
  git(folder, 'add', '--all');
  git(folder, 'commit', '-qm', 'one');
  return folder;
}

describe('reports', () => {
  test.each(['sarif', 'github', 'gitlab', 'junit', 'markdown'])(
    'a self-test has no %s: it would be a report of nothing',
    async (format) => {
      const { code, stdout, stderr } = await mortar(folderWith(), 'check', '--self-test', '--format', format);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`--format ${format}`);
    },
  );

  test.each(['sarif', 'gitlab', 'junit'])(
    '%s stays whole beside a baseline that is written',
    async (format) => {
      // A configuration that no baseline keeps leaves an error to report; without one there is nothing to report.
      for (const [config, exit] of [
        ['{}', 0],
        ['{ "dependencies": [{ "from": ["nobody"], "deny": ["shop"] }] }', 1],
      ] as const) {
        const folder = shop();
        addFiles(folder, { 'mortar.config.json': config });
        const { code, stdout, stderr } = await mortar(
          folder,
          'check',
          '--update-baseline',
          '--format',
          format,
        );
        expect({ code, stderr }).toEqual({ code: exit, stderr: 'mortar.baseline.json keeps 1 violation.\n' });
        if (format === 'junit') expect(stdout).toMatch(/^<\?xml[\s\S]*<\/testsuites>\s*$/);
        else expect(() => JSON.parse(stdout)).not.toThrow();
        expect(stdout.includes('unused-rule')).toBe(exit === 1);
      }
    },
  );

  test('the folder of the project is named from the top of the repository', async () => {
    const files = Object.entries(brokenShop).map(([path, text]) => [join('web', path), text]);
    const folder = repositoryWith(Object.fromEntries(files));
    for (const format of ['sarif', 'github', 'gitlab']) {
      const { stdout } = await mortar(folder, 'check', '--root', 'web', '--format', format);
      expect(stdout).toContain('web/src/billing/charge.ts');
    }
  });
});
