import type { Edge, MessageUse, ProjectGraph } from './project-graph.js';

/** One step on a way from file to file. */
export interface PathStep {
  readonly from: string;
  readonly to: string;
  readonly by:
    | { readonly kind: 'edge'; readonly edge: Edge }
    | { readonly kind: 'message'; readonly use: MessageUse };
}

/** The edges that are there when the code runs, and lead to files of the project. */
export function runtimeEdges({ edges }: ProjectGraph): readonly Edge[] {
  return edges.filter(({ isTypeOnly, to }) => !isTypeOnly && to.kind === 'file');
}

/**
 * A shortest way from one file to another over imports, of types too, and over messages, from where one is used to where it is
 * defined. Of several, the first by path. Undefined where there is none; empty from a file to itself.
 */
export function findPath(graph: ProjectGraph, from: string, to: string): readonly PathStep[] | undefined {
  const stepsByFile = stepsOf(graph);
  const reached = new Map<string, PathStep | undefined>([[from, undefined]]);
  const queue = [from];
  for (let at = 0; at < queue.length && !reached.has(to); at += 1) {
    for (const step of stepsByFile.get(queue[at] ?? '') ?? []) {
      if (reached.has(step.to)) continue;
      reached.set(step.to, step);
      queue.push(step.to);
    }
  }
  if (!reached.has(to)) return undefined;
  const way: PathStep[] = [];
  for (let step = reached.get(to); step !== undefined; step = reached.get(step.from)) way.unshift(step);
  return way;
}

function stepsOf({ edges, uses }: ProjectGraph): ReadonlyMap<string, readonly PathStep[]> {
  const steps = new Map<string, PathStep[]>();
  const add = (step: PathStep) => {
    const known = steps.get(step.from);
    if (known === undefined) steps.set(step.from, [step]);
    else known.push(step);
  };
  for (const edge of edges) {
    if (edge.to.kind === 'file') add({ from: edge.from, to: edge.to.path, by: { kind: 'edge', edge } });
  }
  for (const use of uses) {
    const { path, definedIn } = use;
    if (definedIn !== undefined && definedIn !== path)
      add({ from: path, to: definedIn, by: { kind: 'message', use } });
  }
  for (const list of steps.values())
    list.sort((one, other) => (one.to < other.to ? -1 : one.to > other.to ? 1 : 0));
  return steps;
}
