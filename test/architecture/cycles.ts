import type { SourceFile } from '../source/file.js';
import { type Violation, violationAt } from '../source/violation.js';
import { type Import, importsOf } from './imports.js';

/**
 * No file imports itself over others at run time: what a cycle gives depends on which file is loaded first.
 * Imports of types alone vanish, and don't count. Each cycle is reported once, at the import that closes it.
 */
export function importCycles(files: readonly SourceFile[]): Violation[] {
  const graph = new Map(files.map((file) => [file.path, importsOf(file).filter(({ runtime }) => runtime)]));
  const done = new Set<string>();
  return [...graph.keys()].flatMap((path) => walk(graph, done, path, []));
}

/** Goes depth first; an import that leads back to a file on the way closes a cycle. */
function walk(
  graph: ReadonlyMap<string, readonly Import[]>,
  done: Set<string>,
  path: string,
  way: string[],
): Violation[] {
  if (done.has(path)) return [];
  const here = [...way, path];
  const found = (graph.get(path) ?? []).flatMap((edge) => {
    if (edge.target === undefined) return [];
    const start = here.indexOf(edge.target);
    return start < 0 ? walk(graph, done, edge.target, here) : [cycle(edge, here.slice(start))];
  });
  done.add(path);
  return found;
}

function cycle(closing: Import, way: readonly string[]): Violation {
  const message = [...way, closing.target].join(' → ');
  return violationAt(closing.file, closing.offset, 'cycle', message);
}
