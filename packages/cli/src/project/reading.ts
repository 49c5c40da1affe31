import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BoundaryRules,
  createProject,
  loadRules,
  type Project,
  type ProjectGraph,
  readProject,
} from '@mortar/boundaries';
import { MortarError } from 'mortar/errors';
import type { CommonOptions } from '../frame.js';
import { isWithin } from '../git/repository.js';
import type { Io } from '../io.js';
import { projectRoot } from './root.js';

/** The options of all commands that read the code. */
export interface ReadingOptions extends CommonOptions {
  /** `--no-cache`: reads everything anew, and keeps nothing. */
  readonly cache?: boolean;
}

/** A project that was read, and what it is held to. */
export interface ReadProject {
  readonly root: string;
  readonly rules: BoundaryRules;
  readonly graph: ProjectGraph;
}

/**
 * Reads the project that is meant, with progress where a person sees it.
 * @throws MortarError as `loadRules` and `readProject`; `MORTAR_PROJECT_EMPTY` where there is no code
 */
export async function readCode(options: ReadingOptions, io: Io): Promise<ReadProject> {
  const root = projectRoot(options.root, io);
  const rules = await loadRules(root);
  const graph = await readGraph(root, options, io);
  return { root, rules, graph };
}

/** The same with the files arranged by module. */
export async function readModules(options: ReadingOptions, io: Io): Promise<Project> {
  const { graph, rules } = await readCode(options, io);
  return createProject(graph, rules);
}

/** How the files of a project are read. */
export interface GraphOptions extends ReadingOptions {
  /** Reads what is staged in git. */
  readonly ofIndex?: boolean;
  /** A project without code is one too. */
  readonly mayBeEmpty?: boolean;
}

/** @throws MortarError as `readProject`; `MORTAR_PROJECT_EMPTY` where there is no code */
export async function readGraph(
  root: string,
  { cache, ofIndex, mayBeEmpty }: GraphOptions,
  { progress, signal }: Io,
): Promise<ProjectGraph> {
  const graph = await readProject(root, {
    ...(cache === false ? {} : cacheIn(root)),
    source: ofIndex === true ? 'index' : 'work-tree',
    ...(progress === undefined
      ? {}
      : { onProgress: ({ done, total }) => progress(`reading ${done} of ${total} files`) }),
    signal,
  });
  progress?.('');
  if (graph.files.size > 0 || mayBeEmpty === true) return graph;
  throw new MortarError('MORTAR_PROJECT_EMPTY', {
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
