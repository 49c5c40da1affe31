import type { Place } from '../../graph/project-graph.js';

/** Finds lines and columns of offsets, which are asked for in any order. */
export class Places {
  /** The number of lines; a line break at the end begins none. */
  readonly lines: number;
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
    this.lines = starts.length - (text === '' || text.endsWith('\n') ? 1 : 0);
  }

  /** Where a line begins, from 1; undefined beyond the last. */
  startOf(line: number): number | undefined {
    return this.#starts[line - 1];
  }

  at(offset: number): Place {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
