/**
 * The median of the values around each place, `window` of them (an odd number); near the ends, of as many as there are. Missing
 * values don't count; `NaN` where there are none at all.
 */
export function movingMedian(values: Float64Array, window: number): Float64Array {
  const half = window >>> 1;
  const sorted = new SortedWindow(window);
  for (let place = 0; place < Math.min(half, values.length); place += 1)
    sorted.add(values[place] ?? Number.NaN);
  const medians = new Float64Array(values.length);
  for (let place = 0; place < values.length; place += 1) {
    const entering = place + half < values.length ? (values[place + half] ?? Number.NaN) : Number.NaN;
    const leaving = place > half ? (values[place - half - 1] ?? Number.NaN) : Number.NaN;
    sorted.exchange(leaving, entering);
    medians[place] = sorted.median();
  }
  return medians;
}

/** Up to that many values, a loop moves them sooner than a call. */
const FEW = 100;

/** Some values, ascending. */
class SortedWindow {
  readonly #values: Float64Array;
  #size = 0;

  constructor(most: number) {
    this.#values = new Float64Array(most + 1);
  }

  add(value: number): void {
    if (Number.isNaN(value)) return;
    const place = this.#placeOf(value);
    this.#move(place, this.#size, 1);
    this.#values[place] = value;
    this.#size += 1;
  }

  /** Takes one value out and another one in; `NaN` for none. Only values between the two change their places. */
  exchange(leaving: number, entering: number): void {
    if (Number.isNaN(leaving)) {
      this.add(entering);
      return;
    }
    const from = this.#placeOf(leaving);
    if (Number.isNaN(entering)) {
      this.#move(from + 1, this.#size, -1);
      this.#size -= 1;
      return;
    }
    const to = this.#placeOf(entering);
    if (to > from) {
      this.#move(from + 1, to, -1);
      this.#values[to - 1] = entering;
    } else {
      this.#move(to, from, 1);
      this.#values[to] = entering;
    }
  }

  median(): number {
    if (this.#size === 0) return Number.NaN;
    const middle = this.#size >>> 1;
    const high = this.#values[middle] ?? Number.NaN;
    return this.#size % 2 === 1 ? high : ((this.#values[middle - 1] ?? high) + high) / 2;
  }

  /** Moves the values from `start` to before `end` by one place. */
  #move(start: number, end: number, by: 1 | -1): void {
    const values = this.#values;
    if (end - start > FEW) values.copyWithin(start + by, start, end);
    else if (by === 1)
      for (let place = end; place > start; place -= 1) values[place] = values[place - 1] ?? 0;
    else for (let place = start; place < end; place += 1) values[place - 1] = values[place] ?? 0;
  }

  /** The first place whose value is not less. */
  #placeOf(value: number): number {
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#values[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
