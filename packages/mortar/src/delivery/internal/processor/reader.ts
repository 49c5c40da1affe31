import {
  type EventStore,
  keyHashOf,
  type LogEntry,
  type LogFilter,
  type Position,
  partitionOf,
} from '../../../event-store/index.js';
import type { Partition } from './partition.js';
import { before } from './window.js';

/** What a reader works with. */
export interface ReaderParts {
  readonly events: EventStore;
  readonly types: readonly string[] | undefined;
  /** How many partitions the subscription has. */
  readonly partitions: number;
  /** By what entries are kept in order. */
  readonly orderKey: (entry: LogEntry) => string;
  /** Those that are to be read, by number. */
  readonly active: () => ReadonlyMap<number, Partition>;
  /** How many more deliveries there is room for. */
  readonly room: () => number;
  /** Whether it may not be handed on yet, for what lies before it. */
  readonly isHeldBack: (entry: LogEntry, orderKey: string, partition: Partition) => boolean;
  readonly admit: (entry: LogEntry, orderKey: string, partition: Partition) => void;
  /** Entries were admitted, or positions passed. */
  readonly moved: () => void;
  readonly failed: (error: unknown) => void;
}

const MAX_PAGE = 1_000;
/** Pages are so small that they hold about this much. */
const PAGE_CHARACTERS = 4_000_000;
/** Partitions whose places are so near to each other are read together. */
const NEAR = 10_000;

/**
 * Reads the log for the partitions of a subscription, page by page while there is a backlog, and hands on what their
 * windows have room for. What they have no room for yet is kept, at most one page, and nothing more is read.
 */
export class Reader {
  readonly #parts: ReaderParts;
  #page: readonly LogEntry[] = [];
  #next = 0;
  /** The partitions that the page was read for, and up to where. */
  #group: readonly Partition[] = [];
  #to: Position | undefined = undefined;
  #isReading = false;
  #isAsked = false;
  #isStopped = false;
  /** There was no room for more. */
  #isStalled = false;
  #entryCharacters = 500;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** Whether there is no room for what was read, or for more. */
  get isBlocked(): boolean {
    return this.#hasPage || (this.#isStalled && this.#parts.room() <= 0);
  }

  /** Whether it is at the end of the log, as far as it knows. */
  get isResting(): boolean {
    return !this.#isReading && !this.#isAsked && !this.#isStalled;
  }

  /** Whether there may be something to read up to a position, for any of its partitions. */
  isBehind(head: Position): boolean {
    if (this.#isStalled) return true;
    for (const { window } of this.#parts.active().values()) if (window.read < head) return true;
    return false;
  }

  /** How many deliveries may be on their way, so that their data has room in memory. */
  get capacity(): number {
    return Math.max(64, Math.min(4_096, Math.floor((16 * PAGE_CHARACTERS) / this.#entryCharacters)));
  }

  /** There may be something to read, or room for it. */
  wake(): void {
    this.#isAsked = true;
    if (!this.#isReading) void this.#run();
  }

  /** There is room again for what was read, or for more. */
  resume(): void {
    if (!this.#isStalled) return;
    // Mostly there is room for some of what was read, and nothing more is to be read for it.
    if (!this.#isReading && this.#hasPage && !this.#admit()) return;
    this.wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#page = [];
    this.#next = 0;
  }

  get #hasPage(): boolean {
    return this.#next < this.#page.length;
  }

  async #run(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isAsked && !this.#isStopped) {
        this.#isAsked = false;
        const isAllAdmitted = this.#admit();
        this.#parts.moved();
        this.#isStalled = !isAllAdmitted || this.#parts.room() <= 0;
        if (!this.#isStalled && (await this.#read())) this.#isAsked = true;
      }
    } catch (error) {
      this.#isAsked = false;
      this.#isStalled = true;
      this.#parts.failed(error);
    } finally {
      this.#isReading = false;
    }
    this.#parts.moved();
  }

  /** Hands on what there is room for; answers whether that was all. */
  #admit(): boolean {
    for (; this.#next < this.#page.length; this.#next += 1) {
      const entry = this.#page[this.#next];
      if (entry !== undefined && !this.#admitOne(entry)) return false;
    }
    this.#page = [];
    this.#next = 0;
    if (this.#to !== undefined) this.#passTo(this.#to);
    this.#to = undefined;
    return true;
  }

  #admitOne(entry: LogEntry): boolean {
    const { partitions, active, admit } = this.#parts;
    const orderKey = this.#parts.orderKey(entry);
    const partition = active().get(partitionOf(keyHashOf(orderKey), partitions));
    if (
      partition === undefined ||
      !this.#group.includes(partition) ||
      entry.position <= partition.window.read
    )
      return true;
    if (!partition.admits(entry.position)) {
      this.#passTo(before(entry.position));
      if (!partition.admits(entry.position)) return false;
    }
    if (this.#parts.isHeldBack(entry, orderKey, partition)) {
      this.#passTo(before(entry.position));
      return false;
    }
    if (partition.window.open(entry.position)) admit(entry, orderKey, partition);
    return true;
  }

  /** A partition that is leaving stays where it is: its entries of the page are not admitted any more. */
  #passTo(position: Position): void {
    for (const { window, state } of this.#group) if (state === 'active') window.readTo(position);
  }

  /** Reads the next page; answers whether there may be more. */
  async #read(): Promise<boolean> {
    const all = [...this.#parts.active().values()];
    if (all.length === 0) return false;
    const after = all.reduce((least, { window }) => min(least, window.read), all[0]?.window.read as Position);
    const group = all.filter(({ window }) => window.read <= after + NEAR);
    const others = all.filter((partition) => !group.includes(partition));
    const to = others.reduce<Position | undefined>(
      (least, { window }) => (least === undefined ? window.read : min(least, window.read)),
      undefined,
    );
    const page = await this.#parts.events.readAll({
      after,
      limit: Math.max(1, Math.min(MAX_PAGE, Math.floor(PAGE_CHARACTERS / this.#entryCharacters))),
      filter: this.#filterFor(group),
      ...(to === undefined ? {} : { to }),
    });
    if (this.#isStopped) return false;
    this.#group = group;
    this.#page = page.entries;
    this.#to = page.next;
    this.#measure(page.entries);
    // Events of other subscriptions are passed at once, and not with the next that is read.
    if (page.entries.length === 0) this.#admit();
    return !page.isEnd || page.entries.length > 0 || to !== undefined;
  }

  #filterFor(group: readonly Partition[]): LogFilter {
    const { types, partitions } = this.#parts;
    const isAll = group.length === partitions;
    return {
      ...(types === undefined ? {} : { types }),
      ...(isAll ? {} : { partitions: { of: partitions, among: group.map(({ number }) => number) } }),
    };
  }

  #measure(entries: readonly LogEntry[]): void {
    if (entries.length === 0) return;
    const characters = entries.reduce((sum, { payload }) => sum + payload.length + 300, 0);
    this.#entryCharacters = (this.#entryCharacters + characters / entries.length) / 2;
  }
}

function min(a: Position, b: Position): Position {
  return a < b ? a : b;
}
