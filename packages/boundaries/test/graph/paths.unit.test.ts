import { expect, it } from 'vitest';
import { findPath, readProject, runtimeEdges } from '../../src/index.js';
import { makeProject } from '../support/project.js';

const files = {
  'package.json': '{ "dependencies": { "mortar": "1" } }',
  'a.ts': "import './long-1.js';\nimport type { T } from './b.js';\nexport let t: T;\n",
  'b.ts': "import { Happened } from './c.js';\nexport type T = 1;\npublish(Happened);\n",
  'c.ts': "import { event } from 'mortar';\nexport const Happened = event('c.happened', {});\n",
  'long-1.ts': "import './long-2.js';\n",
  'long-2.ts': "import './c.js';\n",
};

it('the shortest way is found, over types and messages too', async () => {
  const graph = await readProject(makeProject(files));
  const way = findPath(graph, 'a.ts', 'c.ts');
  expect(way?.map(({ from, to }) => `${from} → ${to}`)).toEqual(['a.ts → b.ts', 'b.ts → c.ts']);
  expect(findPath(graph, 'c.ts', 'a.ts')).toBeUndefined();
  expect(findPath(graph, 'a.ts', 'a.ts')).toEqual([]);
});

it('edges of types, and those that lead to no file, are not there when the code runs', async () => {
  const graph = await readProject(makeProject(files));
  expect(runtimeEdges(graph).map(({ from, specifier }) => `${from} ${specifier}`)).toEqual([
    'a.ts ./long-1.js',
    'b.ts ./c.js',
    'long-1.ts ./long-2.js',
    'long-2.ts ./c.js',
  ]);
});
