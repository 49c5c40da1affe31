import { type GraphState, keepGraph, readKeptGraph, writeKeptGraph } from '../cache/kept-graph.js';
import { ConfigurationReader, type Manifests, readManifests } from '../files/manifests.js';
import { ProbedFiles } from '../files/probed-files.js';
import { decodeText, type ProjectFiles } from '../files/project-files.js';
import { TsConfigs } from '../resolve/tsconfig.js';
import { isCode } from '../scan/language.js';
import { scanFiles } from '../scanning/scan-files.js';
import type { ScanTask } from '../scanning/scan-task.js';
import { buildGraph } from './build-graph.js';
import { knownGraph } from './known-graph.js';
import type { Diagnostic, ProjectGraph } from './project-graph.js';
import { type Reading, type ReadProjectOptions, startReading, withReading } from './reading.js';

/**
 * Reads a project: which of its files name which others, and what they do with messages. Nothing of it is executed, and nothing
 * outside of its root is read. What can't be understood is among the diagnostics.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where `root` is no folder, `MORTAR_GIT_UNAVAILABLE` where the index can't be read
 */
export async function readProject(root: string, options: ReadProjectOptions = {}): Promise<ProjectGraph> {
  return withReading(await startReading(root, options), readGraph);
}

/**
 * Reads what has not been read yet, and keeps it.
 * @throws LostScan
 */
export async function readGraph({
  options,
  source,
  files,
  probed: outer,
  cache,
  kept: folder,
}: Reading): Promise<ProjectGraph> {
  // The graph rests on less than the answer of a check: not on the texts that rules look at.
  const probed = new ProbedFiles(outer.files, outer.tree);
  const { signal, workers, onProgress } = options;
  const reader = new ConfigurationReader(probed.files);
  const manifests = readManifests(probed.files, reader);
  const configs = new TsConfigs(reader, manifests);
  const diagnostics: Diagnostic[] = [...files.diagnostics];
  const run = { files, cache, isIndex: source === 'index', workers, signal, onProgress, diagnostics };
  const scans = await scanFiles(run, tasksOf(files, manifests, configs));
  const graphFile = folder?.file('graph');
  const kept = graphFile === undefined ? undefined : readKeptGraph(graphFile);
  const known = knownGraph(kept, probed, scans);
  const state = buildGraph({ probed, reader, manifests, configs, scans, known });
  const isNew = known === undefined || known.changed.size > 0;
  if (graphFile !== undefined && isNew && probed.isSteady)
    writeKeptGraph(graphFile, keepGraph(state, scans, known));
  cache.save();
  return plainGraph(outer.files, state, diagnostics);
}

function plainGraph(
  files: ProjectFiles,
  state: GraphState,
  diagnostics: readonly Diagnostic[],
): ProjectGraph {
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

function tasksOf(files: ProjectFiles, manifests: Manifests, configs: TsConfigs): readonly ScanTask[] {
  const withMessages = manifests.packages.some(
    ({ name, dependencies }) => name === 'mortar' || 'mortar' in dependencies,
  );
  return files.files.flatMap(({ path }): ScanTask[] => {
    if (!isCode(path)) return [];
    const withDecoratorMetadata = configs.optionsFor(path)?.hasDecoratorMetadata === true;
    return [{ path, options: { withMessages, withDecoratorMetadata } }];
  });
}
