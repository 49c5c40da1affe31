import type { LogEntry } from '../event-store.js';
import type { Pages } from './pages.js';

/**
 * Entries one by one out of pages, read as something else on their way; entries that are read as nothing are left out.
 * While a page is handed out the next one is fetched, so that the store and the caller work at the same time.
 */
export class EntryIterator<T> implements AsyncIterableIterator<T> {
  readonly #pages: Pages;
  readonly #signal: AbortSignal | undefined;
  readonly #read: (entry: LogEntry) => T | undefined;
  #page: readonly LogEntry[] = [];
  #index = 0;
  #ahead: Promise<readonly LogEntry[] | undefined> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** How many have asked and were not answered. */
  #asked = 0;
  #isOver = false;

  /** Once the signal is aborted, nothing more is handed out. */
  constructor(pages: Pages, read: (entry: LogEntry) => T | undefined, signal?: AbortSignal) {
    this.#signal = signal;
    this.#pages = pages;
    this.#read = read;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#asked > 0) return this.#inTurn();
    try {
      const value = this.#take();
      if (value !== undefined) return Promise.resolve({ done: false, value });
    } catch (error) {
      this.#end();
      return Promise.reject(error);
    }
    return this.#inTurn();
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#end();
    return { done: true, value: undefined };
  }

  /** Whoever asks before the last answer has come is answered after it. */
  #inTurn(): Promise<IteratorResult<T, undefined>> {
    this.#asked += 1;
    const answer = this.#turn.then(() => this.#answer());
    this.#turn = answer.then(settle, settle);
    return answer;
  }

  async #answer(): Promise<IteratorResult<T, undefined>> {
    try {
      const value = await this.#advance();
      if (value !== undefined) return { done: false, value };
      this.#end();
      return { done: true, value: undefined };
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#asked -= 1;
    }
  }

  /** The next entry that is wanted, out of as many pages as that takes. */
  async #advance(): Promise<T | undefined> {
    for (;;) {
      const value = this.#take();
      if (value !== undefined) return value;
      const page = await this.#fetch();
      if (page === undefined || this.#isOver) return undefined;
      this.#page = page;
      this.#index = 0;
      if (page.length > 0) this.#ahead = ahead(this.#pages.next());
    }
  }

  #fetch(): Promise<readonly LogEntry[] | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    const page = this.#ahead ?? this.#pages.next();
    this.#ahead = undefined;
    return page;
  }

  /** The next entry of the page that is wanted, if there is one. */
  #take(): T | undefined {
    if (this.#signal?.aborted === true) this.#end();
    while (this.#index < this.#page.length) {
      const entry = this.#page[this.#index];
      this.#index += 1;
      const value = entry === undefined ? undefined : this.#read(entry);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #end(): void {
    this.#isOver = true;
    this.#page = [];
    this.#ahead = undefined;
    this.#pages.end();
  }
}

function settle(): void {}

/** An error of a page that is fetched ahead is told when its turn comes. */
function ahead<T>(page: Promise<T>): Promise<T> {
  page.catch(settle);
  return page;
}
