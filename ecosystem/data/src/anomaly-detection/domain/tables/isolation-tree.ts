import type { Random } from '../statistics/random.js';
import type { Points } from './points.js';

const EULER_MASCHERONI = 0.5772156649015329;

/** A tree that parts points by random splits. Its nodes are numbers; 0 is the root. */
export interface IsolationTree {
  /** The column that a node splits by; -1 of a leaf. */
  readonly columns: Int32Array;
  /** Points up to and with this value go left. */
  readonly splits: Float64Array;
  readonly lefts: Int32Array;
  readonly rights: Int32Array;
  /** Of a leaf: how long the way of a point that ends here is. */
  readonly lengths: Float64Array;
}

/**
 * The average path length of an unsuccessful search in a binary search tree of `size` points: equation 1 of Liu, Ting and Zhou
 * 2008, with its value for two points as in their paper of 2012.
 */
export function averagePathLength(size: number): number {
  if (size <= 1) return 0;
  if (size === 2) return 1;
  return 2 * (Math.log(size - 1) + EULER_MASCHERONI) - (2 * (size - 1)) / size;
}

/** Grows a tree of the points in `sample` (algorithm 2 of the paper), which comes back in another order. */
export function growTree(
  points: Points,
  sample: Int32Array,
  maxDepth: number,
  random: Random,
): IsolationTree {
  const most = 2 * sample.length;
  const tree = {
    columns: new Int32Array(most).fill(-1),
    splits: new Float64Array(most),
    lefts: new Int32Array(most),
    rights: new Int32Array(most),
    lengths: new Float64Array(most),
  };
  const candidates = Int32Array.from({ length: points.width }, (_, column) => column);
  let nodes = 0;
  const grow = (start: number, end: number, depth: number): number => {
    const node = nodes;
    nodes += 1;
    const split =
      depth < maxDepth && end - start > 1
        ? drawSplit(points, sample, start, end, candidates, random)
        : undefined;
    if (split === undefined) {
      tree.lengths[node] = depth + averagePathLength(end - start);
      return node;
    }
    const middle = partition(points, sample, start, end, split);
    tree.columns[node] = split.column;
    tree.splits[node] = split.at;
    tree.lefts[node] = grow(start, middle, depth + 1);
    tree.rights[node] = grow(middle, end, depth + 1);
    return node;
  };
  grow(0, sample.length, 0);
  return tree;
}

/** How far the way of a point is from the root to its leaf, with what the leaf's own points would add. */
export function pathLength(tree: IsolationTree, { values, width }: Points, point: number): number {
  const offset = point * width;
  let node = 0;
  for (;;) {
    const column = tree.columns[node] ?? -1;
    if (column < 0) return tree.lengths[node] ?? 0;
    const isLeft = (values[offset + column] ?? 0) <= (tree.splits[node] ?? 0);
    node = (isLeft ? tree.lefts[node] : tree.rights[node]) ?? 0;
  }
}

interface Split {
  readonly column: number;
  readonly at: number;
}

/** A column at random of those in which the points differ, and a value at random between their least and greatest. */
function drawSplit(
  { values, width }: Points,
  sample: Int32Array,
  start: number,
  end: number,
  candidates: Int32Array,
  random: Random,
): Split | undefined {
  for (let left = candidates.length; left > 0; left -= 1) {
    const pick = Math.floor(random() * left);
    const column = candidates[pick] ?? 0;
    candidates[pick] = candidates[left - 1] ?? 0;
    candidates[left - 1] = column;
    let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let place = start; place < end; place += 1) {
      const value = values[(sample[place] ?? 0) * width + column] ?? 0;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    if (least === greatest) continue;
    const share = random();
    // Two products, since the distance between very large values of either sign overflows.
    const at = least * (1 - share) + greatest * share;
    return { column, at: at < greatest ? at : least };
  }
  return undefined;
}

/** Puts points that go left before those that go right, and answers with the first of these. */
function partition(
  { values, width }: Points,
  sample: Int32Array,
  start: number,
  end: number,
  split: Split,
): number {
  let middle = start;
  for (let place = start; place < end; place += 1) {
    const point = sample[place] ?? 0;
    if ((values[point * width + split.column] ?? 0) > split.at) continue;
    sample[place] = sample[middle] ?? 0;
    sample[middle] = point;
    middle += 1;
  }
  return middle;
}
