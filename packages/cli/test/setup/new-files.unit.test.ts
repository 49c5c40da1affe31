import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type MakingOptions, makeFiles } from '../../src/setup/new-files.js';
import { folderWith } from '../command.js';

describe('files that are made together', () => {
  test('are written with their folders, and a second time left', () => {
    const within = folderWith();
    const files = [fileAt(within, 'a.json'), fileAt(within, 'x/y/b.yml')];
    expect(statesOf(files, { within })).toEqual(['written', 'written']);
    expect(readFileSync(join(within, 'x/y/b.yml'), 'utf8')).toBe('text of x/y/b.yml');
    expect(statesOf(files, { within })).toEqual(['unchanged', 'unchanged']);
    expect(readdirSync(within, { recursive: true }).sort()).toEqual(['a.json', 'x', 'x/y', 'x/y/b.yml']);
  });

  test('are not written at all where one can not be, whatever its place in the list', () => {
    const within = folderWith({ file: 'mine', 'taken.json': 'mine' });
    const good = fileAt(within, 'good.json');
    for (const bad of [fileAt(within, 'taken.json'), fileAt(within, 'file/below.json')]) {
      expect(() => statesOf([good, bad], { within })).toThrow();
      expect(() => statesOf([bad, good], { within })).toThrow();
      expect(existsSync(good.path)).toBe(false);
    }
  });

  test('go again where the disk refuses a later one: here its name is too long', () => {
    const within = folderWith({ 'old.json': 'mine' });
    const files = [fileAt(within, 'one.json'), fileAt(within, `${'x'.repeat(250)}.json`)];
    expect(() => statesOf(files, { within })).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }));
    expect(readdirSync(within)).toEqual(['old.json']);
  });

  test('are only told with a dry run, which finds what is in the way as well', () => {
    const within = folderWith({ 'taken.json': 'mine' });
    const files = [fileAt(within, 'new.json'), fileAt(within, 'taken.json')];
    expect(statesOf(files, { within, force: true, dryRun: true })).toEqual(['written', 'overwritten']);
    expect(readdirSync(within)).toEqual(['taken.json']);
    expect(readFileSync(join(within, 'taken.json'), 'utf8')).toBe('mine');
    expect(() => statesOf(files, { within, dryRun: true })).toThrow(
      expect.objectContaining({ code: 'MORTAR_FILE_IN_WAY' }),
    );
  });

  test.each(['folder', 'link', 'link to nowhere'])('do not take the place of a %s, forced or not', (kind) => {
    const within = folderWith({ 'other.json': 'mine' });
    const path = join(within, 'a.json');
    if (kind === 'folder') mkdirSync(path);
    else symlinkSync(kind === 'link' ? 'other.json' : 'nowhere.json', path);
    expect(() => statesOf([fileAt(within, 'a.json')], { within, force: true })).toThrow(
      expect.objectContaining({ code: 'MORTAR_FILE_IN_WAY' }),
    );
    expect(readFileSync(join(within, 'other.json'), 'utf8')).toBe('mine');
    expect(existsSync(join(within, 'nowhere.json'))).toBe(false);
  });

  test('stay inside, also where a folder on the way is a link', () => {
    const [within, outside] = [folderWith(), folderWith()];
    symlinkSync(outside, join(within, 'out'));
    for (const path of ['out/a.json', 'out/deep/a.json', '../a.json']) {
      expect(() => statesOf([fileAt(within, path)], { within, force: true })).toThrow(
        expect.objectContaining({ code: 'MORTAR_FILE_IN_WAY' }),
      );
    }
    expect(readdirSync(outside)).toEqual([]);
  });
});

function fileAt(within: string, path: string): { path: string; text: string } {
  return { path: join(within, path), text: `text of ${path}` };
}

function statesOf(
  files: Parameters<typeof makeFiles>[0],
  options: Partial<MakingOptions> & Pick<MakingOptions, 'within'>,
): string[] {
  return makeFiles(files, { force: false, dryRun: false, ...options }).map(({ state }) => state);
}
