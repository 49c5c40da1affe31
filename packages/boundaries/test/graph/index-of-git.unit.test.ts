import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { lineOf, makeProject, writeFiles } from '../support/project.js';

it('reads what is staged, not what is in the folder', async () => {
  const root = makeProject({
    'a.ts': "import './b.js';\n",
    'b.ts': '',
    'package.json': '{ "name": "staged" }',
  });
  git(root, 'init', '-q');
  git(root, 'add', '.');
  writeFiles(root, { 'a.ts': "import './nowhere.js';\n", 'c.ts': "import './a.js';\n", 'package.json': '{' });
  const graph = await readProject(root, { source: 'index' });
  expect(graph.edges.map(lineOf)).toEqual(['1:8 sideEffectImport ./b.js → b.ts {}']);
  expect([...graph.files.keys()]).toEqual(['a.ts', 'b.ts']);
  expect(graph.packages.map(({ name }) => name)).toEqual(['staged']);
  expect(graph.readText?.('a.ts')).toBe("import './b.js';\n");
  expect(graph.diagnostics).toEqual([]);
});

it('of a folder within the repository it reads that folder alone', async () => {
  const root = makeProject({ 'inner/a.ts': "import '../b.js';\n", 'b.ts': '' });
  git(root, 'init', '-q');
  git(root, 'add', '.');
  const graph = await readProject(join(root, 'inner'), { source: 'index' });
  expect(graph.edges.map(lineOf)).toEqual(['1:8 sideEffectImport ../b.js → unresolved {}']);
});

it('where there is no repository it says so', async () => {
  const root = makeProject({ 'a.ts': '' });
  await expect(readProject(root, { source: 'index' })).rejects.toMatchObject({
    code: 'MORTAR_GIT_UNAVAILABLE',
  });
});

function git(root: string, ...args: readonly string[]): void {
  execFileSync('git', args, { cwd: root, stdio: 'pipe' });
}
