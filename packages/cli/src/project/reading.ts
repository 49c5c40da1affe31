import {
  type BoundaryRules,
  createProject,
  loadRules,
  type Project,
  type ProjectGraph,
  readProject,
} from '@mortar/boundaries';
import type { Io } from '../io.js';
import { emptyProject, type GraphOptions, type ReadingOptions, readingOf } from './reading-options.js';
import { projectRoot } from './root.js';

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

/** @throws MortarError as `readProject`; `MORTAR_PROJECT_EMPTY` where there is no code */
export async function readGraph(
  root: string,
  { cache, ofIndex, mayBeEmpty }: GraphOptions,
  io: Io,
): Promise<ProjectGraph> {
  const graph = await readProject(root, readingOf(root, { cache, ofIndex }, io));
  io.progress?.('');
  if (graph.files.size === 0 && mayBeEmpty !== true) throw emptyProject(root);
  return graph;
}
