import type { LogEntry } from 'mortar/event-store';

/** What the books are made of, as it lies in the log; everything but the place of the entry is read from its text. */
export type Entry = Pick<LogEntry, 'id' | 'type' | 'causationId' | 'payload'>;

interface Money {
  readonly accountId: string;
  readonly transferId: string;
  readonly amount: number;
}

/**
 * The books as an auditor keeps them: from the entries of the log alone, by none of the bank's own code. After each commit no
 * balance is negative, and balances and money under way are together what was deposited.
 */
export class Books {
  readonly faults: string[] = [];
  readonly #balances = new Map<string, number>();
  readonly #underWay = new Map<string, number>();
  readonly #ended = new Set<string>();
  #deposited = 0;

  static of(entries: readonly Entry[]): Books {
    const books = new Books();
    for (const [index, entry] of entries.entries()) {
      books.#enter(entry);
      if (isCommitted(entry, entries[index + 1])) books.#balance(index + 1);
    }
    return books;
  }

  get underWay(): number {
    return sumOf(this.#underWay);
  }

  get balances(): number {
    return sumOf(this.#balances);
  }

  /** Transfers that were completed or refused. */
  get ended(): number {
    return this.#ended.size;
  }

  #enter({ type, payload }: Entry): void {
    const { accountId, transferId, amount }: Money = JSON.parse(payload);
    if (type === 'bank.deposited') {
      this.#deposited += amount;
      this.#move(accountId, amount);
    } else if (type === 'bank.credited') this.#move(accountId, amount);
    else if (type === 'bank.debited') this.#move(accountId, -amount);
    else if (type === 'bank.transfer-started') this.#start(transferId, amount);
    else if (type === 'bank.transfer-completed' || type === 'bank.transfer-refused') this.#end(transferId);
  }

  #move(accountId: string, amount: number): void {
    this.#balances.set(accountId, (this.#balances.get(accountId) ?? 0) + amount);
  }

  #start(transferId: string, amount: number): void {
    if (this.#underWay.has(transferId) || this.#ended.has(transferId))
      this.faults.push(`${transferId} was started again`);
    this.#underWay.set(transferId, amount);
  }

  #end(transferId: string): void {
    if (this.#ended.has(transferId)) this.faults.push(`${transferId} was ended again`);
    this.#underWay.delete(transferId);
    this.#ended.add(transferId);
  }

  #balance(position: number): void {
    for (const [accountId, balance] of this.#balances)
      if (balance < 0) this.faults.push(`${accountId} has ${balance} at ${position}`);
    const total = this.balances + this.underWay;
    if (total !== this.#deposited)
      this.faults.push(`there is ${total} in place of ${this.#deposited} at ${position}`);
  }
}

/** What a handler has decided for one event is one commit, and lies together in the log. */
function isCommitted({ causationId }: Entry, next: Entry | undefined): boolean {
  return causationId === undefined || causationId !== next?.causationId;
}

function sumOf(amounts: ReadonlyMap<string, number>): number {
  return [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
}
