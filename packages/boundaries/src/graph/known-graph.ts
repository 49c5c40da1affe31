import { type GraphState, graphFrom, type KeptGraph } from '../cache/kept-graph.js';
import type { KeptScan } from '../cache/kept-scan.js';
import { outsideOf } from '../cache/outside.js';
import type { ProbedFiles } from '../files/probed-files.js';
import type { FileScan } from '../scan/file-scan.js';

/** A graph that was kept, and the files of it that are to be looked at again. */
export interface KnownGraph {
  readonly graph: KeptGraph;
  readonly state: GraphState;
  readonly changed: ReadonlySet<string>;
}

/**
 * The graph that was kept, where what it says of a file can only have changed with the file itself and those that its names are
 * followed through: there are the same files and links, and all that was asked of the disk has the same answer. Where a file has
 * changed in what others see of it, those that may have seen it are to be looked at again too.
 */
export function knownGraph(
  graph: KeptGraph | undefined,
  probed: ProbedFiles,
  scans: ReadonlyMap<string, KeptScan>,
): KnownGraph | undefined {
  if (graph === undefined || graph.tree !== probed.tree || graph.files.length !== scans.size)
    return undefined;
  const changed = new Set<string>();
  const seenToChange = new Set<string>();
  const followed = new Set(graph.followed);
  let index = 0;
  for (const [path, kept] of scans) {
    const [before, key, outside] = graph.files[index] ?? [];
    index += 1;
    if (before !== path) return undefined;
    if (key === kept.key) continue;
    changed.add(path);
    if (outside === outsideOf(kept.scan) && !followed.has(path)) continue;
    if (!hasSameAmbient(graph, path, kept.scan)) return undefined;
    seenToChange.add(path);
  }
  if (!probed.hold(graph.probes)) return undefined;
  const state = graphFrom(graph);
  return { graph, state, changed: new Set([...changed, ...whoSees(seenToChange, graph, state)]) };
}

/** Modules that a file declares for all. */
function hasSameAmbient({ ambient }: KeptGraph, path: string, scan: FileScan): boolean {
  const before = ambient.flatMap(([name, by]) => (by === path ? [name] : []));
  const now = scan.isModule ? [] : scan.ambientModules;
  return before.join('\n') === now.join('\n');
}

/** The files that import one of these, or one through which names of these are followed. */
function whoSees(seen: ReadonlySet<string>, graph: KeptGraph, state: GraphState): ReadonlySet<string> {
  const found = new Set<string>();
  if (seen.size === 0) return found;
  const importers = importersIn(state);
  const passing = new Set([
    ...graph.followed,
    ...graph.files.flatMap(([path, , , passesOn]) => (passesOn === 1 ? [path] : [])),
  ]);
  const open = [...seen];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const importer of importers.get(path) ?? []) {
      if (found.has(importer)) continue;
      found.add(importer);
      if (passing.has(importer)) open.push(importer);
    }
  }
  return found;
}

function importersIn({ files }: GraphState): ReadonlyMap<string, ReadonlySet<string>> {
  const importers = new Map<string, Set<string>>();
  for (const { file, edges } of files) {
    for (const { to } of edges) {
      if (to.kind !== 'file') continue;
      const known = importers.get(to.path);
      if (known === undefined) importers.set(to.path, new Set([file.path]));
      else known.add(file.path);
    }
  }
  return importers;
}
