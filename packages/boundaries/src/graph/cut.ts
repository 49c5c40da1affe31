/** A link of a graph, and what it costs to take it away: the number of places that make it. */
export interface WeightedLink {
  readonly from: string;
  readonly to: string;
  readonly weight: number;
}

/** Links without which no circle is left. */
export interface Cut {
  readonly links: readonly WeightedLink[];
  /** Whether no lighter cut exists. */
  readonly isSmallest: boolean;
}

/** Up to this many nodes, all orders are weighed: 2^12 sets of nodes, some milliseconds. */
const MOST_FOR_EXACT = 12;
const MOST_ROUNDS = 40;
/** Steps that a large part may cost. Beyond, the cut is still one, and larger than it need be. */
const MOST_STEPS = 4_000_000;

/**
 * The lightest set of links whose removal leaves no circle (minimum feedback arc set). Exact for up to 12 nodes; beyond, an
 * order that moving a single node can't better: near the lightest, but not proven to be.
 */
export function smallestCut(nodes: readonly string[], links: readonly WeightedLink[]): Cut {
  const sorted = [...nodes].sort();
  const isNode = new Set(sorted);
  const between = links.filter(({ from, to }) => from !== to && isNode.has(from) && isNode.has(to));
  const own = links.filter(({ from, to }) => from === to && isNode.has(from));
  const isSmallest = sorted.length <= MOST_FOR_EXACT;
  const order = isSmallest ? bestOrder(sorted, between) : goodOrder(sorted, between);
  const place = new Map(order.map((node, index) => [node, index]));
  const backward = between.filter(({ from, to }) => (place.get(from) ?? 0) > (place.get(to) ?? 0));
  const cut = [...own, ...backward].sort((a, b) => (a.from + a.to < b.from + b.to ? -1 : 1));
  return { links: needed(sorted, between, cut), isSmallest };
}

/** Leaves out links of a cut that lie on no circle once the others are gone. */
function needed(
  nodes: readonly string[],
  links: readonly WeightedLink[],
  cut: readonly WeightedLink[],
): WeightedLink[] {
  const next = new Map<string, Set<string>>(nodes.map((node) => [node, new Set()]));
  if (cut.length * (links.length + nodes.length) > MOST_STEPS) return [...cut];
  const taken = new Set(cut);
  for (const link of links) if (!taken.has(link)) next.get(link.from)?.add(link.to);
  return cut.filter(({ from, to }) => {
    const isOnCircle = from === to || reaches(next, to, from);
    if (!isOnCircle) next.get(from)?.add(to);
    return isOnCircle;
  });
}

function reaches(next: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const node of seen) {
    if (node === to) return true;
    for (const one of next.get(node) ?? []) seen.add(one);
  }
  return false;
}

/** Weighs every order by sets of nodes: the best order of a set ends with the node that costs least there (Held and Karp). */
function bestOrder(nodes: readonly string[], links: readonly WeightedLink[]): string[] {
  const size = nodes.length;
  const weight = weightTable(nodes, links);
  const best = new Float64Array(1 << size).fill(Number.POSITIVE_INFINITY);
  const last = new Int8Array(1 << size);
  best[0] = 0;
  for (let set = 1; set < 1 << size; set += 1) {
    for (let node = 0; node < size; node += 1) {
      if ((set & (1 << node)) === 0) continue;
      const rest = set & ~(1 << node);
      // What comes before the node in the order is the rest: links from the node back to it are cut.
      let cost = best[rest] ?? 0;
      for (let other = 0; other < size; other += 1)
        if ((rest & (1 << other)) !== 0) cost += weight[node * size + other] ?? 0;
      if (cost >= (best[set] ?? 0)) continue;
      best[set] = cost;
      last[set] = node;
    }
  }
  const order: string[] = [];
  for (let set = (1 << size) - 1; set > 0; set &= ~(1 << (last[set] ?? 0)))
    order.unshift(nodes[last[set] ?? 0] ?? '');
  return order;
}

function weightTable(nodes: readonly string[], links: readonly WeightedLink[]): Float64Array {
  const index = new Map(nodes.map((node, at) => [node, at]));
  const table = new Float64Array(nodes.length ** 2);
  for (const { from, to, weight } of links) {
    const at = (index.get(from) ?? 0) * nodes.length + (index.get(to) ?? 0);
    table[at] = (table[at] ?? 0) + weight;
  }
  return table;
}

/** The better of two orders: by what nodes give more than they take, and as a walk in depth leaves them. */
function goodOrder(nodes: readonly string[], links: readonly WeightedLink[]): string[] {
  const gives = new Map<string, number>(nodes.map((node) => [node, 0]));
  for (const { from, to, weight } of links) {
    gives.set(from, (gives.get(from) ?? 0) + weight);
    gives.set(to, (gives.get(to) ?? 0) - weight);
  }
  const byGiving = [...nodes].sort((a, b) => (gives.get(b) ?? 0) - (gives.get(a) ?? 0) || (a < b ? -1 : 1));
  const byDepth = orderInDepth(byGiving, links);
  return bettered(costOf(byDepth, links) < costOf(byGiving, links) ? byDepth : byGiving, links);
}

function costOf(order: readonly string[], links: readonly WeightedLink[]): number {
  const place = new Map(order.map((node, index) => [node, index]));
  return links.reduce(
    (sum, { from, to, weight }) => sum + ((place.get(from) ?? 0) > (place.get(to) ?? 0) ? weight : 0),
    0,
  );
}

/** Each node before all that it leads to, but for links back to where the walk came from. */
function orderInDepth(starts: readonly string[], links: readonly WeightedLink[]): string[] {
  const next = new Map<string, string[]>(starts.map((node) => [node, []]));
  for (const { from, to } of links) next.get(from)?.push(to);
  const seen = new Set<string>();
  const left: string[] = [];
  for (const start of starts) {
    if (seen.has(start)) continue;
    seen.add(start);
    const way = [{ node: start, at: 0 }];
    for (let visit = way.at(-1); visit !== undefined; visit = way.at(-1)) {
      const to = next.get(visit.node)?.[visit.at];
      visit.at += 1;
      if (to === undefined) {
        left.push(visit.node);
        way.pop();
      } else if (!seen.has(to)) {
        seen.add(to);
        way.push({ node: to, at: 0 });
      }
    }
  }
  return left.reverse();
}

/** An order of nodes by number, and where each of them stands in it. */
interface Arrangement {
  readonly order: number[];
  readonly place: number[];
  /** The neighbours of each node, with what it costs to stand behind them: negative where it should. */
  readonly neighbours: readonly (readonly Neighbour[])[];
}

interface Neighbour {
  readonly node: number;
  readonly behind: number;
}

/** Moves single nodes to where they cost least, as long as that helps. */
function bettered(start: readonly string[], links: readonly WeightedLink[]): string[] {
  const numbers = new Map(start.map((node, index) => [node, index]));
  const neighbours = start.map((): Neighbour[] => []);
  for (const { from, to, weight } of links) {
    const [a = 0, b = 0] = [numbers.get(from), numbers.get(to)];
    neighbours[a]?.push({ node: b, behind: weight });
    neighbours[b]?.push({ node: a, behind: -weight });
  }
  const order = start.map((_, index) => index);
  const arrangement: Arrangement = { order, place: [...order], neighbours };
  const rounds = Math.min(MOST_ROUNDS, Math.floor(MOST_STEPS / order.length ** 2));
  for (let round = 0; round < rounds; round += 1) {
    const moved = start.filter((_, node) => moveToBest(arrangement, node)).length;
    if (moved === 0) break;
  }
  return order.map((node) => start[node] ?? '');
}

function moveToBest(arrangement: Arrangement, node: number): boolean {
  const { place, neighbours } = arrangement;
  const own = place[node] ?? 0;
  const sorted = [...(neighbours[node] ?? [])].sort((a, b) => (place[a.node] ?? 0) - (place[b.node] ?? 0));
  // The cost of standing in front of all, then behind each neighbour in turn; it changes nowhere else.
  let cost = 0;
  let here = 0;
  let best = { cost, at: -1 };
  for (const { node: other, behind } of sorted) {
    cost += behind;
    const at = place[other] ?? 0;
    if (at < own) here = cost;
    if (cost < best.cost) best = { cost, at };
  }
  if (best.cost >= here) return false;
  move(arrangement, own, best.at < own ? best.at + 1 : best.at);
  return true;
}

/** Takes a node out at one place and puts it in at another; those between step aside. */
function move({ order, place }: Arrangement, from: number, to: number): void {
  const node = order[from] ?? 0;
  const step = from < to ? 1 : -1;
  for (let at = from; at !== to; at += step) {
    const next = order[at + step] ?? 0;
    order[at] = next;
    place[next] = at;
  }
  order[to] = node;
  place[node] = to;
}
