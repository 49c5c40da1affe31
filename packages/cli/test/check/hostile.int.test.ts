import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addFiles, type Ended, folderWith, mortar, repositoryWith } from '../command.js';
import { plainMonorepo } from './projects.js';

const MIB = 1024 * 1024;
/** Whatever it is given, a check is over by then, on a machine that does other things too. */
const LIMIT_MS = 60_000;

type Make = (folder: string) => void;

/** What stands in the way, and how it gets there. Each is put into a monorepo that has no violation. */
const CASES: readonly (readonly [string, Make])[] = [
  ['a tsconfig that extends itself', files({ 'tsconfig.json': '{ "extends": "./tsconfig.json" }' })],
  [
    'tsconfigs that extend each other',
    files({
      'tsconfig.json': '{ "extends": "./b.json" }',
      'b.json': '{ "extends": ["./tsconfig.json", "./b.json"] }',
    }),
  ],
  [
    'a tsconfig that extends what is outside',
    files({ 'tsconfig.json': '{ "extends": "../../../../etc/passwd" }' }),
  ],
  ['a tsconfig that extends an absolute path', files({ 'tsconfig.json': '{ "extends": "/etc/passwd" }' })],
  [
    'a tsconfig with paths outside',
    files({
      'tsconfig.json': '{ "compilerOptions": { "baseUrl": "/", "paths": { "*": ["/etc/*", "../../*"] } } }',
    }),
  ],
  ['a tsconfig that is a list', files({ 'tsconfig.json': '[]' })],
  ['a tsconfig that is no JSON', files({ 'tsconfig.json': '{{{{' })],
  [
    'keys named __proto__ in package.json',
    files({
      'packages/x/package.json':
        '{ "name": "x", "__proto__": { "polluted": true }, "dependencies": { "__proto__": "1", "constructor": "1" }, "exports": { "__proto__": "./a.ts" } }',
    }),
  ],
  [
    'a package named __proto__',
    files({
      'packages/x/package.json': '{ "name": "__proto__" }',
      'packages/x/a.ts': "import '__proto__';\nimport 'constructor';\n",
    }),
  ],
  ['workspaces outside', files({ 'package.json': '{ "workspaces": ["../**", "/etc/*", "packages/*"] }' })],
  [
    'hostile globs of workspaces',
    files({
      'package.json': JSON.stringify({
        workspaces: [`${'**/'.repeat(60)}x`, `${'*a'.repeat(60)}!`, '{a,b}'.repeat(30), 'packages/*'],
      }),
    }),
  ],
  [
    'hostile globs of the configuration',
    files({
      'mortar.config.json': JSON.stringify({
        exclude: [`${'**/'.repeat(60)}x`, `${'*a'.repeat(60)}!`, '(a+)+$', '['],
      }),
    }),
  ],
  ['a hostile .gitignore', files({ '.gitignore': `${'**/'.repeat(200)}x\n[\n\\\n!\n${'*'.repeat(500)}z\n` })],
  [
    'JSON that is nested 100,000 deep',
    files({ 'mortar.config.json': '['.repeat(100_000), 'packages/x/package.json': '['.repeat(100_000) }),
  ],
  [
    'a package.json of 50 MiB',
    (folder) => {
      mkdirSync(join(folder, 'packages/x'), { recursive: true });
      writeFileSync(join(folder, 'packages/x/package.json'), `{ "name": "${'x'.repeat(50 * MIB)}" }`);
    },
  ],
  [
    'a configuration of 50 MiB',
    (folder) => writeFileSync(join(folder, 'mortar.config.json'), `{ "x": "${'x'.repeat(50 * MIB)}" }`),
  ],
  [
    'a minified line of 10 MiB',
    (folder) =>
      writeFileSync(
        join(folder, 'packages/ui/src/big.js'),
        "import './index.js';a(`b\\`c`,/x/g,{c:1});".repeat((10 * MIB) / 40),
      ),
  ],
  [
    '10 MiB of open brackets',
    (folder) => writeFileSync(join(folder, 'packages/ui/src/big.ts'), '('.repeat(10 * MIB)),
  ],
  [
    'a template that is not closed',
    files({ 'packages/ui/src/a.ts': "import './index.js';\nconst a = `${`${`" }),
  ],
  ['a comment that is not closed', files({ 'packages/ui/src/a.ts': "import './index.js'; /* never" })],
  ['a regular expression that is not closed', files({ 'packages/ui/src/a.ts': 'const a = /[' })],
  [
    'a byte order mark, and CRLF',
    files({
      'packages/ui/src/a.ts': "\uFEFFimport { label } from './index.js';\r\nexport const b = label;\r\n",
    }),
  ],
  [
    'bytes that are no UTF-8',
    (folder) =>
      writeFileSync(
        join(folder, 'packages/ui/src/a.ts'),
        Buffer.from([0x69, 0xff, 0xfe, 0xc3, 0x28, 0x00, 0xed, 0xa0, 0x80]),
      ),
  ],
  [
    'names that a shell would run',
    files({
      'packages/ui/src/$(touch pwned).ts': '',
      'packages/ui/src/`touch pwned`;touch pwned.ts': '',
      'packages/ui/src/\'"\n--output=pwned.ts': "import './index.js';\n",
    }),
  ],
  [
    'names of every object',
    files({
      'packages/ui/src/__proto__.ts': "import './constructor.js';\n",
      'packages/ui/src/constructor.ts': '',
      'packages/ui/src/toString/index.ts': '',
    }),
  ],
  ['a link to its own folder', (folder) => symlinkSync('.', join(folder, 'packages/ui/src/loop'))],
  [
    'links that lead to each other',
    (folder) => {
      symlinkSync('two.ts', join(folder, 'packages/ui/src/one.ts'));
      symlinkSync('one.ts', join(folder, 'packages/ui/src/two.ts'));
      addFiles(folder, { 'packages/ui/src/a.ts': "import './one.js';\n" });
    },
  ],
  ['a link to a folder outside', (folder) => symlinkSync('/etc', join(folder, 'packages/etc'))],
  [
    'a link to a file outside',
    (folder) => {
      symlinkSync('/etc/passwd', join(folder, 'packages/ui/src/passwd.ts'));
      addFiles(folder, { 'packages/ui/src/a.ts': "import './passwd.js';\n" });
    },
  ],
  [
    'a configuration that leads outside',
    (folder) => symlinkSync('/etc/passwd', join(folder, 'mortar.config.json')),
  ],
  [
    'a baseline that leads outside',
    files({ 'mortar.config.json': '{ "baseline": "../../../../etc/passwd" }' }),
  ],
  ['a folder in the place of the configuration', files({ 'mortar.config.json/x': '' })],
  [
    'pipes in the place of files, which nobody writes to',
    (folder) => {
      for (const path of ['packages/ui/src/pipe.ts', 'packages/ui/tsconfig.json', '.gitignore']) {
        execFileSync('mkfifo', [join(folder, path)]);
      }
    },
  ],
  [
    'a pipe in the place of the configuration',
    (folder) => void execFileSync('mkfifo', [join(folder, 'mortar.config.json')]),
  ],
  [
    'a pipe in the place of a package.json',
    (folder) => {
      mkdirSync(join(folder, 'packages/x'));
      execFileSync('mkfifo', [join(folder, 'packages/x/package.json')]);
    },
  ],
  [
    'folders 300 deep',
    (folder) => {
      const deep = join(folder, 'packages/ui/src', ...Array.from({ length: 300 }, () => 'd'));
      mkdirSync(deep, { recursive: true });
      writeFileSync(join(deep, 'a.ts'), '');
    },
  ],
  [
    'a baseline with keys of every object',
    files({
      'mortar.baseline.json':
        '{ "version": 1, "__proto__": { "entries": [] }, "entries": [{ "__proto__": 1 }] }',
    }),
  ],
];

describe('a check of what means harm', { timeout: 2 * LIMIT_MS }, () => {
  test.each(CASES)('%s', async (_, make) => {
    const folder = folderWith(plainMonorepo);
    make(folder);
    const started = Date.now();
    endsWell(await mortar(folder, 'check'), folder);
    expect(Date.now() - started).toBeLessThan(LIMIT_MS);
  });

  test('says nothing of what stands outside', async () => {
    const folder = folderWith({
      ...plainMonorepo,
      'packages/ui/src/a.ts': "import './passwd.js';\nexport * from './passwd.js';\n",
    });
    symlinkSync('/etc/passwd', join(folder, 'packages/ui/src/passwd.ts'));
    symlinkSync('/etc/passwd', join(folder, 'mortar.baseline.json'));
    for (const format of ['pretty', 'json', 'sarif']) {
      const { stdout, stderr } = await mortar(folder, 'check', '--format', format);
      expect(stdout + stderr).not.toContain('root:');
    }
  });

  test.each([[['graph']], [['describe', '--json']], [['doctor']]])(
    '%j of all of it at once',
    async (args) => {
      const folder = folderWith(plainMonorepo);
      for (const [name, make] of CASES) if (!/configuration|baseline|MiB|deep|pipe/.test(name)) make(folder);
      endsWell(await mortar(folder, ...args), folder);
    },
  );

  test('the index may hold what no work tree does', async () => {
    const folder = repositoryWith(plainMonorepo);
    execFileSync('git', ['add', '--all'], { cwd: folder });
    const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: folder, input: '/etc/passwd' });
    const id = blob.toString().trim();
    for (const entry of [
      `120000,${id},packages/ui/src/link.ts`,
      `120000,${id},mortar.config.json`,
      `160000,${id},packages/ui/src/sub.ts`,
    ]) {
      execFileSync('git', ['update-index', '--add', '--cacheinfo', entry], { cwd: folder });
    }
    const ended = await mortar(folder, 'check', '--staged');
    endsWell(ended, folder);
    expect(ended.stdout).not.toContain('root:');
  });
});

/** It says what it has to say in words, and has run nothing. */
function endsWell({ code, stdout, stderr }: Ended, folder: string): void {
  expect([0, 1, 2]).toContain(code);
  expect(stderr).not.toMatch(/\n {4}at /);
  if (code === 2) expect(stderr).toMatch(/^MORTAR_[A-Z_]+: /);
  else expect(stderr).toBe('');
  expect(stdout + stderr).not.toMatch(/heap|RangeError|TypeError/);
  for (const place of ['.', 'packages/ui/src']) expect(existsSync(join(folder, place, 'pwned'))).toBe(false);
}

function files(texts: Readonly<Record<string, string>>): Make {
  return (folder) => addFiles(folder, texts);
}
