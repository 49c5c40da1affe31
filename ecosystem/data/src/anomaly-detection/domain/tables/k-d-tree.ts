import type { DistinctPoints } from './distinct-points.js';
import { NeighbourList } from './neighbour-list.js';
import type { Points } from './points.js';

const LEAF_SIZE = 16;

/**
 * Finds the neighbours of a point without looking at all others (J. L. Bentley 1975), as long as there are few columns. Nodes are
 * numbers, 0 the root.
 */
export class KDTree {
  /** Points in the order of the leaves, so that those near each other stand together. */
  readonly order: Int32Array;
  readonly #points: DistinctPoints;
  /** Of the points in that order, so that a leaf is one stretch of memory. */
  readonly #values: Float64Array;
  readonly #found = new NeighbourList();
  readonly #columns: number[] = [];
  readonly #splits: number[] = [];
  readonly #rights: number[] = [];
  readonly #ranges: number[] = [];
  readonly #target: Float64Array;
  /** How far the target is from the cell that is looked at, column by column. */
  readonly #offsets: Float64Array;

  constructor(points: DistinctPoints) {
    this.#points = points;
    this.order = points.weights.map((_, point) => point);
    this.#target = new Float64Array(points.width);
    this.#offsets = new Float64Array(points.width);
    this.#build(0, this.order.length);
    this.#values = valuesOf(points, this.order);
  }

  /**
   * The nearest points that together weigh at least `wanted`, and all others as near as the last of them. `values` holds the target
   * at `offset`; where it is one of the points itself, one of those it stands for is not its own neighbour. The next call uses the
   * same list.
   */
  nearest(values: Float64Array, offset: number, self: number | undefined, wanted: number): NeighbourList {
    const { width } = this.#points;
    for (let column = 0; column < width; column += 1) this.#target[column] = values[offset + column] ?? 0;
    this.#offsets.fill(0);
    this.#found.begin(wanted);
    this.#search(0, 0, self ?? -1);
    return this.#found;
  }

  #build(start: number, end: number): number {
    const node = this.#columns.length;
    const column = end - start > LEAF_SIZE ? this.#widest(start, end) : -1;
    this.#columns.push(column);
    this.#splits.push(0);
    this.#rights.push(0);
    this.#ranges.push(start, end);
    if (column < 0) return node;
    const middle = (start + end) >>> 1;
    this.#selectMiddle(start, end, middle, column);
    this.#splits[node] = this.#valueAt(middle, column);
    this.#build(start, middle); // the left child is the next node
    this.#rights[node] = this.#build(middle, end);
    return node;
  }

  #valueAt(place: number, column: number): number {
    return this.#points.values[(this.order[place] ?? 0) * this.#points.width + column] ?? 0;
  }

  #widest(start: number, end: number): number {
    let [best, bestSpread] = [0, -1];
    for (let column = 0; column < this.#points.width; column += 1) {
      let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let place = start; place < end; place += 1) {
        const value = this.#valueAt(place, column);
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
      if (greatest - least > bestSpread) [best, bestSpread] = [column, greatest - least];
    }
    return best;
  }

  /** Hoare's selection: nothing left of `middle` is greater than what is there, nothing right of it is less. */
  #selectMiddle(start: number, end: number, middle: number, column: number): void {
    let [low, high] = [start, end - 1];
    while (low < high) {
      const pivot = this.#valueAt((low + high) >>> 1, column);
      let [left, right] = [low, high];
      while (left <= right) {
        while (this.#valueAt(left, column) < pivot) left += 1;
        while (this.#valueAt(right, column) > pivot) right -= 1;
        if (left > right) break;
        const point = this.order[left] ?? 0;
        this.order[left] = this.order[right] ?? 0;
        this.order[right] = point;
        left += 1;
        right -= 1;
      }
      if (middle <= right) high = right;
      else if (middle >= left) low = left;
      else return;
    }
  }

  /** `bound` is the square of the least distance that a point of the node can have. */
  #search(node: number, bound: number, self: number): void {
    if (bound > this.#found.radius) return;
    const column = this.#columns[node] ?? -1;
    if (column < 0) {
      this.#searchLeaf(node, self);
      return;
    }
    const beyond = (this.#target[column] ?? 0) - (this.#splits[node] ?? 0);
    const right = this.#rights[node] ?? 0;
    this.#search(beyond < 0 ? node + 1 : right, bound, self);
    const offset = this.#offsets[column] ?? 0;
    // Rounding must not cut off a point that is just as near as the last one.
    const farBound = (bound - offset * offset + beyond * beyond) * (1 - 1e-12);
    if (farBound > this.#found.radius) return;
    this.#offsets[column] = beyond;
    this.#search(beyond < 0 ? right : node + 1, farBound, self);
    this.#offsets[column] = offset;
  }

  #searchLeaf(node: number, self: number): void {
    const { width, weights } = this.#points;
    const [order, values, target, found] = [this.order, this.#values, this.#target, this.#found];
    const end = this.#ranges[2 * node + 1] ?? 0;
    let { radius } = found;
    for (let place = this.#ranges[2 * node] ?? 0; place < end; place += 1) {
      const offset = place * width;
      let [square, column] = [0, 0];
      // Four at a time, since asking after each one takes as long as the sum itself.
      for (; column + 4 <= width && square <= radius; column += 4) {
        const a = (target[column] ?? 0) - (values[offset + column] ?? 0);
        const b = (target[column + 1] ?? 0) - (values[offset + column + 1] ?? 0);
        const c = (target[column + 2] ?? 0) - (values[offset + column + 2] ?? 0);
        const d = (target[column + 3] ?? 0) - (values[offset + column + 3] ?? 0);
        square += a * a + b * b + c * c + d * d;
      }
      for (; column < width && square <= radius; column += 1) {
        const difference = (target[column] ?? 0) - (values[offset + column] ?? 0);
        square += difference * difference;
      }
      if (square > radius) continue;
      const point = order[place] ?? 0;
      const weight = (weights[point] ?? 0) - (point === self ? 1 : 0);
      if (weight > 0) radius = found.add(point, square, weight);
    }
  }
}

/** The values of some points, one point after the other. */
export function valuesOf({ values, width }: Points, chosen: Int32Array): Float64Array {
  const result = new Float64Array(chosen.length * width);
  for (let place = 0; place < chosen.length; place += 1) {
    const offset = (chosen[place] ?? 0) * width;
    for (let column = 0; column < width; column += 1)
      result[place * width + column] = values[offset + column] ?? 0;
  }
  return result;
}
