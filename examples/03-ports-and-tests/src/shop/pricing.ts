import type { ClientOf } from 'mortar';
import type { HandlingContext } from 'mortar/bus';
import type { Rates } from '../rates/contract.js';

const EUROS = { book: 24, pen: 3 };
const CURRENCIES: ReadonlyMap<string | undefined, string> = new Map([
  ['acme-us', 'USD'],
  ['acme-ch', 'CHF'],
  ['acme-jp', 'JPY'],
]);

/** Prices for one message: in the currency of the tenant that it is handled for. */
export class Pricing {
  readonly currency: string;
  readonly #rates: ClientOf<typeof Rates>;

  constructor(rates: ClientOf<typeof Rates>, message: HandlingContext) {
    this.currency = CURRENCIES.get(message.envelope.tenant) ?? 'EUR';
    this.#rates = rates;
  }

  /** The client was made for this message, so the call is made on behalf of its actor and tenant. */
  async priceOf(item: keyof typeof EUROS): Promise<number> {
    const rate = this.currency === 'EUR' ? 1 : await this.#rates.rateOf({ currency: this.currency });
    return EUROS[item] * rate;
  }
}
