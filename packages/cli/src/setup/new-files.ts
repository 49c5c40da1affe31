import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { MortarError } from 'mortar/errors';
import { isWithin } from '../project/within.js';
import { writeWhole } from './whole-file.js';

/** A file that is to be made. */
export interface NewFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** What became of it. */
export interface MadeFile {
  readonly path: string;
  readonly state: 'written' | 'overwritten' | 'unchanged';
}

/** How files are made. */
export interface MakingOptions {
  /** The folder that nothing is written outside of, links followed. */
  readonly within: string;
  /** Overwrites what is there. */
  readonly force: boolean;
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
}

/**
 * Makes all of the files or, if one is in the way, none.
 * @throws MortarError `MORTAR_FILE_IN_WAY`
 */
export function makeFiles(files: readonly NewFile[], options: MakingOptions): readonly MadeFile[] {
  const made = files.map((file) => ({ path: file.path, state: stateOf(file, options) }));
  if (options.dryRun) return made;
  const fresh: string[] = [];
  try {
    for (const [index, { path, text }] of files.entries()) {
      const state = made[index]?.state;
      if (state === 'unchanged') continue;
      mkdirSync(dirname(path), { recursive: true });
      writeWhole(path, text);
      if (state === 'written') fresh.push(path);
    }
  } catch (error) {
    for (const path of fresh) rmSync(path, { force: true });
    throw error;
  }
  return made;
}

function stateOf({ path, text }: NewFile, { within, force }: MakingOptions): MadeFile['state'] {
  const home = realFolder(dirname(path));
  if (!isWithin(home, realpathSync(within)))
    throw inWay(path, `a folder inside ${within}`, `a link that leads to ${home}`);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'written';
  if (!stat.isFile())
    throw inWay(path, 'a file, or nothing of that name', stat.isSymbolicLink() ? 'a link' : 'something else');
  if (readFileSync(path, 'utf8') === text) return 'unchanged';
  if (force) return 'overwritten';
  throw inWay(path, 'no file there yet, or --force to overwrite it', 'one that is there already');
}

/** Where a folder is, or will be, once links are followed. */
function realFolder(folder: string): string {
  if (existsSync(folder)) return realpathSync(folder);
  const above = dirname(folder);
  return above === folder ? folder : join(realFolder(above), relative(above, folder).split(sep).join(sep));
}

function inWay(path: string, expected: string, got: string): MortarError {
  return new MortarError('MORTAR_FILE_IN_WAY', {
    rule: `The file ${path} is written only where that harms nothing; none of the files was.`,
    expected,
    got,
  });
}
