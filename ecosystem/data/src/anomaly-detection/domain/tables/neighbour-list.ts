const FIRST_SIZE = 64;

/** The nearest points found so far, the nearest first; ties with the last one are kept. Can be used again and again. */
export class NeighbourList {
  #points = new Int32Array(FIRST_SIZE);
  #squares = new Float64Array(FIRST_SIZE);
  #weights = new Int32Array(FIRST_SIZE);
  #wanted = 0;
  #weight = 0;
  #size = 0;
  #radius = Number.POSITIVE_INFINITY;

  /** The square of the distance up to which a point would be added. */
  get radius(): number {
    return this.#radius;
  }

  /** How many points there are. */
  get size(): number {
    return this.#size;
  }

  /** What follows are views of what the list holds now. */
  get points(): Int32Array {
    return this.#points.subarray(0, this.#size);
  }

  /** Squares of distances. */
  get squares(): Float64Array {
    return this.#squares.subarray(0, this.#size);
  }

  get weights(): Int32Array {
    return this.#weights.subarray(0, this.#size);
  }

  /** Forgets all points. `wanted`: how much those to come must weigh together. */
  begin(wanted: number): void {
    this.#wanted = wanted;
    this.#weight = 0;
    this.#size = 0;
    this.#radius = Number.POSITIVE_INFINITY;
  }

  /** Answers with the radius. */
  add(point: number, square: number, weight: number): number {
    if (this.#size === this.#points.length) this.#grow();
    const [points, squares, weights] = [this.#points, this.#squares, this.#weights];
    let place = this.#size;
    for (; place > 0 && (squares[place - 1] ?? 0) > square; place -= 1) {
      points[place] = points[place - 1] ?? 0;
      squares[place] = squares[place - 1] ?? 0;
      weights[place] = weights[place - 1] ?? 0;
    }
    points[place] = point;
    squares[place] = square;
    weights[place] = weight;
    this.#size += 1;
    this.#weight += weight;
    if (this.#weight >= this.#wanted) this.#dropFarthest();
    return this.#radius;
  }

  /** Drops the farthest points, which are as far as each other, as long as those before them are enough. */
  #dropFarthest(): void {
    for (;;) {
      const last = this.#squares[this.#size - 1] ?? 0;
      let [first, farthest] = [this.#size, 0];
      for (; first > 0 && this.#squares[first - 1] === last; first -= 1)
        farthest += this.#weights[first - 1] ?? 0;
      if (first === 0 || this.#weight - farthest < this.#wanted) {
        this.#radius = last;
        return;
      }
      this.#size = first;
      this.#weight -= farthest;
    }
  }

  #grow(): void {
    const size = 2 * this.#points.length;
    const [points, squares, weights] = [this.#points, this.#squares, this.#weights];
    this.#points = new Int32Array(size);
    this.#squares = new Float64Array(size);
    this.#weights = new Int32Array(size);
    this.#points.set(points);
    this.#squares.set(squares);
    this.#weights.set(weights);
  }
}
