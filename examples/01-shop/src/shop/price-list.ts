/** What things cost, in euros. */
export class PriceList {
  readonly #prices: ReadonlyMap<string, number> = new Map([
    ['book', 24],
    ['pen', 3],
  ]);

  priceOf(item: string): number {
    const price = this.#prices.get(item);
    if (price === undefined) throw new Error(`${item} is not sold here`);
    return price;
  }

  totalOf(items: readonly string[]): number {
    return items.reduce((sum, item) => sum + this.priceOf(item), 0);
  }
}
