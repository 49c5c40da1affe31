import type { Clock } from '../../contracts/index.js';
import { categoryOf as errorCategoryOf, MortarError } from '../../errors/index.js';
import type { EventStore, LogEntry, LogRange, StreamRange } from '../event-store.js';
import { BEGINNING, type Position, type StreamId, type Version } from '../place.js';

/** Where entries come from, page by page. */
export interface Pages {
  /** The next entries, perhaps none; nothing when there are no more. Called again only after it has answered. */
  next(): Promise<readonly LogEntry[] | undefined>;
  /** Gives up what is waited for. */
  end(): void;
}

const FIRST_LIMIT = 100;
const MAX_LIMIT = 1_000;
const PAGE_CHARACTERS = 2 ** 22;

/** How many entries the next page takes, so that pages of large payloads stay within some megabytes. */
class PageSize {
  #limit: number = FIRST_LIMIT;

  get limit(): number {
    return this.#limit;
  }

  learn(entries: readonly LogEntry[]): void {
    if (entries.length === 0) return;
    const characters = entries.reduce((sum, { payload }) => sum + payload.length, 0);
    const fitting = Math.floor((PAGE_CHARACTERS * entries.length) / Math.max(characters, 1));
    this.#limit = Math.min(Math.max(fitting, 1), MAX_LIMIT);
  }
}

/** The log from a place on, up to what is its end when that is come to. */
export function logPages(
  store: EventStore,
  range: Omit<LogRange, 'limit'>,
  total: number = Number.POSITIVE_INFINITY,
): Pages {
  const size = new PageSize();
  let after = range.after;
  let left = total;
  let isEnd = left <= 0;
  return {
    next: async () => {
      if (isEnd) return undefined;
      const limit = Math.min(size.limit, left);
      const page = await store.readAll({ ...range, ...(after === undefined ? {} : { after }), limit });
      size.learn(page.entries);
      left -= page.entries.length;
      after = page.next;
      isEnd = page.isEnd || left <= 0;
      return page.entries;
    },
    end: () => {
      isEnd = true;
    },
  };
}

/** A stream from a version on, up to what is its end when that is come to. */
export function streamPages(
  store: EventStore,
  streamId: StreamId,
  range: Omit<StreamRange, 'limit'>,
  total: number = Number.POSITIVE_INFINITY,
): Pages {
  const size = new PageSize();
  const step = range.direction === 'backwards' ? -1 : 1;
  let from = range.from;
  let left = total;
  let isEnd = left <= 0;
  return {
    next: async () => {
      if (isEnd) return undefined;
      const limit = Math.min(size.limit, left);
      const entries = await store.readStream(streamId, {
        ...range,
        ...(from === undefined ? {} : { from }),
        limit,
      });
      size.learn(entries);
      left -= entries.length;
      from = ((entries.at(-1)?.version ?? 0) + step) as Version;
      isEnd = entries.length < limit || left <= 0 || from < 1;
      return entries;
    },
    end: () => {
      isEnd = true;
    },
  };
}

/** How `livePages` waits. */
export interface LiveOptions {
  readonly clock: Clock;
  readonly pollMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The log from a place on, and what comes after, for ever: until the signal is aborted. While the store can't be reached,
 * it waits.
 */
export function livePages(
  store: EventStore,
  range: Pick<LogRange, 'after' | 'filter'>,
  { clock, pollMs, signal }: LiveOptions,
): Pages {
  const size = new PageSize();
  const bell = new Bell(clock, pollMs);
  const stopWatching = store.watch(() => bell.ring());
  let after: Position = range.after ?? BEGINNING;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    stopWatching();
    signal?.removeEventListener('abort', end);
    bell.ring();
  };
  if (signal?.aborted === true) end();
  else signal?.addEventListener('abort', end, { once: true });
  const next = async (): Promise<readonly LogEntry[] | undefined> => {
    while (!isOver) {
      bell.hush();
      const page = await read(store, { ...range, after, limit: size.limit });
      if (isOver) return undefined;
      after = page?.next ?? after;
      if (page !== undefined && page.entries.length > 0) {
        size.learn(page.entries);
        return page.entries;
      }
      if (page === undefined || page.isEnd) await bell.rung();
    }
    return undefined;
  };
  return { next, end };
}

type Page = Awaited<ReturnType<EventStore['readAll']>>;

/** A page, or nothing when the store can't be reached now. */
async function read(store: EventStore, range: LogRange): Promise<Page | undefined> {
  try {
    return await store.readAll(range);
  } catch (error) {
    const isClosed = error instanceof MortarError && error.code === 'MORTAR_STORE_CLOSED';
    if (!isClosed && errorCategoryOf(error) === 'unavailable') return undefined;
    throw error;
  }
}

/** Rings when it is rung, and after a time by itself. What rang since it was hushed is not missed. */
class Bell {
  readonly #clock: Clock;
  readonly #pollMs: number;
  #hasRung = false;
  #wake: () => void = () => undefined;

  constructor(clock: Clock, pollMs: number) {
    this.#clock = clock;
    this.#pollMs = pollMs;
  }

  ring(): void {
    this.#hasRung = true;
    this.#wake();
  }

  hush(): void {
    this.#hasRung = false;
  }

  async rung(): Promise<void> {
    if (this.#hasRung) return;
    let cancel: () => void = () => undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      cancel = this.#clock.after(this.#pollMs, resolve);
    });
    cancel();
  }
}
