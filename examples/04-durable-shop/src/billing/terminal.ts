import { MortarError } from 'mortar';

/** What charges cards; it may be out of order. */
export class Terminal {
  readonly charged: string[] = [];
  readonly #isInOrder: boolean;

  constructor({ isInOrder }: { readonly isInOrder: boolean }) {
    this.#isInOrder = isInOrder;
  }

  charge(orderId: string, amount: number): void {
    if (!this.#isInOrder) {
      throw new MortarError('MORTAR_OUTSIDE_FAILED', {
        rule: 'A terminal charges cards.',
        expected: 'one that is in order',
        got: 'no answer',
      });
    }
    this.charged.push(`order ${orderId}: ${amount}`);
  }
}
