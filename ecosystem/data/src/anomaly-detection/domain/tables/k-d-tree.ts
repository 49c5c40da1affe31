import type { DistinctPoints } from './distinct-points.js';
import { NeighbourList } from './neighbour-list.js';

const LEAF_SIZE = 12;

/**
 * Finds the neighbours of a point without looking at all others (J. L. Bentley 1975), as long as there are few columns. Nodes are
 * numbers, 0 the root.
 */
export class KDTree {
  readonly #points: DistinctPoints;
  /** Points in the order of the leaves. */
  readonly #order: Int32Array;
  readonly #columns: number[] = [];
  readonly #splits: number[] = [];
  readonly #rights: number[] = [];
  readonly #ranges: number[] = [];
  readonly #target: Float64Array;
  /** How far the target is from the cell that is looked at, column by column. */
  readonly #offsets: Float64Array;

  constructor(points: DistinctPoints) {
    this.#points = points;
    this.#order = Int32Array.from(points.weights, (_, point) => point);
    this.#target = new Float64Array(points.width);
    this.#offsets = new Float64Array(points.width);
    this.#build(0, this.#order.length);
  }

  /**
   * The nearest points that together weigh at least `wanted`, and all others as near as the last of them. `values` holds the target
   * at `offset`; where it is one of the points itself, one of those it stands for is not its own neighbour.
   */
  nearest(values: Float64Array, offset: number, self: number | undefined, wanted: number): NeighbourList {
    const { width } = this.#points;
    for (let column = 0; column < width; column += 1) this.#target[column] = values[offset + column] ?? 0;
    this.#offsets.fill(0);
    const found = new NeighbourList(wanted);
    this.#search(0, 0, found, self);
    return found;
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
    return this.#points.values[(this.#order[place] ?? 0) * this.#points.width + column] ?? 0;
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
        const point = this.#order[left] ?? 0;
        this.#order[left] = this.#order[right] ?? 0;
        this.#order[right] = point;
        left += 1;
        right -= 1;
      }
      if (middle <= right) high = right;
      else if (middle >= left) low = left;
      else return;
    }
  }

  /** `bound` is the square of the least distance that a point of the node can have. */
  #search(node: number, bound: number, found: NeighbourList, self: number | undefined): void {
    if (bound > found.radius) return;
    const column = this.#columns[node] ?? -1;
    if (column < 0) {
      this.#searchLeaf(node, found, self);
      return;
    }
    const beyond = (this.#target[column] ?? 0) - (this.#splits[node] ?? 0);
    const [near, far] =
      beyond < 0 ? [node + 1, this.#rights[node] ?? 0] : [this.#rights[node] ?? 0, node + 1];
    this.#search(near, bound, found, self);
    const offset = this.#offsets[column] ?? 0;
    this.#offsets[column] = beyond;
    // Rounding must not cut off a point that is just as near as the last one.
    const farBound = (bound - offset * offset + beyond * beyond) * (1 - 1e-12);
    this.#search(far, farBound, found, self);
    this.#offsets[column] = offset;
  }

  #searchLeaf(node: number, found: NeighbourList, self: number | undefined): void {
    const { values, width, weights } = this.#points;
    const [order, target] = [this.#order, this.#target];
    const end = this.#ranges[2 * node + 1] ?? 0;
    let { radius } = found;
    for (let place = this.#ranges[2 * node] ?? 0; place < end; place += 1) {
      const point = order[place] ?? 0;
      const offset = point * width;
      let square = 0;
      for (let column = 0; column < width && square <= radius; column += 1) {
        const difference = (target[column] ?? 0) - (values[offset + column] ?? 0);
        square += difference * difference;
      }
      if (square > radius) continue;
      const weight = (weights[point] ?? 0) - (point === self ? 1 : 0);
      if (weight > 0) radius = found.add(point, square, weight);
    }
  }
}
