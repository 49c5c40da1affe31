import { existsSync, statSync } from 'node:fs';
import { MortarError } from 'mortar/errors';
import { type GraphState, keepGraph } from '../cache/kept-graph.js';
import { ScanCache } from '../cache/scan-cache.js';
import { readGitIndex } from '../files/git-index.js';
import { ConfigurationReader, type Manifests, readManifests } from '../files/manifests.js';
import { ProbedFiles } from '../files/probed-files.js';
import { decodeText, type ProjectFiles } from '../files/project-files.js';
import { readWorkTree } from '../files/work-tree.js';
import { TsConfigs } from '../resolve/tsconfig.js';
import { codeExtensions } from '../scan/language.js';
import type { ScanTask } from '../scanning/scan-content.js';
import { type ScanProgress, scanFiles } from '../scanning/scan-files.js';
import { buildGraph } from './build-graph.js';
import { knownGraph } from './known-graph.js';
import type { Diagnostic, ProjectGraph } from './project-graph.js';

/** How a project is read. */
export interface ReadProjectOptions {
  /** A folder to keep what was found in each file, by its content. Without, all is read anew. */
  readonly cache?: string;
  /** The files as they are in the folder, unless said; or as they are staged in git. */
  readonly source?: 'work-tree' | 'index';
  /** How many threads read files beside this one; chosen by their number unless said. The graph is the same. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

const isCode: RegExp = new RegExp(`\\.(?:${codeExtensions.join('|')})$`, 'i');

/**
 * Reads a project: which of its files name which others, and what they do with messages. Nothing of it is executed, and nothing
 * outside of its root is read. What can't be understood is among the diagnostics.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where `root` is no folder, `MORTAR_GIT_UNAVAILABLE` where the index can't be read
 */
export async function readProject(root: string, options: ReadProjectOptions = {}): Promise<ProjectGraph> {
  checkRoot(root);
  const { source = 'work-tree', signal, workers, onProgress } = options;
  const files = source === 'index' ? readGitIndex(root) : readWorkTree(root, signal);
  const probed = new ProbedFiles(files);
  const reader = new ConfigurationReader(probed.files);
  const manifests = readManifests(probed.files, reader);
  const configs = new TsConfigs(reader);
  const diagnostics: Diagnostic[] = [...files.diagnostics];
  const cache = new ScanCache(options.cache, source);
  const run = { files, cache, isIndex: source === 'index', workers, signal, onProgress, diagnostics };
  const scans = await scanFiles(run, tasksOf(files, manifests, configs));
  const known = knownGraph(cache, probed, scans);
  const state = buildGraph({ probed, reader, manifests, configs, scans, known });
  cache.save(() => keepGraph(state, known));
  return graphOf(files, state, diagnostics);
}

function graphOf(files: ProjectFiles, state: GraphState, diagnostics: readonly Diagnostic[]): ProjectGraph {
  const ofFiles = state.files.flatMap((file) => file.diagnostics);
  return {
    root: files.root,
    files: new Map(state.files.map(({ file }) => [file.path, file])),
    packages: state.packages,
    edges: state.files.flatMap(({ edges }) => edges),
    definitions: state.files.flatMap(({ definitions }) => definitions),
    uses: state.files.flatMap(({ uses }) => uses),
    diagnostics: sortedDiagnostics([...diagnostics, ...state.diagnostics, ...ofFiles]),
    readText: (path) => {
      const content = files.read(path);
      return content === undefined ? undefined : decodeText(content).text;
    },
  };
}

/** By path, then place; what has no place comes first. */
function sortedDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const textOf = ({ code, message }: Diagnostic) => `${code} ${message}`;
  return [...diagnostics].sort((one, other) => {
    if (one.path !== other.path) return one.path < other.path ? -1 : 1;
    const byPlace = (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
    return byPlace === 0
      ? Number(textOf(one) > textOf(other)) - Number(textOf(one) < textOf(other))
      : byPlace;
  });
}

function checkRoot(root: string): void {
  if (existsSync(root) && statSync(root).isDirectory()) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A project is read from the folder that it is in.',
    expected: 'a folder',
    got: root,
  });
}

function tasksOf(files: ProjectFiles, manifests: Manifests, configs: TsConfigs): readonly ScanTask[] {
  const withMessages = manifests.packages.some(
    ({ name, dependencies }) => name === 'mortar' || 'mortar' in dependencies,
  );
  return files.files.flatMap(({ path }): ScanTask[] => {
    if (!isCode.test(path)) return [];
    const withDecoratorMetadata = configs.optionsFor(path)?.hasDecoratorMetadata === true;
    return [{ path, options: { withMessages, withDecoratorMetadata } }];
  });
}
