/** Names in an order in which each comes after those it depends on, and the circles that make that impossible. */
export interface Ordered {
  readonly order: readonly string[];
  /** Each from a name round to the same name; every dependency that is on a circle is on one of them. */
  readonly cycles: readonly (readonly string[])[];
}

type DependenciesOf = (name: string) => readonly string[];

/** Depth first, in the order given; what closes a circle is left out of the order's constraints and reported. */
export function orderByDependencies(names: readonly string[], dependenciesOf: DependenciesOf): Ordered {
  const order = new Set<string>();
  const open = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name) || open.has(name)) return;
    open.add(name);
    for (const dependency of dependenciesOf(name)) visit(dependency);
    order.add(name);
  };
  for (const name of names) visit(name);
  return { order: [...order], cycles: cyclesAmong(names, dependenciesOf) };
}

/** For each dependency the shortest circle through it, each circle once. */
function cyclesAmong(
  names: readonly string[],
  dependenciesOf: DependenciesOf,
): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  for (const name of names) {
    for (const dependency of dependenciesOf(name)) {
      const back = shortestPath(dependency, name, dependenciesOf);
      if (back === undefined) continue;
      const round = fromSmallest(back);
      found.set(round.join(' '), [...round, ...round.slice(0, 1)]);
    }
  }
  return [...found.values()];
}

/** Breadth first; both ends included. */
function shortestPath(
  from: string,
  to: string,
  dependenciesOf: DependenciesOf,
): readonly string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  for (const name of cameFrom.keys()) {
    if (name === to) return wayBack(name, cameFrom);
    for (const next of dependenciesOf(name)) if (!cameFrom.has(next)) cameFrom.set(next, name);
  }
  return undefined;
}

function wayBack(end: string, cameFrom: ReadonlyMap<string, string | undefined>): readonly string[] {
  const way: string[] = [];
  for (let name: string | undefined = end; name !== undefined; name = cameFrom.get(name)) way.unshift(name);
  return way;
}

/** A circle is the same wherever it begins. */
function fromSmallest(names: readonly string[]): readonly string[] {
  const [least = ''] = names.toSorted();
  const first = names.indexOf(least);
  return [...names.slice(first), ...names.slice(0, first)];
}
