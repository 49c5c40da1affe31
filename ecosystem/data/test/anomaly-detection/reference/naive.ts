/** Algorithms as their definitions read, without a thought of speed: what the real ones are held against. */

const K = 1.482602218505602;
const MEAN_K = Math.sqrt(Math.PI / 2);

export function naiveMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/** As R and NumPy have it unless told otherwise. */
export function naiveQuantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place - Math.floor(place));
}

export function naiveMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function naiveZScores(values: readonly number[]): number[] {
  const mean = naiveMean(values);
  const squares = values.map((value) => (value - mean) ** 2).reduce((sum, square) => sum + square, 0);
  const deviation = Math.sqrt(squares / (values.length - 1));
  return values.map((value) => Math.abs(value - mean) / deviation);
}

export function naiveRobustZScores(values: readonly number[]): number[] {
  const middle = naiveMedian(values);
  const distances = values.map((value) => Math.abs(value - middle));
  const mad = naiveMedian(distances);
  const unit = mad > 0 ? mad * K : naiveMean(distances) * MEAN_K;
  return distances.map((distance) => distance / unit);
}

export function naiveRangeScores(values: readonly number[]): number[] {
  const [first, third] = [naiveQuantile(values, 0.25), naiveQuantile(values, 0.75)];
  return values.map((value) => {
    const beyond = value < first ? first - value : value > third ? value - third : 0;
    return beyond / (third - first);
  });
}

export function naiveMovingMedian(values: readonly number[], window: number): number[] {
  const half = (window - 1) / 2;
  return values.map((_, place) =>
    naiveMedian(
      values.slice(Math.max(0, place - half), place + half + 1).filter((value) => !Number.isNaN(value)),
    ),
  );
}

/** Definitions 3 to 7 of Breunig et al. 2000, one after the other; densities are infinite where k points lie on each other. */
export function naiveFactors(points: readonly (readonly number[])[], k: number): number[] {
  const distance = (a: readonly number[], b: readonly number[]): number =>
    Math.sqrt(a.reduce((sum, value, column) => sum + (value - (b[column] ?? 0)) ** 2, 0));
  const others = points.map((point, index) =>
    points
      .map((other, place) => ({ place, far: distance(point, other) }))
      .filter(({ place }) => place !== index)
      .sort((a, b) => a.far - b.far),
  );
  const reach = others.map((sorted) => sorted[k - 1]?.far ?? Number.NaN);
  const neighbours = others.map((sorted, index) => sorted.filter(({ far }) => far <= (reach[index] ?? 0)));
  const densities = neighbours.map(
    (near) => 1 / naiveMean(near.map(({ place, far }) => Math.max(reach[place] ?? 0, far))),
  );
  return neighbours.map(
    (near, index) => naiveMean(near.map(({ place }) => densities[place] ?? 0)) / (densities[index] ?? 0),
  );
}

/** Algorithms 1 to 3 of Liu, Ting and Zhou 2008, over lists of points. */
export function naiveForestScores(
  points: readonly (readonly number[])[],
  { trees, sampleSize }: { readonly trees: number; readonly sampleSize: number },
  random: () => number,
): number[] {
  const size = Math.min(sampleSize, points.length);
  const most = Math.ceil(Math.log2(size));
  const sums = points.map(() => 0);
  for (let tree = 0; tree < trees; tree += 1) {
    const sample = shuffled(points, random).slice(0, size);
    const lengthOf = naiveTree(sample, 0, most, random);
    points.forEach((point, index) => {
      sums[index] = (sums[index] ?? 0) + lengthOf(point);
    });
  }
  return sums.map((sum) => 2 ** (-sum / trees / naiveSearchLength(size)));
}

function naiveTree(
  points: readonly (readonly number[])[],
  depth: number,
  most: number,
  random: () => number,
): (point: readonly number[]) => number {
  const columns = (points[0] ?? []).map((_, column) => column);
  const differing = columns.filter((column) => new Set(points.map((point) => point[column])).size > 1);
  const column = differing[Math.floor(random() * differing.length)];
  if (depth >= most || points.length <= 1 || column === undefined) {
    const length = depth + naiveSearchLength(points.length);
    return () => length;
  }
  const values = points.map((point) => point[column] ?? 0);
  const least = Math.min(...values);
  const split = least + random() * (Math.max(...values) - least);
  const isLeft = (point: readonly number[]): boolean => (point[column] ?? 0) <= split;
  const left = naiveTree(points.filter(isLeft), depth + 1, most, random);
  const right = naiveTree(
    points.filter((point) => !isLeft(point)),
    depth + 1,
    most,
    random,
  );
  return (point) => (isLeft(point) ? left(point) : right(point));
}

/** With the harmonic number itself, for which the paper takes a logarithm. */
export function naiveSearchLength(size: number): number {
  if (size <= 1) return 0;
  let harmonic = 0;
  for (let term = 1; term < size; term += 1) harmonic += 1 / term;
  return 2 * harmonic - (2 * (size - 1)) / size;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
