import { systemClock } from '../bus/index.js';
import type { Clock } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import type { LogEntry, Position, Snapshot, StreamId, StreamState } from '../event-store/index.js';
import type { GenerationRow } from '../read-models/index.js';
import { type KnownResult, type ScheduledEvent, WRITE_TIMEOUT_MS } from '../unit-of-work/index.js';
import { DeliveryTables } from './internal/delivery-tables.js';
import { DocumentTables } from './internal/document-tables.js';
import { Journal, JournaledMap } from './internal/journal.js';
import { Watchers } from './internal/watchers.js';

/** How a log in memory is made. */
export interface MemoryLogOptions {
  /** The clock of the store; the machine's unless said. */
  readonly clock?: Clock;
  /** The longest that the `write` functions of a unit may take together; 5,000 unless said. */
  readonly writeTimeoutMs?: number;
}

/** A stream in memory. */
export interface MemoryStream {
  state: StreamState;
  readonly entries: LogEntry[];
}

/**
 * What the stores in memory have in common: the log and all that is kept beside it, and the order in which they come to
 * it. Lost with the process. Stores on the same log are handles on one database.
 */
export class MemoryLog {
  readonly clock: Clock;
  readonly writeTimeoutMs: number;
  /** Undoes what a transaction has changed. Whatever is changed in one is recorded here, or in a `JournaledMap` of it. */
  readonly journal: Journal = new Journal();
  /** The entry at position n is at index n - 1. */
  readonly entries: LogEntry[] = [];
  readonly entriesById: Map<string, LogEntry> = new Map();
  readonly streams: Map<StreamId, MemoryStream> = new Map();
  readonly results: JournaledMap<string, KnownResult & { readonly expiresAt: number }>;
  /** When a message was handled, by `inboxKeyOf`. */
  readonly inbox: JournaledMap<string, number>;
  /** When a unit was committed that is not known by anything else. */
  readonly unitIds: JournaledMap<string, number>;
  readonly scheduled: JournaledMap<string, ScheduledEvent>;
  readonly tables: Map<string, JournaledMap<string, unknown>> = new Map();
  /** What delivery keeps beside it. */
  readonly deliveries: DeliveryTables = new DeliveryTables(this.journal);
  readonly documents: DocumentTables = new DocumentTables(this.journal);
  /** With when each was saved, by `rowKey` of stream and fingerprint. */
  readonly snapshots: JournaledMap<string, { readonly snapshot: Snapshot; readonly savedAt: number }>;
  /** Of what is appended. */
  readonly watchers: Watchers = new Watchers();
  /** By `rowKey` of projection and number. */
  readonly generations: JournaledMap<string, GenerationRow>;
  #inlineEpoch = 0;
  /** The greatest epoch that there was. It only grows, also where a change is undone. */
  #lastEpoch = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: MemoryLogOptions = {}) {
    checkKeys('a log in memory', options, ['clock', 'writeTimeoutMs']);
    const { clock = systemClock, writeTimeoutMs = WRITE_TIMEOUT_MS } = options;
    checkWholeNumber('writeTimeoutMs', writeTimeoutMs, 1, MAX_DELAY_MS);
    this.clock = clock;
    this.writeTimeoutMs = writeTimeoutMs;
    this.results = new JournaledMap(this.journal);
    this.inbox = new JournaledMap(this.journal);
    this.unitIds = new JournaledMap(this.journal);
    this.scheduled = new JournaledMap(this.journal);
    this.snapshots = new JournaledMap(this.journal);
    this.generations = new JournaledMap(this.journal);
  }

  get head(): Position {
    return this.entries.length as Position;
  }

  /** See `Inlines.epoch`. */
  get inlineEpoch(): number {
    return this.#inlineEpoch;
  }

  /** Other projections are inline than before, if there are some. */
  changeInlineEpoch(areSome: boolean): void {
    const before = this.#inlineEpoch;
    this.#lastEpoch += 1;
    this.#inlineEpoch = areSome ? this.#lastEpoch : 0;
    this.journal.record(() => {
      this.#inlineEpoch = before;
    });
  }

  /** The table of a name, made when it is first asked for. */
  table(name: string): JournaledMap<string, unknown> {
    const present = this.tables.get(name);
    if (present !== undefined) return present;
    const made = new JournaledMap<string, unknown>(this.journal);
    this.tables.set(name, made);
    return made;
  }

  /**
   * Runs work when all that was asked for before has ended, so that it sees committed data alone.
   * @throws MortarError `MORTAR_STORE_CLOSED`
   */
  exclusively<T>(work: () => T | PromiseLike<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(closed());
    const turn = this.#turn.then(work);
    this.#turn = turn.then(ignore, ignore);
    return turn;
  }

  /** The same, and undoes what the work has changed if it fails. */
  atomically<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return this.exclusively(async () => {
      const head = this.entries.length;
      this.journal.open();
      try {
        const result = await work();
        if (this.entries.length > head) this.watchers.notify();
        return result;
      } catch (error) {
        this.journal.undoTo(0);
        throw error;
      } finally {
        this.journal.close();
      }
    });
  }

  /** Waits for what is under way. Whatever comes later is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.watchers.clear();
    this.deliveries.watchers.clear();
    await this.#turn;
  }
}

function ignore(): void {}

function closed(): MortarError {
  return new MortarError('MORTAR_STORE_CLOSED', {
    rule: 'A store is used until it is closed.',
    expected: 'an open store',
    got: 'one that was closed',
  });
}
