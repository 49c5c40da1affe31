import type { Clock, DataOf, QueryContract } from '../../contracts/index.js';
import { defuse, describeValue, MortarError } from '../../errors/index.js';
import { Lru } from '../internal/requests/lru.js';
import type { Run } from '../internal/requests/run.js';
import type { SharedAnswer } from '../internal/requests/shared-answer.js';
import type { CacheOptions } from './handler-options.js';
import type { RequestOrigin } from './request-options.js';

/** Which cached answers are no longer good: those of a query, those with one of some tags, or those to which both apply. */
export interface Invalidation {
  readonly query?: QueryContract;
  readonly tags?: readonly string[];
}

/** What a query's cache has done so far. Plain data. */
export interface CacheStats {
  readonly query: string;
  /** Answered with a fresh answer that was kept. */
  readonly hits: number;
  /** Answered with one that was past its time, while a new one was fetched. */
  readonly staleHits: number;
  /** Answered together with an equal query that was under way. */
  readonly joined: number;
  /** Answered by a call of the handler. */
  readonly misses: number;
  /** Answers that are kept, also such as are past their time and have not been asked for since. */
  readonly size: number;
}

/** An answer that was found. */
export interface KeptAnswer {
  readonly key: string;
  readonly answer: SharedAnswer;
  readonly isStale: boolean;
}

interface Entry {
  readonly answer: SharedAnswer;
  readonly tags: readonly string[];
  readonly storedAt: number;
}

/** A run whose answer will be kept, and counts for who asks meanwhile; until something makes it invalid. */
interface Pending {
  readonly run: Run<SharedAnswer>;
  readonly tags: readonly string[];
  readonly isRefresh: boolean;
}

const DEFAULT_MAX_ENTRIES = 1_000;

/** The answers of one query that are kept, and those under way. */
export class QueryCache {
  readonly query: string;
  readonly #options: CacheOptions;
  readonly #clock: Clock;
  readonly #entries: Lru<Entry>;
  readonly #pending = new Map<string, Pending>();
  readonly #counts = { hits: 0, staleHits: 0, joined: 0, misses: 0 };

  constructor(query: string, options: CacheOptions, clock: Clock) {
    this.query = query;
    this.#options = options;
    this.#clock = clock;
    this.#entries = new Lru(options.maxEntries ?? DEFAULT_MAX_ENTRIES);
  }

  stats(): CacheStats {
    return { query: this.query, ...this.#counts, size: this.#entries.size };
  }

  count(what: Exclude<keyof CacheStats, 'query' | 'size'>): void {
    this.#counts[what] += 1;
  }

  /** What an answer is kept under: the data, and whom it counts for. */
  keyOf({ tenant, actor }: RequestOrigin, digest: string): string {
    const { vary = 'actor' } = this.#options;
    return JSON.stringify([
      digest,
      vary === 'none' ? null : (tenant ?? null),
      vary === 'actor' ? (actor ?? null) : null,
    ]);
  }

  /** Calls the user's function. @throws MortarError `MORTAR_OPTIONS_INVALID` if it answers with something else than texts */
  tagsOf(data: unknown): readonly string[] {
    // The data has come through the schema of the query.
    const tags: unknown = this.#options.tags?.(data as DataOf<QueryContract>);
    if (tags === undefined && this.#options.tags === undefined) return [];
    if (isTexts(tags)) return tags;
    defuse(tags);
    throw notTags(`The function cache.tags of ${this.query} answers with tags.`, tags);
  }

  find(key: string): KeptAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { ttlMs, staleWhileRevalidateMs = 0 } = this.#options;
    const ageMs = this.#clock.now() - entry.storedAt;
    // A clock that was set back has kept it in the future: nobody knows how old it is.
    const isGood = ageMs >= 0 && ageMs < ttlMs + staleWhileRevalidateMs;
    if (isGood) return { key, answer: entry.answer, isStale: ageMs >= ttlMs };
    this.#entries.delete(key);
    return undefined;
  }

  /** Whether an answer is under way that will be kept. */
  isPending(key: string): boolean {
    return this.#pending.has(key);
  }

  /**
   * The run that whoever asks now may share, since no answer was found. A refresh is not shared: it has gone on for as
   * long as the stale answer was good, without a caller whose time could end it.
   */
  runOf(key: string): Run<SharedAnswer> | undefined {
    const pending = this.#pending.get(key);
    return pending?.isRefresh === true ? undefined : pending?.run;
  }

  /** From now on this run's answer is the one to be kept, and that of one that began before is not. */
  begin(key: string, run: Run<SharedAnswer>, tags: readonly string[], isRefresh: boolean): void {
    this.#pending.set(key, { run, tags, isRefresh });
  }

  /** Keeps an answer, unless it was made invalid, or its run abandoned, since that began. */
  keep(key: string, run: Run<SharedAnswer>, answer: SharedAnswer): void {
    const pending = this.#pending.get(key);
    if (pending?.run !== run || answer.kind === 'opaque') return;
    this.#entries.set(key, { answer, tags: pending.tags, storedAt: this.#clock.now() });
  }

  end(key: string, run: Run<SharedAnswer>): void {
    if (this.#pending.get(key)?.run === run) this.#pending.delete(key);
  }

  /** Runs under way answer those who wait for them, and no one else: they may have read what was there before. */
  invalidate(tags?: readonly string[]): void {
    if (tags === undefined) {
      this.#entries.clear();
      this.#pending.clear();
      return;
    }
    const isHit = (entry: Pick<Entry, 'tags'>): boolean => entry.tags.some((tag) => tags.includes(tag));
    for (const [key, entry] of [...this.#entries.entries()]) if (isHit(entry)) this.#entries.delete(key);
    for (const [key, pending] of this.#pending) if (isHit(pending)) this.#pending.delete(key);
  }
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkTags(tags: unknown): void {
  if (!isTexts(tags)) throw notTags('Cached answers are made invalid by their tags.', tags);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((tag) => typeof tag === 'string');
}

function notTags(rule: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule,
    expected: 'an array of texts',
    got: describeValue(got),
  });
}
