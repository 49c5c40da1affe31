/** Names in an order in which each comes after those it depends on, and the circles that make that impossible. */
export interface Ordered {
  readonly order: readonly string[];
  /** Each from a name round to the same name. */
  readonly cycles: readonly (readonly string[])[];
}

/** Depth first, in the order given; what closes a circle is left out of the order's constraints and reported. */
export function orderByDependencies(
  names: readonly string[],
  dependenciesOf: (name: string) => readonly string[],
): Ordered {
  const order = new Set<string>();
  const path: string[] = [];
  const cycles: (readonly string[])[] = [];
  const visit = (name: string): void => {
    if (order.has(name)) return;
    const start = path.indexOf(name);
    if (start >= 0) {
      cycles.push([...path.slice(start), name]);
      return;
    }
    path.push(name);
    for (const dependency of dependenciesOf(name)) visit(dependency);
    path.pop();
    order.add(name);
  };
  for (const name of names) visit(name);
  return { order: [...order], cycles };
}
