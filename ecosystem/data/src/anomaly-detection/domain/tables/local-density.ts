import { type DistinctPoints, distinctPoints } from './distinct-points.js';
import type { Points } from './isolation-tree.js';
import { KDTree } from './k-d-tree.js';
import type { NeighbourList } from './neighbour-list.js';

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

function valuesOf({ values, width }: Points, chosen: Int32Array): Float64Array {
  const result = new Float64Array(chosen.length * width);
  chosen.forEach((point, place) => {
    result.set(values.subarray(point * width, (point + 1) * width), place * width);
  });
  return result;
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
    const lists = Array.from(weights, (_, point) =>
      compact(this.#tree.nearest(values, point * width, point, neighbours)),
    );
    this.#distances = Float64Array.from(lists, ({ distances }) => distances.at(-1) ?? 0);
    const positive = this.#distances.filter((distance) => distance > 0).sort();
    this.#least = (positive[positive.length >>> 1] ?? 1) * LEAST_SHARE;
    this.#densities = Float64Array.from(lists, (list) => this.#densityOf(list));
    this.#factors = Float64Array.from(lists, (list, point) =>
      this.#ratioOf(list, this.#densities[point] ?? 0),
    );
  }

  factorOfMember(point: number): number {
    return this.#factors[point] ?? Number.NaN;
  }

  /** Of a point that is nobody's neighbour. */
  factorOf(values: Float64Array, offset: number): number {
    const list = compact(this.#tree.nearest(values, offset, undefined, this.#neighbours));
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

function compact({ points, squares, weights }: NeighbourList): Neighbours {
  return {
    points: Int32Array.from(points),
    distances: Float64Array.from(squares, Math.sqrt),
    weights: Int32Array.from(weights),
  };
}
