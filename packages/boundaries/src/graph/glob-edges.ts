import { compileGlobs } from '../model/glob.js';
import type { Resolver } from '../resolve/resolver.js';
import type { ScannedEdge } from '../scan/file-scan.js';
import { codeExtensions } from '../scan/language.js';
import type { Edge } from './project-graph.js';
import type { ScannedProject } from './scanned-project.js';

/** An edge for each file that a pattern matches, and none of those that are excepted from it does. */
export function globEdges(
  edge: Edge,
  { except, base }: NonNullable<ScannedEdge['glob']>,
  project: ScannedProject,
  resolver: Resolver,
): readonly Edge[] {
  const { from, specifier } = edge;
  const patterns = resolver.patternsOf(from, specifier, base);
  const matches = compileGlobs([
    ...patterns,
    ...except.flatMap((one) => resolver.patternsOf(from, one, base).map((path) => `!${path}`)),
  ]);
  const found = [...project.files.keys()].filter((path) => path !== from && matches(path));
  if (found.length > 0) return found.map((path) => ({ ...edge, to: { kind: 'file', path } }));
  const [path] = patterns;
  if (path !== undefined && !isOfCode(path)) return [{ ...edge, to: { kind: 'asset', path } }];
  return [{ ...edge, to: { kind: 'unresolved', reason: 'No file of code matches it.' } }];
}

/** Whether the files of a pattern may be code, by how their names end. */
function isOfCode(pattern: string): boolean {
  const ending = /\.([\w{},]+)$/.exec(pattern)?.[1];
  return ending === undefined || codeExtensions.some((one) => new RegExp(`\\b${one}\\b`).test(ending));
}
