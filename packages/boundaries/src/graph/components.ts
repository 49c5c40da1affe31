interface Visit {
  readonly node: string;
  readonly next: Iterator<string>;
}

/**
 * The strongly connected parts of a directed graph (Tarjan 1972, without recursion, so that depth costs no stack): sets of
 * nodes each of which reaches all others. Parts of one node are left out unless it leads to itself. Nodes of a part are sorted,
 * and so are the parts. Successors that are no nodes are passed over.
 */
export function stronglyConnected(
  nodes: Iterable<string>,
  successors: (node: string) => Iterable<string>,
): string[][] {
  const all = new Set(nodes);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const parts: string[][] = [];
  const enter = (node: string): Visit => {
    index.set(node, index.size);
    low.set(node, index.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, next: successors(node)[Symbol.iterator]() };
  };
  const lower = (node: string, to: number | undefined): void => {
    low.set(node, Math.min(low.get(node) ?? 0, to ?? 0));
  };
  const leave = (node: string): void => {
    if (low.get(node) !== index.get(node)) return;
    const part = open.splice(open.lastIndexOf(node));
    for (const member of part) isOpen.delete(member);
    if (part.length > 1 || leadsToItself(node, successors)) parts.push(part.sort());
  };
  for (const start of all) {
    if (index.has(start)) continue;
    const way = [enter(start)];
    for (let visit = way.at(-1); visit !== undefined; visit = way.at(-1)) {
      const { value, done } = visit.next.next();
      if (done === true) {
        way.pop();
        leave(visit.node);
        const above = way.at(-1);
        if (above !== undefined) lower(above.node, low.get(visit.node));
      } else if (!all.has(value)) continue;
      else if (!index.has(value)) way.push(enter(value));
      else if (isOpen.has(value)) lower(visit.node, index.get(value));
    }
  }
  return parts.sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
}

function leadsToItself(node: string, successors: (node: string) => Iterable<string>): boolean {
  for (const next of successors(node)) if (next === node) return true;
  return false;
}

/** A shortest circle through one node, which comes first and last; nothing where there is none. */
export function shortestCircle(
  node: string,
  successors: (node: string) => Iterable<string>,
): string[] | undefined {
  const before = new Map<string, string>();
  const queue = [node];
  for (const at of queue) {
    for (const next of successors(at)) {
      if (next === node) return [...wayBack(before, at, node), node];
      if (before.has(next)) continue;
      before.set(next, at);
      queue.push(next);
    }
  }
  return undefined;
}

function wayBack(before: ReadonlyMap<string, string>, from: string, start: string): string[] {
  const way = [from];
  for (let at = from; at !== start; ) {
    const previous = before.get(at);
    if (previous === undefined) break;
    way.unshift(previous);
    at = previous;
  }
  return way;
}
