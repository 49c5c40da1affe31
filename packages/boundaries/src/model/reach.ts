import type { InnerEdge } from './project.js';

/** The files that are loaded by those where a way begins, themselves or by way of others. */
export function filesReached(
  edges: readonly InnerEdge[],
  begins: (inner: InnerEdge) => boolean,
): ReadonlySet<string> {
  const targets = new Map<string, string[]>();
  const reached = new Set<string>();
  const open: string[] = [];
  for (const inner of edges) {
    const { edge, target } = inner;
    if (begins(inner)) open.push(target);
    const known = targets.get(edge.from);
    if (known === undefined) targets.set(edge.from, [target]);
    else known.push(target);
  }
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    open.push(...(targets.get(path) ?? []));
  }
  return reached;
}
