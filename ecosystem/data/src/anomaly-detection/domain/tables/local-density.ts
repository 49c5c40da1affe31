import { type DistinctPoints, distinctPoints } from './distinct-points.js';
import { KDTree, valuesOf } from './k-d-tree.js';
import type { NeighbourList } from './neighbour-list.js';
import type { Points } from './points.js';

/** Keeps the density of points that lie on each other finite; a share of a typical distance, so that scaling changes nothing. */
const LEAST_SHARE = 1e-10;

/**
 * The local outlier factor of each point (definition 7 of Breunig et al. 2000). Only the points in `reference` are neighbours,
 * or all.
 */
export function localOutlierFactors(
  points: Points,
  neighbours: number,
  reference: Int32Array | undefined,
): Float64Array {
  const count = points.values.length / points.width;
  const references = reference ?? Int32Array.from({ length: count }, (_, point) => point);
  const distinct = distinctPoints(valuesOf(points, references), points.width);
  const densities = new LocalDensities(distinct, neighbours);
  const factors = new Float64Array(count);
  const known = new Uint8Array(count);
  references.forEach((point, place) => {
    factors[point] = densities.factorOfMember(distinct.members[place] ?? 0);
    known[point] = 1;
  });
  return factors.map((factor, point) =>
    known[point] === 1 ? factor : densities.factorOf(points.values, point * points.width),
  );
}

/** The densities around distinct points. */
class LocalDensities {
  readonly #tree: KDTree;
  readonly #neighbours: number;
  /** The distance of the k-th neighbour (definition 3). */
  readonly #distances: Float64Array;
  readonly #densities: Float64Array;
  readonly #factors: Float64Array;
  readonly #least: number;

  constructor(points: DistinctPoints, neighbours: number) {
    this.#tree = new KDTree(points);
    this.#neighbours = neighbours;
    const { values, width, weights } = points;
    const lists = new NeighbourLists(weights.length, neighbours);
    for (const point of this.#tree.order)
      lists.add(point, this.#tree.nearest(values, point * width, point, neighbours));
    this.#distances = new Float64Array(weights.length).map((_, point) => lists.farthest(point));
    const positive = this.#distances.filter((distance) => distance > 0).sort();
    this.#least = (positive[positive.length >>> 1] ?? 1) * LEAST_SHARE;
    this.#densities = this.#distances.map((_, point) => this.#densityOf(lists.of(point)));
    this.#factors = this.#densities.map((density, point) => this.#ratioOf(lists.of(point), density));
  }

  factorOfMember(point: number): number {
    return this.#factors[point] ?? Number.NaN;
  }

  /** Of a point that is nobody's neighbour. */
  factorOf(values: Float64Array, offset: number): number {
    const { points, squares, weights } = this.#tree.nearest(values, offset, undefined, this.#neighbours);
    const list = { points, distances: squares.map(Math.sqrt), weights };
    return this.#ratioOf(list, this.#densityOf(list));
  }

  /** The inverse of the average reachability distance from the neighbours (definitions 5 and 6). */
  #densityOf({ points, distances, weights }: Neighbours): number {
    let [sum, weight] = [0, 0];
    for (let place = 0; place < points.length; place += 1) {
      const one = weights[place] ?? 0;
      sum += one * Math.max(this.#distances[points[place] ?? 0] ?? 0, distances[place] ?? 0);
      weight += one;
    }
    return 1 / (sum / weight + this.#least);
  }

  #ratioOf({ points, weights }: Neighbours, density: number): number {
    let [sum, weight] = [0, 0];
    for (let place = 0; place < points.length; place += 1) {
      const one = weights[place] ?? 0;
      sum += one * (this.#densities[points[place] ?? 0] ?? 0);
      weight += one;
    }
    return sum / weight / density;
  }
}

interface Neighbours {
  readonly points: Int32Array;
  readonly distances: Float64Array;
  readonly weights: Int32Array;
}

/** The neighbours of many points, in few arrays: as many small ones would take most of the time. */
class NeighbourLists {
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #points: Int32Array;
  #distances: Float64Array;
  #weights: Int32Array;
  #size = 0;

  constructor(count: number, neighbours: number) {
    this.#starts = new Int32Array(count);
    this.#ends = new Int32Array(count);
    const size = count * neighbours;
    [this.#points, this.#distances, this.#weights] = [
      new Int32Array(size),
      new Float64Array(size),
      new Int32Array(size),
    ];
  }

  add(point: number, { points, squares, weights, size }: NeighbourList): void {
    while (this.#size + size > this.#points.length) this.#grow();
    this.#starts[point] = this.#size;
    this.#points.set(points, this.#size);
    this.#weights.set(weights, this.#size);
    for (let place = 0; place < size; place += 1)
      this.#distances[this.#size + place] = Math.sqrt(squares[place] ?? 0);
    this.#size += size;
    this.#ends[point] = this.#size;
  }

  of(point: number): Neighbours {
    const [start, end] = [this.#starts[point] ?? 0, this.#ends[point] ?? 0];
    return {
      points: this.#points.subarray(start, end),
      distances: this.#distances.subarray(start, end),
      weights: this.#weights.subarray(start, end),
    };
  }

  /** The distance of the last neighbour. */
  farthest(point: number): number {
    return this.#distances[(this.#ends[point] ?? 0) - 1] ?? 0;
  }

  #grow(): void {
    const [points, distances, weights] = [this.#points, this.#distances, this.#weights];
    const size = points.length + (points.length >>> 1) + 1;
    [this.#points, this.#distances, this.#weights] = [
      new Int32Array(size),
      new Float64Array(size),
      new Int32Array(size),
    ];
    this.#points.set(points);
    this.#distances.set(distances);
    this.#weights.set(weights);
  }
}
