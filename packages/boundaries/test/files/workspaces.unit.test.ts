import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPnpmPackages } from '../../src/files/pnpm-workspace.js';
import { compileWorkspaceGlobs } from '../../src/files/workspace-globs.js';
import { readProject } from '../../src/index.js';
import { makeProject } from '../support/project.js';

const folders = ['packages/a', 'packages/b', 'packages/ab', 'packages/skip', 'packages/a/b', 'tools/a', 'a'];

describe('a pattern of a workspace', () => {
  it.each([
    ['packages/*', 'packages/a packages/b packages/ab packages/skip'],
    ['packages/!(skip)', 'packages/a packages/b packages/ab'],
    ['packages/!(skip|ab)', 'packages/a packages/b'],
    ['packages/!(a)*', 'packages/a packages/b packages/ab packages/skip'],
    ['packages/[ab]', 'packages/a packages/b'],
    ['packages/[!a]', 'packages/b'],
    ['packages/[^a-b]*', 'packages/skip'],
    ['packages/@(a|b)', 'packages/a packages/b'],
    ['packages/+(a|b)', 'packages/a packages/b packages/ab'],
    ['packages/?(a)b', 'packages/b packages/ab'],
    ['packages/*(a|b|@(s)kip)', 'packages/a packages/b packages/ab packages/skip'],
    ['!(tools)/a', 'packages/a'],
    ['./{packages,tools}/a/', 'packages/a tools/a'],
    ['**/a', 'packages/a tools/a a'],
    ['packages/**', 'packages/a packages/b packages/ab packages/skip packages/a/b'],
  ])('%s names %s', (pattern, expected) => {
    expect(membersOf([pattern])).toBe(expected);
  });

  it('takes away with !, and the last that matches decides', () => {
    expect(membersOf(['packages/*', '!packages/[ab]*', 'packages/b'])).toBe('packages/b packages/skip');
  });

  it('may count', () => {
    const { isMember } = compileWorkspaceGlobs(['app-{1..3}']);
    expect(['app-0', 'app-1', 'app-3', 'app-4'].filter(isMember)).toEqual(['app-1', 'app-3']);
  });

  it.each([
    'a/+(b',
    '../a',
    'a\\b',
    'a/[[:alpha:]]',
    '@(a/b|c)',
    `${'{a,b}'.repeat(20)}`,
    '@('.repeat(400),
    '!(a|@(!(b)))',
    'a'.repeat(201),
  ])('that is not understood is told: %.20s', (pattern) =>
    expect(compileWorkspaceGlobs([pattern]).unclear).toEqual([pattern]),
  );

  it('of signs and letters is what a regular expression says', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '?',
      '*',
      '@(a|b)',
      '+(a|ab)',
      '*(b)',
      '?(ba)',
      '[ab]',
      '[!a]',
      '@(a*|)',
    );
    const name = fc.stringMatching(/^[abc]{1,6}$/);
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), name, (pieces, text) => {
        expect(compileWorkspaceGlobs([pieces.join('')]).isMember(text), pieces.join('')).toBe(
          text !== '' && new RegExp(`^${pieces.map(regularOf).join('')}$`).test(text),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '+(a|+(a|+(a|aa)))'.repeat(11),
    '!(*a*)'.repeat(30),
    '!(+(a|*(b|aa)))'.repeat(13),
    '*'.repeat(199),
  ])('that is meant to hang does not: %.12s…', (pattern) => {
    const start = performance.now();
    compileWorkspaceGlobs([pattern]).isMember(`${'a'.repeat(250)}b`);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('pnpm-workspace.yaml', () => {
  it.each([
    ['folded', 'packages:\n  - >-\n    packages/*\n  - tools/*\n', ['packages/*', 'tools/*']],
    ['literal', 'packages:\n- |\n  packages/*\n\n- tools/*\n', ['packages/*', 'tools/*']],
    ['on the next line', 'packages:\n  -\n    tools/*\n', ['tools/*']],
    [
      'brackets in brackets',
      'packages: ["packages/[ab]", \'x/+(a|b)\', y/*] # all\n',
      ['packages/[ab]', 'x/+(a|b)', 'y/*'],
    ],
    ['brackets below', 'packages: # ours\n  [\n  "a", # one\n  b # two\n  ]\n', ['a', 'b']],
    ['quotes in quotes', "packages:\n  - 'it''s/*'\n  - \"a\\u002f*\"\n", ["it's/*", 'a/*']],
    ['an anchor', 'packages: &all\n  - &one a/*\ncatalog: {}\n', ['a/*']],
    ['JSON', '{ "packages": ["a/*"] }', ['a/*']],
    ['no list', 'catalog:\n  packages: 1\n', []],
  ])('%s', (_, text, expected) => {
    expect(readPnpmPackages(text)).toEqual({ patterns: expected, unclear: [] });
  });

  it.each([
    'packages: *all\n',
    'packages:\n  - *one\n',
    'packages:\n  - a: b\n',
    'packages: ["a"\n',
    'packages:\n  - "a\n',
  ])('says what it does not understand: %j', (text) =>
    expect(readPnpmPackages(text).unclear).toHaveLength(1),
  );
});

it.each([
  ['package.json', { 'package.json': '{ "workspaces": ["packages/+(a"] }' }],
  ['package.json', { 'package.json': '{ "workspaces": "packages/*" }' }],
  ['lerna.json', { 'lerna.json': '{ "packages": ["packages/\\\\*"] }' }],
  ['pnpm-workspace.yaml', { 'pnpm-workspace.yaml': 'packages: *these\n' }],
])('what of %s is not understood is told', async (path, files: Record<string, string>) => {
  const { diagnostics } = await readProject(makeProject({ ...files, 'a.ts': '' }));
  expect(diagnostics.map((one) => [one.code, one.path])).toEqual([['workspace-unclear', path]]);
});

it('members of a workspace of npm with an extended glob are found by name', async () => {
  const { edges } = await readProject(
    makeProject({
      'package.json': '{ "workspaces": ["packages/!(skip)"] }',
      'packages/one/package.json': '{ "name": "@acme/one" }',
      'packages/one/index.ts': "import '@acme/skip';",
      'packages/skip/package.json': '{ "name": "@acme/skip" }',
      'packages/skip/index.ts': "import '@acme/one';",
    }),
  );
  expect(edges.map(({ to }) => to.kind)).toEqual(['unresolved', 'file']);
});

function membersOf(patterns: readonly string[]): string {
  return folders.filter(compileWorkspaceGlobs(patterns).isMember).join(' ');
}

function regularOf(piece: string): string {
  const group = /^([@+*?])\((.*)\)$/.exec(piece);
  if (group === null) return piece.replace('[!', '[^').replace(/^\?$/, '.').replace(/^\*$/, '.*');
  return `(?:${group[2]?.replace('*', '.*')})${group[1]?.replace('@', '')}`;
}
