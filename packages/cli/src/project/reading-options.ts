import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadProjectOptions } from '@mortar/boundaries';
import { MortarError } from 'mortar/errors';
import type { CommonOptions } from '../frame.js';
import type { Io } from '../io.js';
import { isWithin } from './within.js';

/** The options of all commands that read the code. */
export interface ReadingOptions extends CommonOptions {
  /** `--no-cache`: reads everything anew, and keeps nothing. */
  readonly cache?: boolean;
}

/** How the files of a project are read. */
export interface GraphOptions extends ReadingOptions {
  /** Reads what is staged in git. */
  readonly ofIndex?: boolean;
  /** A project without code is one too. */
  readonly mayBeEmpty?: boolean;
}

/** The same for whoever reads them, with progress where a person sees it. */
export function readingOf(
  root: string,
  { cache, ofIndex }: { readonly cache?: boolean | undefined; readonly ofIndex?: boolean | undefined },
  { progress, signal }: Io,
): ReadProjectOptions {
  return {
    ...(cache === false ? {} : cacheIn(root)),
    source: ofIndex === true ? 'index' : 'work-tree',
    ...(progress === undefined
      ? {}
      : { onProgress: ({ done, total }) => progress(`reading ${done} of ${total} files`) }),
    signal,
  };
}

/** Says that there is no code in a folder. */
export function emptyProject(root: string): MortarError {
  return new MortarError('MORTAR_PROJECT_EMPTY', {
    rule: 'A check needs code: without any it would be right whatever is wrong.',
    expected: 'files of TypeScript or JavaScript that git does not ignore',
    got: `none in ${root}`,
  });
}

/**
 * Where there are no installed packages there is no place that git ignores for sure, and little to gain; and nothing is
 * written where a link leads out of the project.
 */
function cacheIn(root: string): { readonly cache?: string } {
  const modules = join(root, 'node_modules');
  const folders = [modules, join(modules, '.cache'), join(modules, '.cache', 'mortar')];
  const isInside =
    existsSync(modules) && folders.every((one) => !existsSync(one) || isWithin(realpathSync(one), root));
  return isInside ? { cache: join(modules, '.cache', 'mortar') } : {};
}
