import { mkdirSync, rmSync, symlinkSync, utimesSync, watch as watchFolder, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { foldersOf, startWatching, type Watching } from '../../src/project/watching.js';
import { folderWith } from '../command.js';

describe('watching', () => {
  test('the folders of files are all those above them too', () => {
    expect([...foldersOf(['a.ts', 'src/a/b/c.ts', 'src/d.ts'])].sort()).toEqual([
      '.',
      'src',
      'src/a',
      'src/a/b',
    ]);
    expect([...foldersOf([])]).toEqual(['.']);
  });

  test('tells of files that change, come and go', async () => {
    const folder = folderWith({ 'src/a.ts': '' });
    const { watching } = watch(folder);
    watching.follow(['.', 'src']);
    for (const change of [
      () => writeFileSync(join(folder, 'src/a.ts'), 'changed'),
      () => writeFileSync(join(folder, 'src/b.vue'), 'new'),
      () => rmSync(join(folder, 'src/a.ts')),
      () => writeFileSync(join(folder, 'mortar.config.json'), '{}'),
      () => mkdirSync(join(folder, 'src/folder')),
    ]) {
      const changed = watching.change();
      change();
      expect(await changed).toBe(true);
    }
  });

  test('a change while nobody waits is told next time', async () => {
    const folder = folderWith({ 'a.ts': '' });
    const { watching } = watch(folder);
    watching.follow(['.']);
    writeFileSync(join(folder, 'a.ts'), 'x');
    expect(await watching.change()).toBe(true);
  });

  test('what is not read is no change, nor is a folder that is followed no more', async () => {
    const folder = folderWith({ 'src/a.ts': '', 'out/a.ts': '' });
    const { watching, abort } = watch(folder);
    watching.follow(['.', 'src', 'out']);
    watching.follow(['.', 'src', 'nowhere']);
    const seen = eventFor(folder, 'report.html');
    const changed = watching.change();
    writeFileSync(join(folder, 'report.txt'), 'our own output');
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'out/a.ts'), 'x');
    writeFileSync(join(folder, 'report.html'), 'x');
    await seen;
    abort();
    expect(await changed).toBe(false);
  });

  test('a folder that was made anew is watched again', async () => {
    const folder = folderWith({ 'src/deep/a.ts': '' });
    const { watching } = watch(folder);
    const all = ['.', 'src', 'src/deep'];
    watching.follow(all);
    for (let round = 0; round < 3; round += 1) {
      rmSync(join(folder, 'src'), { recursive: true });
      mkdirSync(join(folder, 'src/deep'), { recursive: true });
      expect(await watching.change()).toBe(true);
      watching.follow(all);
      const changed = watching.change();
      writeFileSync(join(folder, 'src/deep/a.ts'), `${round}`);
      expect(await changed).toBe(true);
    }
  });

  test('what changed after it was read, and before its watch began, is a change', async () => {
    const folder = folderWith({ 'src/a.ts': '', 'old/a.ts': '', 'old/notes.txt': '' });
    const early = new Date(Date.now() - 60_000);
    utimesSync(join(folder, 'src/a.ts'), early, early);
    const { watching, abort } = watch(folder);
    // Everything was made later than this.
    watching.follow(['src'], Date.now() - 30_000);
    expect(await watching.change()).toBe(true);
    // And nothing later than that.
    watching.follow(['src', 'old', 'nowhere'], Date.now() + 30_000);
    const changed = watching.change();
    abort();
    expect(await changed).toBe(false);
  });

  test('what is followed already is not looked through again', async () => {
    const folder = folderWith({ 'a.ts': '' });
    const { watching, abort } = watch(folder);
    watching.follow(['.']);
    watching.follow(['.'], 0);
    const changed = watching.change();
    abort();
    expect(await changed).toBe(false);
  });

  test('what .gitignore says counts, as do links in a circle, which are no harm', async () => {
    const folder = folderWith({ '.gitignore': '' });
    symlinkSync('loop.ts', join(folder, 'loop.ts'));
    const { watching } = watch(folder);
    watching.follow(['.', 'loop.ts'], Date.now() + 30_000);
    const changed = watching.change();
    writeFileSync(join(folder, '.gitignore'), 'dist\n');
    expect(await changed).toBe(true);
  });

  test('many changes at once are told once', async () => {
    const folder = folderWith({ 'a.ts': '' });
    const { watching, abort } = watch(folder);
    watching.follow(['.']);
    const first = watching.change();
    for (let count = 0; count < 200; count += 1) writeFileSync(join(folder, `a${count}.ts`), 'x');
    expect(await first).toBe(true);
    const second = watching.change();
    abort();
    expect(await second).toBe(false);
  });
});

/** Events of one process come in order: when this one is told, those before it have been. */
function eventFor(folder: string, file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watchFolder(folder, (_, name) => {
      if (name === file) resolve();
    });
    onTestFinished(() => watcher.close());
  });
}

function watch(folder: string): { watching: Watching; abort: () => void } {
  const controller = new AbortController();
  const watching = startWatching(folder, controller.signal);
  onTestFinished(watching.close);
  return { watching, abort: () => controller.abort() };
}
