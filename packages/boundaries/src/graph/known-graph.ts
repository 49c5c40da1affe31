import { type GraphState, graphFrom, type KeptGraph } from '../cache/kept-graph.js';
import type { KeptScan } from '../cache/kept-scan.js';
import type { ScanCache } from '../cache/scan-cache.js';
import { type ProbedFiles, treeHash } from '../files/probed-files.js';
import type { FileScan, ScannedExport } from '../scan/file-scan.js';

/** A graph that was kept, and the files of it that are to be looked at again. */
export interface KnownGraph {
  readonly graph: KeptGraph;
  readonly state: GraphState;
  readonly changed: ReadonlySet<string>;
}

/**
 * The graph that was kept, where what it says of a file can only have changed with the file itself: there are the same files and
 * links, all that was asked of the disk has the same answer, and no file has changed in what others see of it.
 */
export function knownGraph(
  cache: ScanCache,
  probed: ProbedFiles,
  scans: ReadonlyMap<string, KeptScan>,
): KnownGraph | undefined {
  const { graph } = cache;
  if (graph === undefined || graph.tree !== treeHash(probed.files) || graph.files.length !== scans.size)
    return undefined;
  const changed = new Set<string>();
  let index = 0;
  for (const [path, scan] of scans) {
    if (graph.files[index]?.[0] !== path) return undefined;
    index += 1;
    const before = cache.before(path);
    if (before === scan) continue;
    if (before === undefined || outsideOf(before.scan) !== outsideOf(scan.scan)) return undefined;
    changed.add(path);
  }
  return probed.hold(graph.probes) ? { graph, state: graphFrom(graph), changed } : undefined;
}

/** All of a file that may change what is said of another. */
function outsideOf(scan: FileScan): string {
  const { isModule, ambientModules, exports, definitions, aliases, edges } = scan;
  return JSON.stringify([
    isModule,
    ambientModules,
    exports.map((one) => exportOf(one, scan)),
    definitions.map(({ callee, name, constant }) => [callee.namespace, callee.name, name, constant]),
    // Others may follow a name to what it stands for here, and that may be imported from elsewhere.
    aliases.map(({ name, of, module, isProperty }) => [name, of.namespace, of.name, module, isProperty]),
    edges.map(({ kind, specifier, bindings }) => [
      kind,
      specifier,
      bindings.map(({ imported, local }) => [imported, local]),
    ]),
  ]);
}

/** An alias is what it leads to. */
function exportOf(
  { name, kind, edge, imported, local }: ScannedExport,
  { edges }: FileScan,
): readonly unknown[] {
  const source = edge === undefined ? undefined : edges[edge];
  return [name, kind, imported, local, source?.kind, source?.specifier];
}
