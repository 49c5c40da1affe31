import { type Clock, newId } from '../../contracts/index.js';
import type { BatchOutcome, HeldKey, Lease, LeaseName, OpenStore } from '../../delivery/index.js';
import { categoryOf, MortarError, messageOf } from '../../errors/index.js';
import type { LogEntry, LogPage, Position } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import { delayOf } from '../../resilience/backoff.js';
import type { Folded, FoldWork, ProjectionRun } from '../projection-run.js';
import { HeldTails } from './held-tails.js';
import { type CatchUpProgress, Pace } from './pace.js';

/** What catching up works with. */
export interface CatchUpParts {
  readonly store: Pick<OpenStore, 'events' | 'deliveries'>;
  readonly subscription: string;
  readonly run: ProjectionRun;
  /** Who holds the lease: as whoever delivers afterwards. */
  readonly owner: string;
  readonly leaseTtlMs: number;
  /** How many entries are folded at once, at most. */
  readonly pageEvents: number;
  readonly pulse: Clock;
  readonly logger: Logger;
  /** Whether an operator has paused the subscription. */
  readonly isPaused: () => boolean;
  /**
   * The end of the log is reached, and committed. Answers whether to go on for a little, since the log has grown meanwhile; or that
   * there is nothing more to do, as for one that is inline by now.
   */
  readonly reachedEnd: () => Promise<AtEnd>;
}

/** What comes when the end of the log is reached. */
export type AtEnd = 'goOn' | 'handOver' | 'end';

/** How it has ended. */
export type CatchUpEnd =
  /** The rest is for the delivery, under the lease if there is one: the end is near, or an event has failed. */
  | {
      readonly kind: 'handOver';
      readonly lease: Lease | undefined;
      /** There may be much left: it has stopped at something that is for the delivery. */
      readonly isEarly: boolean;
      readonly error?: unknown;
    }
  /** It was stopped, or what it was to fill is gone. */
  | { readonly kind: 'ended' };

/** Pages are so small that they hold about this much. */
const PAGE_CHARACTERS = 8_000_000;
/** A store that plans queries by statistics takes new ones after so many. */
const MANY_EVENTS = 1_000;
/** With no more than so many before it, the end of the log is near. */
const NEAR_EVENTS = 500;
const NEAR_POSITIONS = 5_000;
const HEAD_EVERY_MS = 250;
/** What is further than the log for a moment is not yet of another one. */
const AHEAD_FOR_MS = 1_000;
const BACKOFF = { kind: 'exponential', delayMs: 50, maxDelayMs: 5_000, jitter: false } as const;
const OVER: readonly string[] = ['MORTAR_STORE_CLOSED', 'MORTAR_STORE_BROKEN'];
const GONE: readonly string[] = ['MORTAR_SUBSCRIPTION_MISSING', 'MORTAR_COLLECTION_MISSING'];
const ENDED: CatchUpEnd = Object.freeze({ kind: 'ended' });

/**
 * Brings a generation from the beginning of the log near to its end: page after page is folded and committed with the progress,
 * under the lease of its one partition, past the lanes and windows of the delivery. Of several processes that try, one does; it
 * is replaced when its lease is free. It may run again, once the delivery has taken care of what it stopped at.
 */
export class CatchUp {
  readonly #parts: CatchUpParts;
  #pace: Pace | undefined;
  #failures = 0;
  #head = 0 as Position;
  #headAt = Number.NEGATIVE_INFINITY;
  #entryCharacters = 1_000;
  #isAnalyzed = false;
  #wakeUp: () => void = () => undefined;
  #isStopped = false;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** Nothing while another process does it. */
  get progress(): CatchUpProgress | undefined {
    return this.#pace?.progress;
  }

  /** Never rejects. */
  async run(): Promise<CatchUpEnd> {
    for (;;) {
      if (this.#isStopped) return ENDED;
      try {
        const end = await this.#attempt();
        if (end !== undefined) return end;
      } catch (error) {
        if (isAmong(OVER, error) || isAmong(GONE, error)) return ENDED;
        await this.#waitAfter(error);
      }
    }
  }

  /** Ends when the page that is being folded is committed. Whoever has called `run` is told. */
  stop(): void {
    this.#isStopped = true;
    this.#wakeUp();
  }

  /** Something has changed that it may wait for. */
  wake(): void {
    this.#wakeUp();
  }

  /** Answers with the end, or with nothing to begin anew. */
  async #attempt(): Promise<CatchUpEnd | undefined> {
    const { store, subscription, owner, leaseTtlMs, isPaused } = this.#parts;
    await store.deliveries.register(subscription, 'beginning', 1);
    const [lease] = isPaused() ? [] : await store.deliveries.acquire(subscription, [0], owner, leaseTtlMs);
    if (lease !== undefined) return this.#under(lease);
    if (await this.#isNear()) return { kind: 'handOver', lease: undefined, isEarly: false };
    await this.#rest(Math.max(1, leaseTtlMs / 6));
    return undefined;
  }

  async #under(lease: Lease): Promise<CatchUpEnd | undefined> {
    const stopRenewing = this.#renewing(lease);
    const held = new HeldLease(lease);
    try {
      const end = await this.#foldAll(held);
      if (end?.kind !== 'handOver') await this.#release(lease);
      return end;
    } catch (error) {
      await this.#release(lease);
      if (isAmong(['MORTAR_LEASE_LOST', 'MORTAR_COMMIT_UNKNOWN'], error)) return undefined;
      throw error;
    } finally {
      stopRenewing();
      this.#pace = undefined;
    }
  }

  /** What may kill the process, and keys that are to be tried again, are for the delivery: it has a ledger. */
  async #foldAll(held: HeldLease): Promise<CatchUpEnd | undefined> {
    const { store, subscription, isPaused, reachedEnd, pulse } = this.#parts;
    if (await this.#staysAhead(held.low)) {
      await this.#release(held.lease);
      return { kind: 'handOver', lease: undefined, isEarly: false };
    }
    const heldKeys = await store.deliveries.heldKeys(subscription, [0]);
    if (!held.isClean || !heldKeys.every((key) => isPassed(key, this.#parts.run)))
      return { kind: 'handOver', lease: held.lease, isEarly: true };
    const tails = new HeldTails(heldKeys, (entry) => this.#parts.run.orderKey(entry));
    this.#pace = new Pace(held.low, await this.#headNow(), () => pulse.now());
    for (let next = this.#read(held.low); ; ) {
      if (this.#isStopped) return ignoring(next, ENDED);
      if (isPaused()) return ignoring(next, undefined);
      const page = await next;
      this.#measure(page);
      // Read while this one is folded and committed.
      const following = page.isEnd ? undefined : this.#read(page.next);
      following?.catch(() => undefined);
      const failed = await this.#fold(held, tails, page);
      if (failed !== undefined)
        return { kind: 'handOver', lease: held.lease, isEarly: true, error: failed.error };
      this.#failures = 0;
      const isNear = page.isEnd && page.entries.length <= NEAR_EVENTS;
      if (isNear) await this.#analyze();
      const atEnd = isNear ? await reachedEnd() : 'goOn';
      if (atEnd !== 'goOn')
        return ignoring(
          following,
          atEnd === 'end' ? ENDED : { kind: 'handOver', lease: held.lease, isEarly: false },
        );
      next = following ?? this.#read(held.low);
    }
  }

  /**
   * Whether a checkpoint is that of another log, which has come further than this one: all that is appended up to it would be
   * passed over. The delivery looks at each lease that it takes, and halts.
   */
  async #staysAhead(low: Position): Promise<boolean> {
    const { pulse } = this.#parts;
    const until = pulse.now() + AHEAD_FOR_MS;
    while (low > (await this.#headNow())) {
      if (this.#isStopped) return false;
      if (pulse.now() >= until) return true;
      await this.#rest(HEAD_EVERY_MS);
    }
    return false;
  }

  #read(after: Position): Promise<LogPage> {
    const { store, run, pageEvents } = this.#parts;
    const limit = Math.max(1, Math.min(pageEvents, Math.floor(PAGE_CHARACTERS / this.#entryCharacters)));
    return store.events.readAll({ after, limit, filter: { types: run.types } });
  }

  #measure({ entries }: LogPage): void {
    if (entries.length === 0) return;
    const characters = entries.reduce((sum, { payload }) => sum + payload.length + 300, 0);
    this.#entryCharacters = (this.#entryCharacters + characters / entries.length) / 2;
  }

  /** Folds and commits a page, in several parts where it changes too much at once. Answers with an error of one of its events. */
  async #fold(
    held: HeldLease,
    tails: HeldTails,
    { entries, next }: LogPage,
  ): Promise<{ readonly error: unknown } | undefined> {
    if (entries.length === 0 && next === held.low) return undefined;
    const flowing = tails.flowing(entries);
    const head = await this.#headNow();
    for (let from = 0; ; ) {
      let folded: Folded | undefined;
      try {
        folded = await this.#folded(flowing, from);
      } catch (error) {
        if (isOfStore(error)) throw error;
        return { error };
      }
      from += folded?.entries ?? 0;
      const isWhole = from >= flowing.length;
      const low = isWhole ? next : (flowing[from - 1]?.position ?? held.low);
      const hold = tails.grown(entries, low);
      const outcome = await this.#commit(held.lease, low, folded?.work, hold);
      if (!outcome.ok) {
        if (isOfStore(outcome.error)) throw outcome.error;
        return { error: outcome.error };
      }
      held.low = low;
      tails.keep(hold);
      this.#pace?.moved(low, folded?.entries ?? 0, head);
      if (isWhole || this.#isStopped) return undefined;
    }
  }

  async #folded(entries: readonly LogEntry[], from: number): Promise<Folded | undefined> {
    if (entries.length === 0) return undefined;
    return this.#parts.run.fold(from === 0 ? entries : entries.slice(from));
  }

  /** Once, before it may become the one that is read: whoever reads it first is not to find it by plans for an empty table. */
  async #analyze(): Promise<void> {
    const { run, logger, subscription } = this.#parts;
    if (this.#isAnalyzed || (this.#pace?.progress.events ?? 0) < MANY_EVENTS) return;
    this.#isAnalyzed = true;
    await run.analyze().catch((error: unknown) => {
      logger.debug({ subscription, error: messageOf(error) }, 'A read model was not analyzed');
    });
  }

  /** Asked for from time to time, since it is for the progress alone. */
  async #headNow(): Promise<Position> {
    const now = this.#parts.pulse.now();
    if (now - this.#headAt >= HEAD_EVERY_MS) {
      this.#head = await this.#parts.store.events.head();
      this.#headAt = now;
    }
    return this.#head;
  }

  #commit(
    { subscription, partition, token }: LeaseName,
    low: Position,
    work: FoldWork | undefined,
    hold: readonly HeldKey[],
  ): Promise<BatchOutcome> {
    return this.#parts.store.deliveries.commit({
      subscription,
      progress: [{ subscription, partition, token, low, ahead: [] }],
      units: work === undefined ? [] : [{ ...work, id: newId() }],
      hold,
      release: [],
      letters: [],
    });
  }

  /** Whether the delivery of another process, if there is one, has little before it. */
  async #isNear(): Promise<boolean> {
    const { store, subscription } = this.#parts;
    const [checkpoint] = await store.deliveries.checkpoints(subscription);
    const head = await store.events.head();
    return checkpoint !== undefined && head - checkpoint.low <= NEAR_POSITIONS;
  }

  #renewing(lease: Lease): () => void {
    const { pulse, leaseTtlMs, store } = this.#parts;
    const beat = (): (() => void) =>
      pulse.after(Math.max(1, Math.floor(leaseTtlMs / 3)), () => {
        // Whether it was lost is seen with the next commit.
        store.deliveries.renew([lease], leaseTtlMs).catch(() => undefined);
        cancel = beat();
      });
    let cancel = beat();
    return () => cancel();
  }

  async #release(lease: Lease): Promise<void> {
    try {
      await this.#parts.store.deliveries.release([lease]);
    } catch {
      // It expires by itself.
    }
  }

  async #waitAfter(error: unknown): Promise<void> {
    const { logger, subscription } = this.#parts;
    this.#failures += 1;
    if (this.#failures === 1)
      logger.warn(
        { subscription, error: messageOf(error) },
        'A read model could not be caught up; trying again',
      );
    await this.#rest(delayOf(BACKOFF, this.#failures));
  }

  /** For so long, or until something has changed. */
  #rest(ms: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.pulse.after(ms, resolve);
      this.#wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Whether catching up goes past a held key: it waits for an operator, and holds no others. */
export function isPassed({ state, orderKey }: HeldKey, run: Pick<ProjectionRun, 'holdsAll'>): boolean {
  return state === 'dead' && !run.holdsAll(orderKey);
}

/** A lease, with how far its partition has come under it. */
class HeldLease {
  readonly #lease: Lease;
  readonly #start: Position;
  low: Position;

  constructor(lease: Lease) {
    this.#lease = lease;
    this.#start = lease.low;
    this.low = lease.low;
  }

  /** Whether nothing was left unfinished, and nothing may have killed the process before. */
  get isClean(): boolean {
    return this.#lease.ahead.length === 0 && this.#lease.unclean < 2;
  }

  get lease(): Lease {
    return { ...this.#lease, low: this.low, unclean: this.low > this.#start ? 0 : this.#lease.unclean };
  }
}

function isAmong(codes: readonly string[], error: unknown): boolean {
  return error instanceof MortarError && codes.includes(error.code);
}

/** Whether an error says something of the store or what is in its way, and nothing of an event. */
function isOfStore(error: unknown): boolean {
  if (!(error instanceof MortarError)) return false;
  const isStore = error.code.startsWith('MORTAR_STORE_') || isAmong(GONE, error);
  return isStore || categoryOf(error) === 'unavailable' || isAmong(['MORTAR_COMMIT_UNKNOWN'], error);
}

function ignoring<T>(reading: Promise<unknown> | undefined, answer: T): T {
  reading?.catch(() => undefined);
  return answer;
}
