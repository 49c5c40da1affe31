import type { Points } from './points.js';

/** Points that differ from each other, and how many there are of each. */
export interface DistinctPoints extends Points {
  /** How many of the given points each one stands for. */
  readonly weights: Int32Array;
  /** Which one each of the given points is. */
  readonly members: Int32Array;
}

/** Puts equal points together, so that a table full of repetitions costs no more than what differs in it. */
export function distinctPoints(values: Float64Array, width: number): DistinctPoints {
  const count = values.length / width;
  const compare = (a: number, b: number): number => {
    for (let column = 0; column < width; column += 1) {
      const difference = (values[a * width + column] ?? 0) - (values[b * width + column] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const order = Int32Array.from({ length: count }, (_, point) => point).sort(compare);
  const members = new Int32Array(count);
  const firsts: number[] = [];
  const weights: number[] = [];
  order.forEach((point, place) => {
    if (place === 0 || compare(order[place - 1] ?? 0, point) !== 0) {
      firsts.push(point);
      weights.push(0);
    }
    members[point] = firsts.length - 1;
    weights[firsts.length - 1] = (weights.at(-1) ?? 0) + 1;
  });
  const distinct = new Float64Array(firsts.length * width);
  firsts.forEach((point, index) => {
    distinct.set(values.subarray(point * width, (point + 1) * width), index * width);
  });
  return { values: distinct, width, weights: Int32Array.from(weights), members };
}
