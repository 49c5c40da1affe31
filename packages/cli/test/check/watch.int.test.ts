import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { addFiles, folderWith, git, repositoryWith } from '../command.js';
import { brokenMonorepo, plainMonorepo } from './projects.js';
import { watching } from './watch.js';

/** A check of this project takes a tenth of it: one that followed would have been told by then. */
const QUIET_MS = 2000;
const REACHES = "import { secret } from '../../core/src/sum.js';\nexport const more = secret;\n";

describe('mortar check --watch', () => {
  test('checks again after each change, mends itself, and ends when nobody reads', async () => {
    const folder = folderWith(plainMonorepo);
    const watch = watching(folder);
    await watch.told(/No violations/);
    addFiles(folder, brokenMonorepo);
    await watch.told(/package-exports/);
    writeFileSync(join(folder, 'mortar.config.json'), '{');
    await watch.told(/MORTAR_RULES_INVALID/);
    rmSync(join(folder, 'mortar.config.json'));
    await watch.told(/package-exports/);
    addFiles(folder, plainMonorepo);
    await watch.told(/No violations/);
    // A folder that was not there.
    addFiles(folder, {
      'packages/ui/src/deep/er/file.ts': `import { secret } from '../../../../core/src/sum.js';\n`,
    });
    await watch.told(/deep\/er\/file\.ts/);
    addFiles(folder, { 'packages/ui/src/deep/er/file.ts': '' });
    await watch.told(/No violations/);
    watch.leave();
    addFiles(folder, brokenMonorepo);
    expect(await watch.ended).toBe(1);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends it at once, with nothing more to say',
    async (signal) => {
      const watch = watching(folderWith(plainMonorepo));
      await watch.told(/No violations/);
      const before = watch.printed();
      watch.child.kill(signal);
      expect(await watch.ended).toBe(signal);
      expect(watch.printed()).toBe(before);
    },
  );

  test('a folder that is made anew, as by a change of branches, is watched as the old one was', async () => {
    const folder = folderWith(plainMonorepo);
    const watch = watching(folder);
    await watch.told(/No violations/);
    // Both at once: for the check nothing has gone, and for the system each folder is another one.
    const kept = join(folderWith(), 'packages');
    cpSync(join(folder, 'packages'), kept, { recursive: true });
    rmSync(join(folder, 'packages'), { recursive: true });
    cpSync(kept, join(folder, 'packages'), { recursive: true });
    await watch.told(/No violations/);
    addFiles(folder, { 'packages/ui/src/more.ts': REACHES });
    await watch.told(/more\.ts/);
    writeFileSync(join(folder, 'packages/ui/src/more.ts'), '');
    await watch.told(/No violations/);
  });

  test('git that changes the branch is followed', async () => {
    const folder = repositoryWith(plainMonorepo);
    git(folder, 'add', '--all');
    git(folder, 'commit', '-qm', 'one');
    git(folder, 'checkout', '-qb', 'other');
    addFiles(folder, { 'packages/ui/src/area/more.ts': REACHES.replace('../../', '../../../') });
    git(folder, 'add', '--all');
    git(folder, 'commit', '-qm', 'two');
    const watch = watching(folder);
    await watch.told(/area\/more\.ts/);
    git(folder, 'checkout', '-q', 'main');
    await watch.told(/No violations/);
    git(folder, 'checkout', '-q', 'other');
    await watch.told(/area\/more\.ts/);
  });

  test('what .gitignore says is what is read', async () => {
    const folder = folderWith({
      ...plainMonorepo,
      'packages/ui/src/made.ts': REACHES,
      '.gitignore': '# none\n',
    });
    const watch = watching(folder);
    await watch.told(/made\.ts/);
    writeFileSync(join(folder, '.gitignore'), 'made.ts\n');
    await watch.told(/No violations/);
  });

  test('a project that goes away ends it, since nothing would tell that it is back', async () => {
    const folder = folderWith({ 'web/package.json': '{}', 'web/a.ts': 'export const a = 1;\n' });
    const watch = watching(folder, ['--root', 'web']);
    await watch.told(/No violations/);
    renameSync(join(folder, 'web'), join(folder, 'elsewhere'));
    expect(await watch.ended).toBe(2);
  });

  test('a report that is led into the project is no change', async () => {
    const folder = folderWith(plainMonorepo);
    const watch = watching(folder, ['--json'], 'report.json');
    await watch.told(/Watching/);
    const again = watch.told(/Watching/).then(() => 'again');
    expect(await Promise.race([again, setTimeout(QUIET_MS, 'quiet')])).toBe('quiet');
    addFiles(folder, brokenMonorepo);
    await watch.told(/Watching/);
    // Would each report be a change, there would have been some more before this one.
    addFiles(folder, { 'packages/ui/src/more.ts': REACHES });
    await watch.told(/Watching/);
    expect(watch.checks()).toBe(3);
    const reports = documentsOf(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(reports.map(({ violations }) => violations?.length)).toEqual([0, 1, 2]);
  });

  test('as JSON each check is one document, also one that could not be made', async () => {
    const folder = folderWith(plainMonorepo);
    const watch = watching(folder, ['--json']);
    await watch.told(/Watching/);
    writeFileSync(join(folder, 'mortar.config.json'), '{ "rulez": {} }');
    await watch.told(/MORTAR_RULES_INVALID/);
    rmSync(join(folder, 'mortar.config.json'));
    await watch.told(/"violations"/);
    watch.child.kill();
    await watch.ended;
    const documents = documentsOf(watch.printed());
    expect(documents.map((one) => one.error?.code ?? one.violations?.length)).toEqual([
      0,
      'MORTAR_RULES_INVALID',
      0,
    ]);
  });

  test('a root that is no folder is wrong use, and nothing to wait for', async () => {
    expect(await watching(folderWith({ file: '' }), ['--root', 'file']).ended).toBe(2);
  });
});

interface Document {
  readonly violations?: readonly unknown[];
  readonly error?: { readonly code: string };
}

/** Documents stand one after the other, each beginning with a brace in the first column. */
function documentsOf(text: string): Document[] {
  return text
    .split(/^(?=\{)/m)
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(part));
}
