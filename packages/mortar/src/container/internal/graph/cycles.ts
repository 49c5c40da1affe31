import { componentsOf, newWalk } from './components.js';
import type { Node } from './node.js';

/** So many cycles are told of services that are tangled with each other. */
const MAX_OF_COMPONENT = 50;

/**
 * Cycles, each from its first node to the last before it comes back. Every dependency that lies on a cycle lies on one of
 * these, unless there are more than 50 among services that all need each other.
 */
export function cyclesOf(nodes: readonly Node[]): readonly (readonly Node[])[] {
  if (!nodes.some(({ isInCycle }) => isInCycle)) return [];
  const components = componentsOf(nodes, ({ needs }) => needs);
  return components.flatMap((component) => {
    const [first] = component;
    return first?.isInCycle === true ? cyclesIn(component) : [];
  });
}

/** The shortest cycle through each edge that no cycle before it has. */
function cyclesIn(component: readonly Node[]): readonly (readonly Node[])[] {
  const inside = new Set(component);
  const told = new Map<Node, Set<Node>>();
  const cycles: (readonly Node[])[] = [];
  for (const from of component) {
    for (const to of from.needs) {
      if (!inside.has(to) || told.get(from)?.has(to) === true) continue;
      if (cycles.length === MAX_OF_COMPONENT) return cycles;
      const cycle = wayBetween(to, from, inside);
      for (const [index, node] of cycle.entries()) {
        const next = cycle[(index + 1) % cycle.length] ?? node;
        const nexts = told.get(node);
        if (nexts === undefined) told.set(node, new Set([next]));
        else nexts.add(next);
      }
      cycles.push(cycle);
    }
  }
  return cycles;
}

/** The nodes of the shortest way, both ends included, `to` first: the edge from `to` to `from` closes the cycle. */
function wayBetween(from: Node, to: Node, inside: ReadonlySet<Node>): readonly Node[] {
  const walk = newWalk();
  const found: { node: Node; from: number }[] = [{ node: from, from: -1 }];
  from.walk = walk;
  for (let at = 0; at < found.length; at += 1) {
    const node = found[at]?.node;
    if (node === undefined || node === to) return wayBack(found, at);
    for (const next of node.needs) {
      if (next.walk === walk || !inside.has(next)) continue;
      next.walk = walk;
      found.push({ node: next, from: at });
    }
  }
  return [];
}

function wayBack(found: readonly { readonly node: Node; readonly from: number }[], end: number): Node[] {
  const way: Node[] = [];
  for (let entry = found[end]; entry !== undefined; entry = found[entry.from]) way.push(entry.node);
  // The end of the way comes first in the cycle, and leads to its beginning.
  const [last, ...rest] = way;
  return last === undefined ? [] : [last, ...rest.reverse()];
}
