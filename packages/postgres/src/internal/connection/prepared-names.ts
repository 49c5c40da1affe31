/** So many texts get names; what comes later is planned each time. */
const MAX_TEXTS = 64;

/**
 * Names under which statements stay prepared on the server, one for each text. The server may keep the plan that was good
 * for a table when it was small, until it has statistics again; so a statement is planned anew under another name whenever
 * its table may have become eight times as large.
 */
export class PreparedNames {
  readonly #numbers = new Map<string, number>();

  /** Nothing where there are too many texts. */
  of(text: string, ofRows: number): string | undefined {
    const known = this.#numbers.get(text);
    if (known === undefined && this.#numbers.size >= MAX_TEXTS) return undefined;
    const number = known ?? this.#numbers.size;
    if (known === undefined) this.#numbers.set(text, number);
    return `mortar_${number}_${Math.floor(Math.log2(ofRows + 1) / 3)}`;
  }
}
