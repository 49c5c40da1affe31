import type { DurableApp } from 'mortar';
import { Deposit, OpenAccount, RequestTransfer } from '../src/bank/contract.js';

/** What customers ask for. */
export interface Orders {
  readonly deposits: readonly { readonly to: number; readonly amount: number }[];
  readonly transfers: readonly { readonly from: number; readonly to: number; readonly amount: number }[];
}

type Request = (app: DurableApp, idempotencyKey: string) => Promise<unknown>;

/** Customers who ask again, under the same key, for whatever was not answered. */
export class Requests {
  readonly transfers: number;
  readonly #openings: Map<string, Request>;
  readonly #others: Map<string, Request>;

  constructor({ deposits, transfers }: Orders, accounts: number) {
    this.transfers = transfers.length;
    const openings = Array.from({ length: accounts }, (_, index): Request => {
      const data = { accountId: nameOf(index), owner: nameOf(index) };
      return (app, idempotencyKey) => app.dispatch(OpenAccount, data, { idempotencyKey });
    });
    const others = [
      ...deposits.map(({ to, amount }): Request => {
        const data = { accountId: nameOf(to), amount };
        return (app, idempotencyKey) => app.dispatch(Deposit, data, { idempotencyKey });
      }),
      ...transfers.map(({ from, to, amount }, index): Request => {
        const data = { transferId: `t${index}`, from: nameOf(from), to: nameOf(to), amount, purpose: 'rent' };
        return (app, idempotencyKey) => app.dispatch(RequestTransfer, data, { idempotencyKey });
      }),
    ];
    this.#openings = keyed('opening', openings);
    this.#others = keyed('order', others);
  }

  /** Asks for all that is left, at once; but an account is opened first. */
  async answered(app: DurableApp): Promise<void> {
    for (const requests of [this.#openings, this.#others])
      await Promise.all(
        [...requests].map(async ([key, request]) => {
          await request(app, key);
          requests.delete(key);
        }),
      );
  }
}

function keyed(kind: string, requests: readonly Request[]): Map<string, Request> {
  return new Map(requests.map((request, index) => [`${kind} ${index}`, request]));
}

function nameOf(account: number): string {
  return `a${account}`;
}
