/**
 * The strongly connected parts of a directed graph (Tarjan 1972, without recursion, so that depth costs no stack): sets of
 * nodes each of which reaches all others. Parts of one node are left out unless it leads to itself. Nodes of a part are sorted,
 * and so are the parts. Successors that are no nodes are passed over.
 */
export function stronglyConnected(
  nodes: Iterable<string>,
  successors: (node: string) => Iterable<string>,
): string[][] {
  const names = [...new Set(nodes)];
  const numbers = new Map(names.map((name, number) => [name, number]));
  const next = names.map((name) => {
    const found: number[] = [];
    for (const successor of successors(name)) {
      const number = numbers.get(successor);
      if (number !== undefined) found.push(number);
    }
    return found;
  });
  return new Components(next)
    .parts()
    .map((part) => part.map((number) => names[number] ?? '').sort())
    .sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
}

const UNSEEN = -1;

/** The search, over nodes that are numbers: `next` has the successors of each. */
class Components {
  readonly #next: readonly (readonly number[])[];
  readonly #index: Int32Array;
  readonly #low: Int32Array;
  readonly #isOpen: Uint8Array;
  readonly #open: number[] = [];
  readonly #found: number[][] = [];
  #seen = 0;

  constructor(next: readonly (readonly number[])[]) {
    this.#next = next;
    this.#index = new Int32Array(next.length).fill(UNSEEN);
    this.#low = new Int32Array(next.length);
    this.#isOpen = new Uint8Array(next.length);
  }

  parts(): readonly (readonly number[])[] {
    for (let start = 0; start < this.#next.length; start += 1) {
      if (this.#index[start] === UNSEEN) this.#visit(start);
    }
    return this.#found;
  }

  #visit(start: number): void {
    const way = [start];
    const steps = [0];
    this.#enter(start);
    for (let node = way.at(-1); node !== undefined; node = way.at(-1)) {
      const step = steps[steps.length - 1] ?? 0;
      const to = this.#next[node]?.[step];
      steps[steps.length - 1] = step + 1;
      if (to === undefined) {
        way.pop();
        steps.pop();
        this.#leave(node);
        const above = way.at(-1);
        if (above !== undefined) this.#lower(above, this.#low[node]);
      } else if (this.#index[to] === UNSEEN) {
        way.push(to);
        steps.push(0);
        this.#enter(to);
      } else if (this.#isOpen[to] === 1) this.#lower(node, this.#index[to]);
    }
  }

  #enter(node: number): void {
    this.#index[node] = this.#seen;
    this.#low[node] = this.#seen;
    this.#seen += 1;
    this.#open.push(node);
    this.#isOpen[node] = 1;
  }

  #lower(node: number, to: number | undefined): void {
    this.#low[node] = Math.min(this.#low[node] ?? 0, to ?? 0);
  }

  #leave(node: number): void {
    if (this.#low[node] !== this.#index[node]) return;
    const part = this.#open.splice(this.#open.lastIndexOf(node));
    for (const member of part) this.#isOpen[member] = 0;
    if (part.length > 1 || this.#next[node]?.includes(node) === true) this.#found.push(part);
  }
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
