import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Io } from '../../src/io.js';
import { projectRoot } from '../../src/project/root.js';
import { folderWith } from '../command.js';

describe('the root of a project', () => {
  test.each([
    ['a configuration above', { 'mortar.config.json': '', 'a/b/package.json': '{}' }, 'a/b', '.'],
    [
      'the nearest configuration',
      { 'mortar.config.json': '', 'a/mortar.config.json': '', 'a/b/x': '' },
      'a/b',
      'a',
    ],
    ['workspaces of npm', { 'package.json': '{"workspaces":["a/*"]}', 'a/b/package.json': '{}' }, 'a/b', '.'],
    ['workspaces of pnpm', { 'pnpm-workspace.yaml': '', 'a/b/package.json': '{}' }, 'a/b', '.'],
    ['a package', { 'package.json': '{}', 'a/package.json': '{}', 'a/b/x': '' }, 'a/b', 'a'],
    ['nothing at all', { 'a/b/x': '' }, 'a/b', 'a/b'],
    [
      'workspaces above another repository',
      { 'package.json': '{"workspaces":[]}', 'a/.git/x': '', 'a/b/x': '' },
      'a/b',
      'a/b',
    ],
    ['a package.json that is broken', { 'package.json': '{', 'a/b/x': '' }, 'a/b', '.'],
    [
      'a package.json that only inherits',
      { 'package.json': '{"__proto__":{"workspaces":[]}}', 'a/package.json': '{}' },
      'a',
      'a',
    ],
  ])('by %s', (_, files, here, expected) => {
    const folder = folderWith({ '.git/x': '', ...files });
    expect(projectRoot(undefined, ioAt(join(folder, here)))).toBe(join(folder, expected));
  });

  test('by what is asked for, from where the user stands, links resolved', () => {
    const folder = folderWith({ 'a/x': '' });
    symlinkSync('a', join(folder, 'link'));
    mkdirSync(join(folder, 'b'));
    expect(projectRoot('../link', ioAt(join(folder, 'b')))).toBe(join(folder, 'a'));
  });

  test.each(['nowhere', 'x', '\0', ''])('%j is no folder, or where one stands', (asked) => {
    const folder = folderWith({ x: '' });
    const find = (): string => projectRoot(asked, ioAt(folder));
    if (asked === '') expect(find()).toBe(folder);
    else expect(find).toThrow(expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }));
  });
});

function ioAt(folder: string): Io {
  return {
    print: () => undefined,
    complain: () => undefined,
    folder,
    workingFolder: folder,
    hasColour: false,
    progress: undefined,
    signal: new AbortController().signal,
  };
}
