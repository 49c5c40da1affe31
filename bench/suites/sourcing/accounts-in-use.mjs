import { callAtOnce } from '../log/rounds.mjs';

/** So many events an account has before its first command, and so many commands are measured on it: 10 events on average. */
const BEFORE = 8;
const COMMANDS = 5;
/** While warming up, a sample is at most four times as long as the one before. */
const GROWTH = 4;
const FEWEST = 256;

let made = 0;

/**
 * Accounts of about ten events, made before each sample and used up in it, so that none grows with the rounds.
 * Each is used by one caller alone.
 */
export class AccountsInUse {
  /** @type {import('./ours.mjs').Handling} */
  #handling;
  /** @type {string[]} */
  #fresh = [];
  /** @type {Map<number, { id: string, orders: number }>} by caller */
  #used = new Map();
  #mostTaken = FEWEST / GROWTH;
  #taken = 0;
  #callers;

  /**
   * @param {import('./ours.mjs').Handling} handling
   * @param {number} callers
   */
  constructor(handling, callers) {
    this.#handling = handling;
    this.#callers = callers;
  }

  /** Makes as many as the next sample may need. */
  async prepare() {
    this.#mostTaken = Math.max(this.#mostTaken, this.#taken);
    this.#taken = 0;
    this.#used.clear();
    const missing = this.#mostTaken * GROWTH - this.#fresh.length;
    await callAtOnce(this.#callers, missing, () => this.#make());
  }

  /**
   * One command of a caller, on an account of its own.
   * @param {number} caller
   * @param {number} number
   */
  async place(caller, number) {
    const account = this.#accountOf(caller);
    account.orders += 1;
    const orders = await this.#handling.place(account.id, [number]);
    if (orders !== account.orders)
      throw new Error(`${account.orders} orders were expected; there are ${orders}`);
  }

  /** @param {number} caller */
  #accountOf(caller) {
    const used = this.#used.get(caller);
    if (used !== undefined && used.orders < BEFORE + COMMANDS) return used;
    const id = this.#fresh.pop();
    if (id === undefined) throw new Error('There are not enough accounts for this sample');
    this.#taken += 1;
    const account = { id, orders: BEFORE };
    this.#used.set(caller, account);
    return account;
  }

  async #make() {
    made += 1;
    const id = `${process.pid.toString(36)}x${made}`;
    await this.#handling.place(
      id,
      Array.from({ length: BEFORE }, (_, index) => index),
    );
    this.#fresh.push(id);
  }
}
