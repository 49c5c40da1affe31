import type { Envelope, Failure } from '../../../contracts/index.js';
import { describeValue, type ErrorCode, MortarError } from '../../../errors/index.js';
import {
  type Append,
  type AppendCondition,
  type EncodedEvent,
  type ExpectedVersion,
  matchesQuery,
  type StreamId,
} from '../../../event-store/index.js';
import type { Sourced } from '../../../sourcing/index.js';
import type { ScheduledEvent, Transaction, Unit, Write } from '../../../unit-of-work/index.js';
import { isFailure } from '../../requests/result.js';
import type { WriteOptions, WriteUnit } from '../../units/write.js';

/** What a handler gives to `write`, whatever its types. */
export type WriteWork = (tx: Transaction, unit: WriteUnit) => unknown;

/** An event and how it is kept. */
export interface CollectedEvent {
  readonly envelope: Envelope;
  readonly encoded: EncodedEvent;
}

/** What a draft asks of those it works for. */
export interface DraftServices {
  /** Checks and encodes what a `write` publishes. */
  readonly collect: (...args: Parameters<WriteUnit['publish']>) => CollectedEvent | undefined;
  /** Events are not published after all. */
  readonly withdraw: (envelopes: readonly Envelope[]) => void;
}

/** What was decided from: a stream at a version, or what a condition asks for. Where that has changed, it may be decided anew. */
export interface Decided {
  readonly retries: number;
}

const MAX_WRITES = 1_000;
const DECIDED_TOO_LATE: readonly ErrorCode[] = ['MORTAR_VERSION_CONFLICT', 'MORTAR_APPEND_CONFLICT'];

/**
 * What a handler has done so far and its unit of work will commit. The lists are the unit's own and go on to grow: a `write`
 * may publish while the transaction is open, and what it published is forgotten when it runs again.
 */
export class UnitDraft {
  readonly writes: Write[] = [];
  readonly schedule: ScheduledEvent[] = [];
  readonly unschedule: string[] = [];
  /** Idempotency keys whose results nobody can ask for once this is committed. */
  readonly forget: string[] = [];
  /** Of the events, in their order. */
  readonly envelopes: Envelope[] = [];
  readonly #services: DraftServices;
  readonly #events: EncodedEvent[] = [];
  /** The events that belong to no stream; among the appends while there are any. */
  readonly #own: Append = { events: this.#events };
  readonly #appends: Append[] = [];
  readonly #streams = new Map<StreamId, EncodedEvent[]>();
  readonly #deciders = new Map<StreamId, string>();
  /** What aggregates have come to in this unit, see `Decisions`. */
  readonly sourced: Map<string, Sourced<unknown>> = new Map();
  readonly #turns = new Map<string, Promise<unknown>>();
  #condition: AppendCondition | undefined;
  #decided: readonly Decided[] = [];
  readonly #options: WriteOptions[] = [];
  /** How many events there were before each `write` that has run. */
  readonly #marks: { readonly events: number; readonly envelopes: number }[] = [];
  /** What one of the `write` functions has thrown, which has been asked what it means. */
  #thrown: unknown;
  #refusal: { readonly error: unknown; readonly failure: Failure } | undefined;

  constructor(services: DraftServices) {
    this.#services = services;
  }

  /** Whether there is nothing to commit. */
  get isEmpty(): boolean {
    const { writes, schedule, unschedule, forget } = this;
    return [writes, schedule, unschedule, forget, this.#appends].every((list) => list.length === 0);
  }

  add({ envelope, encoded }: CollectedEvent): void {
    this.envelopes.push(envelope);
    this.#events.push(encoded);
    if (this.#events.length === 1) this.#appends.push(this.#own);
  }

  /**
   * Adds events that something has decided to a stream that is expected so; what was first expected of it holds.
   * @throws MortarError as `checkDecider`
   */
  addTo(
    streamId: StreamId,
    expectedVersion: ExpectedVersion,
    collected: readonly CollectedEvent[],
    decider: string,
  ): void {
    this.checkDecider(streamId, decider);
    this.#deciders.set(streamId, decider);
    let events = this.#streams.get(streamId);
    if (events === undefined) {
      events = [];
      this.#streams.set(streamId, events);
      this.#appends.push({ streamId, expectedVersion, events });
    }
    for (const { envelope, encoded } of collected) {
      this.envelopes.push(envelope);
      events.push(encoded);
    }
  }

  /**
   * What has decided events of a stream knows alone what they make of it: others would decide as if they had not happened.
   * @throws MortarError `MORTAR_WRITE_INVALID` where that is something else
   */
  checkDecider(streamId: StreamId, decider: string): void {
    const known = this.#deciders.get(streamId);
    if (known === undefined || known === decider) return;
    throw new MortarError('MORTAR_WRITE_INVALID', {
      rule: 'The events of a stream are decided by one aggregate or decision model within a unit of work.',
      expected: `no other than the one that has decided events of ${streamId} before`,
      got: 'another one',
      details: { streamId },
    });
  }

  /**
   * What was read for a decision lacks what this very unit will commit.
   * @throws MortarError `MORTAR_WRITE_INVALID` where the query of a condition asks for an event of this unit
   */
  checkUnseen({ query }: AppendCondition): void {
    const all = this.#appends.flatMap(({ events }) => events);
    const unseen = all.find((event) => matchesQuery(event, query));
    if (unseen === undefined) return;
    throw new MortarError('MORTAR_WRITE_INVALID', {
      rule: 'A decision over several streams is made before its handler publishes or decides events that it depends on.',
      expected: 'no event of this unit of work that its query asks for',
      got: `one, ${unseen.type}`,
      details: { type: unseen.type },
    });
  }

  /** One after the other, for each name. */
  inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work);
    this.#turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }

  /** Something was decided: it is committed only as long as nothing has changed what it was decided from. */
  decided(by: Decided, condition?: AppendCondition): void {
    this.#decided = [...this.#decided, by];
    if (condition === undefined) return;
    if (this.#condition !== undefined)
      throw new MortarError('MORTAR_WRITE_INVALID', {
        rule: 'A unit of work has one condition.',
        expected: 'at most one decision over several streams in a handler',
        got: 'a second one',
      });
    this.#condition = condition;
  }

  /** How often all of it may be done anew after this error; 0 where that would help nothing. */
  retriesAfter(error: unknown): number {
    const isConflict = error instanceof MortarError && DECIDED_TOO_LATE.includes(error.code);
    if (!isConflict || this.#decided.length === 0) return 0;
    return Math.min(...this.#decided.map(({ retries }) => retries));
  }

  /** @throws MortarError `MORTAR_WRITE_INVALID` */
  write(work: WriteWork, options: WriteOptions = {}): void {
    if (typeof work !== 'function') throw invalid('a function', describeValue(work));
    if (this.writes.length >= MAX_WRITES) throw invalid(`at most ${MAX_WRITES} in a unit`, 'one more');
    const place = this.writes.length;
    this.#options.push(options);
    this.writes.push((tx) => this.#run(place, work, options, tx));
  }

  /** What is to be committed. */
  work(): Omit<Unit, 'id'> {
    const { writes, schedule, unschedule, forget } = this;
    return {
      writes,
      appends: this.#appends,
      ...(this.#condition === undefined ? {} : { condition: this.#condition }),
      ...(schedule.length === 0 ? {} : { schedule }),
      ...(unschedule.length === 0 ? {} : { unschedule }),
      ...(forget.length === 0 ? {} : { forget }),
    };
  }

  /** The failure that a commit has ended with, if one of the `write` functions said so. */
  failureOf(error: unknown): Failure | undefined {
    return this.#refusal !== undefined && this.#refusal.error === error ? this.#refusal.failure : undefined;
  }

  /** What the error of a commit means, where a constraint was checked only at its end. */
  meaningOf(error: unknown): unknown {
    if (error === this.#thrown) return error;
    for (const options of this.#options) {
      const meaning = this.#meaningOf(error, options);
      if (meaning !== error) return meaning;
    }
    return error;
  }

  /** Ends the transaction with a failure of the command. */
  refuse(failure: Failure): never {
    const error = new MortarError('MORTAR_REQUEST_REFUSED', {
      rule: 'A handler may answer with a failure that its contract names; then nothing is committed.',
      expected: 'a result',
      got: `the failure ${failure.name}`,
      cause: failure,
    });
    this.#refusal = { error, failure };
    throw error;
  }

  async #run(place: number, work: WriteWork, options: WriteOptions, tx: Transaction): Promise<unknown> {
    this.#rewind(place);
    const { proxy, revoke } = this.#unit();
    try {
      return await work(tx, proxy);
    } catch (error) {
      this.#thrown = this.#meaningOf(error, options);
      throw this.#thrown;
    } finally {
      revoke();
    }
  }

  /** Forgets what was published by this `write` and those after it when they ran before. */
  #rewind(place: number): void {
    const mark = this.#marks[place];
    if (mark !== undefined) {
      this.#events.length = mark.events;
      this.#services.withdraw(this.envelopes.splice(mark.envelopes));
      const own = this.#appends.indexOf(this.#own);
      if (mark.events === 0 && own >= 0) this.#appends.splice(own, 1);
    }
    const now = { events: this.#events.length, envelopes: this.envelopes.length };
    this.#marks.splice(place, Number.POSITIVE_INFINITY, now);
    if (place > 0) return;
    this.#refusal = undefined;
    this.#thrown = undefined;
  }

  #unit(): { readonly proxy: WriteUnit; readonly revoke: () => void } {
    let isOver = false;
    const publish = (...args: Parameters<WriteUnit['publish']>): void => {
      if (isOver) throw invalid('publish before it ends', 'publish after its end');
      const collected = this.#services.collect(...args);
      if (collected !== undefined) this.add(collected);
    };
    const revoke = (): void => {
      isOver = true;
    };
    return { proxy: Object.freeze({ publish }), revoke };
  }

  #meaningOf(error: unknown, { onConflict }: WriteOptions): unknown {
    const isConflict = error instanceof MortarError && error.code === 'MORTAR_CONSTRAINT_VIOLATED';
    if (!isConflict || onConflict === undefined) return error;
    const meaning = onConflict(error);
    if (!isFailure(meaning)) return meaning ?? error;
    try {
      this.refuse(meaning);
    } catch (refusal) {
      return refusal;
    }
  }
}

function invalid(expected: string, got: string): MortarError {
  return new MortarError('MORTAR_WRITE_INVALID', {
    rule: 'A write is a part of the commit of its handler.',
    expected,
    got,
  });
}
