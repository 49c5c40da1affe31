import type { Node } from './node.js';

/** Each walk has its own number, by which it knows what it has seen. */
const walks = { last: 0 };

/** The number of a new walk. */
export function newWalk(): number {
  walks.last += 1;
  return walks.last;
}

/** A walk that a loop carries on, so that no chain is too deep for it. */
interface Frame {
  readonly node: Node;
  readonly next: readonly Node[];
  at: number;
}

/** `low` of a node whose component is known. */
const DONE = Number.MAX_SAFE_INTEGER;

/**
 * The strongly connected components of what `nodes` lead to, dependencies first; where the order is free, in the order of
 * `nodes`. Tarjan, "Depth-first search and linear graph algorithms", 1972.
 */
export function componentsOf(
  nodes: readonly Node[],
  nextOf: (node: Node) => readonly Node[],
): readonly (readonly Node[])[] {
  const walk = newWalk();
  const components: (readonly Node[])[] = [];
  const open: Node[] = [];
  const frames: Frame[] = [];
  let count = 0;
  const enter = (node: Node): void => {
    node.walk = walk;
    node.at = count;
    node.low = count;
    count += 1;
    open.push(node);
    frames.push({ node, next: nextOf(node), at: 0 });
  };
  for (const start of nodes) {
    if (start.walk !== walk) enter(start);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { node } = frame;
      const next = frame.next[frame.at];
      frame.at += 1;
      if (next === undefined) {
        frames.pop();
        const above = frames.at(-1)?.node;
        if (above !== undefined && node.low < above.low) above.low = node.low;
        if (node.low === node.at) components.push(close(node, open));
      } else if (next.walk !== walk) enter(next);
      else if (next.low !== DONE && next.at < node.low) node.low = next.at;
    }
  }
  return components;
}

/** Takes the component of its first node from the open ones. */
function close(first: Node, open: Node[]): readonly Node[] {
  const last = open.pop();
  if (last === undefined) return [];
  last.low = DONE;
  if (last === first) return [last];
  const component = [last];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    component.push(node);
    node.low = DONE;
    if (node === first) break;
  }
  return component.reverse();
}
