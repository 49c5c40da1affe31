/** What the bank answers: its own words, numbers as texts. */
export interface Fixing {
  readonly pair: string;
  readonly mid: string;
}

const FIXINGS: ReadonlyMap<string, string> = new Map([
  ['EURUSD', '1.25'],
  ['EURCHF', '0.95'],
]);

/** The client of a bank's service, as one gets it from elsewhere. This one answers by itself. */
export class BankClient {
  readonly #url: string;
  readonly #apiKey: string;

  constructor(url: string, apiKey: string) {
    this.#url = url;
    this.#apiKey = apiKey;
  }

  async fixing(pair: string, signal: AbortSignal): Promise<Fixing> {
    signal.throwIfAborted();
    if (this.#apiKey === '') throw new Error(`401 from ${this.#url}`);
    const mid = FIXINGS.get(pair);
    if (mid === undefined) throw new Error(`404 from ${this.#url}/fixings/${pair}`);
    return { pair, mid };
  }
}
