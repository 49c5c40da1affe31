import type { Edge } from '../../graph/project-graph.js';

/** What modules are written with: in its own workspace it is judged as from npm, where nobody looks into it. */
export const FRAMEWORK = 'mortar';

/** What an import on a way says: what was looked for is found, or the way goes on from a file; else it ends. */
export type Step<T> = { readonly found: T } | { readonly next: string } | undefined;

/** What is found first on the ways that imports make from a file; nothing where no way leads to it. */
export function firstOnTheWay<T>(
  start: string,
  edgesFrom: ReadonlyMap<string, readonly Edge[]>,
  look: (edge: Edge) => Step<T>,
): T | undefined {
  const seen = new Set([start]);
  for (const path of seen) {
    for (const edge of edgesFrom.get(path) ?? []) {
      const step = look(edge);
      if (step === undefined) continue;
      if ('found' in step) return step.found;
      seen.add(step.next);
    }
  }
  return undefined;
}
