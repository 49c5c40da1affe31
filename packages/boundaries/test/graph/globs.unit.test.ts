import { describe, expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { type Files, makeProject } from '../support/project.js';

const files: Files = {
  'package.json': '{ "name": "web" }',
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
  'src/pages/home.ts': '',
  'src/pages/home.test.ts': '',
  'src/pages/View.vue': '',
  'src/parts/list.ts': '',
  'src/parts/list.md': '',
};

/** Where the patterns of a file in `src` lead: paths from there, or the kind of what is no file. */
async function led(code: string): Promise<string[]> {
  const { edges } = await readProject(makeProject({ ...files, 'src/a.ts': `${code}\n` }));
  return edges.map(({ to }) => {
    if (to.kind === 'file') return to.path.replace(/^src\//, '');
    return to.kind === 'unanalysable' ? `? ${to.text}` : to.kind;
  });
}

describe('import.meta.glob', () => {
  it.each([
    ["import.meta.glob('./pages/*.ts');", ['pages/home.test.ts', 'pages/home.ts']],
    [
      "import.meta.glob(['./pages/*.ts', './parts/*.ts']);",
      ['pages/home.test.ts', 'pages/home.ts', 'parts/list.ts'],
    ],
    ["import.meta.glob('/src/parts/*.ts');", ['parts/list.ts']],
    ["import.meta.glob('**/list.ts');", ['parts/list.ts']],
    ["import.meta.glob('@/parts/*.ts');", ['parts/list.ts']],
    ["import.meta.glob('./parts/*.{ts,vue}');", ['parts/list.ts']],
    ["import.meta.glob<Page>('./parts/*.ts', { eager: true });", ['parts/list.ts']],
    ["import.meta.globEager('./parts/*.ts');", ['parts/list.ts']],
  ])('%s', async (code, expected) => expect(await led(code)).toEqual(expected));

  it.each([
    ["import.meta.glob(['./pages/*.ts', '!**/*.test.ts']);", ['pages/home.ts']],
    ["import.meta.glob(['./pages/*.ts', '!./pages/home.test.ts']);", ['pages/home.ts']],
    ["import.meta.glob(['./pages/*.ts', '!/src/pages/*.test.ts']);", ['pages/home.ts']],
    ["import.meta.glob(['./pages/*.ts', '!@/pages/*.test.ts']);", ['pages/home.ts']],
    // Vite takes them away wherever they stand.
    [
      "import.meta.glob(['!**/*.test.ts', './pages/*.ts', './parts/*.ts']);",
      ['pages/home.ts', 'parts/list.ts'],
    ],
    ["import.meta.glob(['./pages/*.ts', '!./pages/*']);", ['unresolved']],
    ["import.meta.glob(['!./pages/*']);", []],
  ])('takes away what begins with an exclamation mark: %s', async (code, expected) =>
    expect(await led(code)).toEqual(expected),
  );

  it.each([
    ["import.meta.glob('./*.ts', { base: './parts' });", ['parts/list.ts']],
    [
      "import.meta.glob(['./*.ts', '!./*.test.ts'] as const, { eager: true, base: '/src/pages' });",
      ['pages/home.ts'],
    ],
    ["import.meta.glob('../parts/*.ts', { 'base': './pages', });", ['parts/list.ts']],
    ["import.meta.glob('./*.ts', { base });", ["? './*.ts', { base }"]],
    ["import.meta.glob('./*.ts', { base: root + 'parts' });", ["? './*.ts', { base: root + 'parts' }"]],
    ["import.meta.glob('./parts/*.ts', { query: { database: 'x' }, baseless: 1 });", ['parts/list.ts']],
  ])('counts from a base: %s', async (code, expected) => expect(await led(code)).toEqual(expected));

  it.each([
    ["import.meta.glob('./none/*.ts');", ['unresolved']],
    ["import.meta.glob('./none/*');", ['unresolved']],
    ["import.meta.glob('./parts/*.md');", ['asset']],
    ["import.meta.glob('./locales/*.{json,yaml}');", ['asset']],
    ['import.meta.glob(pages);', ['? pages']],
    ["import.meta.glob(['./parts/*.ts', ...more]);", ['parts/list.ts', '? ...more]']],
    ["import.meta.webpackContext('./parts');", ["? import.meta.webpackContext('./parts'"]],
    ['import.meta.glob();', []],
    ['import.meta.glob([]);', []],
  ])('%s', async (code, expected) => expect(await led(code)).toEqual(expected));
});
