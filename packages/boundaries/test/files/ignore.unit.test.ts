import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { makeProject, writeFiles } from '../support/project.js';

const names = ['a', 'b', 'ab', 'build', 'x.gen', 'keep'];
const name = fc.constantFrom(...names);
const path = fc.array(name, { minLength: 0, maxLength: 3 }).map((folders) => [...folders, 'f.ts'].join('/'));
const part = fc.constantFrom(...names, '*', 'a*', '*b', '?b', '**', '*.gen', '[ab]', 'f.ts', '*.ts');
const pattern = fc
  .tuple(
    fc.constantFrom('', '', '!', '/'),
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    fc.constantFrom('', '', '/'),
  )
  .map((parts) => parts.join(''));

it('what git ignores is left out, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(path, { minLength: 1, maxLength: 12 }),
      fc.array(pattern, { maxLength: 5 }),
      fc.array(pattern, { maxLength: 3 }),
      async (paths, outer, inner) => {
        const root = makeProject({
          ...Object.fromEntries(paths.map((one) => [one, ''])),
          '.gitignore': `# comment\n${outer.join('\n')}\n`,
          'a/.gitignore': inner.join('\r\n'),
        });
        const { files } = await readProject(root);
        expect([...files.keys()]).toEqual(listedByGit(root));
      },
    ),
    { numRuns: 80 },
  );
});

it('folders of other people are left out without being ignored', async () => {
  const root = makeProject({
    'a.ts': '',
    'node_modules/x/index.ts': '',
    'packages/p/node_modules/y/index.ts': '',
    'dist/a.ts': '',
    '.git/hooks/a.ts': '',
    'coverage/a.js': '',
  });
  expect([...(await readProject(root)).files.keys()]).toEqual(['a.ts']);
});

it('folders called as outputs are left out where tools fill them, and read as sources elsewhere', async () => {
  const root = makeProject({
    'src/a.ts': "import './coverage/it.js';\nimport './deep/dist/it.js';",
    'src/coverage/it.ts': '',
    'src/deep/dist/it.ts': '',
    'packages/p/package.json': '{ "name": "p" }',
    'packages/p/dist/made.js': '',
    'packages/p/coverage/made.js': '',
    'packages/p/src/dist/it.ts': '',
  });
  const expected = ['packages/p/src/dist/it.ts', 'src/a.ts', 'src/coverage/it.ts', 'src/deep/dist/it.ts'];
  const { files, edges } = await readProject(root);
  expect([...files.keys()]).toEqual(expected);
  expect(edges.map(({ to }) => to.kind)).toEqual(['file', 'file']);
  execFileSync('git', ['init', '-q'], { cwd: root });
  execFileSync('git', ['add', '.'], { cwd: root });
  expect([...(await readProject(root, { source: 'index' })).files.keys()]).toEqual(expected);
});

it('what .git/info/exclude names is left out, unless a .gitignore takes it back', async () => {
  const root = makeProject({ 'a.ts': '', 'mine.ts': '', 'ours.ts': '', '.gitignore': '!ours.ts\n' });
  execFileSync('git', ['init', '-q'], { cwd: root });
  writeFiles(root, { '.git/info/exclude': 'mine.ts\nours.ts\n' });
  expect([...(await readProject(root)).files.keys()]).toEqual(['a.ts', 'ours.ts']);
});

it.each(['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs', 'vue', 'svelte', 'd.ts', 'TS'])(
  'a file of .%s is code',
  async (ending) => {
    const { files } = await readProject(
      makeProject({ [`a.${ending}`]: '', 'a.json': '{}', 'a.txt': '', ats: '' }),
    );
    expect([...files.keys()]).toEqual([`a.${ending}`]);
  },
);

function listedByGit(root: string): readonly string[] {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'core.excludesFile=/dev/null', ...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  git('init', '-q');
  return git('ls-files', '-z', '--others', '--exclude-standard')
    .split('\0')
    .filter((one) => one.endsWith('.ts'))
    .sort();
}
