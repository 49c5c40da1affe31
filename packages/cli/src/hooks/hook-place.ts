import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { MortarError } from 'mortar/errors';
import type { Repository } from '../git/repository.js';
import { isWithin } from '../project/within.js';

/** Where a hook before commits belongs. */
export interface HookPlace {
  readonly manager: 'git' | 'husky' | 'lefthook';
  /** The script, or lefthook's configuration. Absolute. */
  readonly path: string;
  /** Whether git runs the file itself, and only where it may be executed. */
  readonly isRunByGit: boolean;
  /** What the user has to know. */
  readonly notes: readonly string[];
}

const LEFTHOOK_FILES = ['lefthook', '.lefthook', join('.config', 'lefthook')].flatMap((name) =>
  ['.yml', '.yaml', '.toml', '.json', '.jsonc'].map((ending) => `${name}${ending}`),
);

/**
 * Finds where the hook belongs: with husky or lefthook into what they run, since their own files in the hooks folder
 * are made anew each time they are installed.
 * @throws MortarError `MORTAR_FILE_IN_WAY` where git looks for hooks outside the repository: a hook there would run in others too
 */
export function hookPlace(repository: Repository): HookPlace {
  const { top, common, hooks } = repository;
  const husky = huskyFolder(hooks);
  if (husky !== undefined) return { ...script(husky), manager: 'husky', isRunByGit: false };
  const lefthook = LEFTHOOK_FILES.map((name) => join(top, name)).find(
    (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  );
  if (lefthook !== undefined) {
    return { manager: 'lefthook', path: lefthook, isRunByGit: false, notes: lefthookNotes(hooks) };
  }
  if (!isWithin(hooks, common) && !isWithin(hooks, top)) throw outside(hooks);
  const sleeping = join(top, '.husky');
  if (existsSync(sleeping) && isWithin(hooks, common)) {
    return {
      ...script(sleeping),
      manager: 'husky',
      isRunByGit: false,
      notes: ['Git does not run the hooks of husky here yet: npx husky makes it so.'],
    };
  }
  return { ...script(hooks), manager: basename(hooks) === '.husky' ? 'husky' : 'git' };
}

/** Husky 9 leads git to `.husky/_`, which it makes anew, and runs what stands beside. */
function huskyFolder(hooks: string): string | undefined {
  if (basename(hooks) !== '_') return undefined;
  const isHusky = existsSync(join(hooks, 'h')) || existsSync(join(hooks, 'husky.sh'));
  return isHusky || basename(dirname(hooks)) === '.husky' ? dirname(hooks) : undefined;
}

function lefthookNotes(hooks: string): string[] {
  return existsSync(join(hooks, 'pre-commit'))
    ? []
    : ['Git does not run the hooks of lefthook here yet: npx lefthook install makes it so.'];
}

function script(folder: string): HookPlace {
  return { manager: 'git', path: join(folder, 'pre-commit'), isRunByGit: true, notes: [] };
}

function outside(hooks: string): MortarError {
  return new MortarError('MORTAR_FILE_IN_WAY', {
    rule: 'A hook is installed into its own repository only.',
    expected: 'a folder of hooks inside the repository (git config core.hooksPath .githooks)',
    got: `core.hooksPath, which leads to ${hooks}, whose hooks run in every repository that names it`,
  });
}

/** A path for messages, from the top of the work tree where it lies in it. */
export function shown(path: string, { top }: Repository): string {
  return isWithin(path, top) ? relative(top, path).replaceAll('\\', '/') : path;
}
