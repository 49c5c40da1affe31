/**
 * The median of the values around each place, `window` of them (an odd number); near the ends, of as many as there are. Missing
 * values don't count; `NaN` where there are none at all.
 */
export function movingMedian(values: Float64Array, window: number): Float64Array {
  const half = window >>> 1;
  const sorted = new SortedWindow(window);
  for (let place = 0; place < Math.min(half, values.length); place += 1)
    sorted.add(values[place] ?? Number.NaN);
  return values.map((_, place) => {
    if (place + half < values.length) sorted.add(values[place + half] ?? Number.NaN);
    if (place > half) sorted.remove(values[place - half - 1] ?? Number.NaN);
    return sorted.median();
  });
}

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
    this.#values.copyWithin(place + 1, place, this.#size);
    this.#values[place] = value;
    this.#size += 1;
  }

  remove(value: number): void {
    if (Number.isNaN(value)) return;
    const place = this.#placeOf(value);
    this.#values.copyWithin(place, place + 1, this.#size);
    this.#size -= 1;
  }

  median(): number {
    if (this.#size === 0) return Number.NaN;
    const middle = this.#size >>> 1;
    const high = this.#values[middle] ?? Number.NaN;
    return this.#size % 2 === 1 ? high : ((this.#values[middle - 1] ?? high) + high) / 2;
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
