/** Work about one thing, one after the other in the order in which it was asked for; about different things, at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs work when all that was asked for before about the same has ended, however it ended. */
  async run<T>(about: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(about);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#last.set(about, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(about) === mine) this.#last.delete(about);
    }
  }
}
