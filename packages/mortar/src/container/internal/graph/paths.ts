import { nameOf } from '../../token.js';
import { newWalk } from './components.js';
import type { Edge, Node } from './node.js';

/** Who needs services, and by which edges. */
export interface Asker {
  /** Undefined for a resolve, whose path begins with what is asked for. */
  readonly owner: string | undefined;
  readonly edges: readonly Edge[];
  readonly isSync: boolean;
  readonly isUnscoped: boolean;
}

/** A path of more names is cut in its middle, so that many faults of a deep graph stay readable. */
const MAX_NAMES = 200;

/** A way as text. */
export function pathOf(names: readonly string[]): string {
  if (names.length <= MAX_NAMES) return names.join(' → ');
  const half = MAX_NAMES / 2;
  const cut = `… ${names.length - MAX_NAMES} more …`;
  return [...names.slice(0, half), cut, ...names.slice(-half)].join(' → ');
}

/** Where a walk came from. */
interface Origin {
  readonly from: Node | undefined;
  readonly owner: string | undefined;
}

/**
 * The shortest way to each node: from who asks, else from a binding that nothing needs, else from any binding. Linear;
 * made when the first fault is found.
 */
export class Ways {
  readonly #origins = new Map<Node, Origin>();
  readonly #queue: Node[] = [];
  #walked = 0;

  constructor(askers: readonly Asker[], nodes: readonly Node[]) {
    for (const { owner, edges } of askers) {
      for (const { targets } of edges)
        for (const target of targets) this.#enter(target, { from: undefined, owner });
    }
    this.#walk();
    for (const node of topmost(nodes)) this.#enter(node, { from: undefined, owner: undefined });
    this.#walk();
    for (const node of nodes) {
      this.#enter(node, { from: undefined, owner: undefined });
      this.#walk();
    }
  }

  /** The names on the way to a node, itself the last. */
  to(node: Node): string[] {
    const names: string[] = [];
    let owner: string | undefined;
    for (let at: Node | undefined = node; at !== undefined; ) {
      names.push(nameOf(at.binding.service));
      const origin: Origin | undefined = this.#origins.get(at);
      owner = origin?.owner;
      at = origin?.from;
    }
    if (owner !== undefined) names.push(owner);
    return names.reverse();
  }

  #enter(node: Node, origin: Origin): void {
    if (this.#origins.has(node)) return;
    this.#origins.set(node, origin);
    this.#queue.push(node);
  }

  #walk(): void {
    for (let node = this.#queue[this.#walked]; node !== undefined; node = this.#queue[this.#walked]) {
      this.#walked += 1;
      for (const { targets } of node.edges) {
        for (const target of targets) this.#enter(target, { from: node, owner: undefined });
      }
    }
  }
}

function topmost(nodes: readonly Node[]): readonly Node[] {
  const needed = new Set(nodes.flatMap(({ edges }) => edges.flatMap(({ targets }) => targets)));
  return nodes.filter((node) => !needed.has(node));
}

/**
 * The nodes that a walk from `start` finds, each with the shortest way to it. The walk goes on from a node where
 * `goesOn` says so.
 */
export function reach(
  start: readonly Node[],
  goesOn: (node: Node) => boolean,
  nextOf: (node: Node) => readonly Node[],
): readonly { readonly node: Node; readonly names: () => string[] }[] {
  const walk = newWalk();
  const found: { node: Node; from: number }[] = [];
  const enter = (node: Node, from: number): void => {
    if (node.walk === walk) return;
    node.walk = walk;
    found.push({ node, from });
  };
  for (const node of start) enter(node, -1);
  for (let at = 0; at < found.length; at += 1) {
    const node = found[at]?.node;
    if (node !== undefined && goesOn(node)) for (const next of nextOf(node)) enter(next, at);
  }
  return found.map(({ node }, index) => ({ node, names: () => namesTo(found, index) }));
}

function namesTo(found: readonly { readonly node: Node; readonly from: number }[], index: number): string[] {
  const names: string[] = [];
  for (let entry = found[index]; entry !== undefined; entry = found[entry.from]) {
    names.push(nameOf(entry.node.binding.service));
  }
  return names.reverse();
}
