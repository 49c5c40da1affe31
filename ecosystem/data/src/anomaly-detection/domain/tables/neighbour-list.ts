/** The nearest points found so far, the nearest first; ties with the last one are kept. */
export class NeighbourList {
  readonly points: number[] = [];
  /** Squares of distances. */
  readonly squares: number[] = [];
  readonly weights: number[] = [];
  readonly #wanted: number;
  #weight = 0;

  /** `wanted`: how much the points must weigh together. */
  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  /** The square of the distance up to which a point would be added. */
  get radius(): number {
    return this.#weight < this.#wanted ? Number.POSITIVE_INFINITY : (this.squares.at(-1) ?? 0);
  }

  /** Answers with the radius. */
  add(point: number, square: number, weight: number): number {
    let place = this.points.length;
    for (; place > 0 && (this.squares[place - 1] ?? 0) > square; place -= 1) {
      this.points[place] = this.points[place - 1] ?? 0;
      this.squares[place] = this.squares[place - 1] ?? 0;
      this.weights[place] = this.weights[place - 1] ?? 0;
    }
    this.points[place] = point;
    this.squares[place] = square;
    this.weights[place] = weight;
    this.#weight += weight;
    this.#dropFarthest();
    return this.radius;
  }

  /** Drops the farthest points, which are as far as each other, as long as those before them are enough. */
  #dropFarthest(): void {
    for (;;) {
      const last = this.squares.at(-1);
      let [first, farthest] = [this.points.length, 0];
      for (; first > 0 && this.squares[first - 1] === last; first -= 1)
        farthest += this.weights[first - 1] ?? 0;
      if (first === 0 || this.#weight - farthest < this.#wanted) return;
      for (const list of [this.points, this.squares, this.weights]) list.length = first;
      this.#weight -= farthest;
    }
  }
}
