import {
  type AppendResult,
  conditionFailed,
  findRepetition,
  inlineStale,
  type Position,
  streamClosed,
  unexpectedVersion,
  type Version,
} from 'mortar/event-store';
import type { JobOutcome } from 'mortar/unit-of-work';
import type { Database, Statement } from '../connection/database.js';
import { failureOf, isLost, isRaced, isTransient, serverError } from '../connection/failures.js';
import { delay, Recovery } from '../connection/recovery.js';
import { readByIds } from '../reading/reading.js';
import { STREAM_STATES } from '../reading/rows.js';
import { type MemberFailure, numbersOf } from './append-answer.js';
import { type AppendMember, appendCall, appendSql } from './append-statement.js';
import { Lanes } from './lanes.js';

/** How often one that raced with another is tried again. */
const MAX_TRIES = 20;

type Outcome = JobOutcome<AppendResult>;

/**
 * Appends. Those of the process that come at once share one statement, which is a transaction of its own: one round trip,
 * and one sync of the disk, for all of them.
 */
export class Appender {
  readonly #database: Database;
  readonly #onAppended: () => void;
  readonly #lanes: Lanes<AppendMember, AppendResult>;

  constructor(database: Database, onAppended: () => void) {
    this.#database = database;
    this.#onAppended = onAppended;
    this.#lanes = new Lanes((members) => this.appendAll(members));
  }

  /** Appends one, together with others that come at the same time. */
  async append(member: AppendMember): Promise<AppendResult> {
    if (member.condition === undefined) return this.#lanes.submit(member);
    const [outcome] = await this.#round([member]);
    return resultOf(outcome);
  }

  /** Appends several, each for itself, in their order. */
  async appendAll(members: readonly AppendMember[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let rest = members; rest.length > 0; ) {
      const round = rest.slice(0, lengthOfRound(rest));
      outcomes.push(...(await this.#round(round)));
      rest = rest.slice(round.length);
    }
    return outcomes;
  }

  /** The statement, for those who append within a transaction of theirs. */
  statement(members: readonly AppendMember[], isStrict: boolean): Statement {
    const { schema, isDurable, lockTimeoutMs } = this.#database.options;
    const { name, values } = appendCall(members, { isStrict, isDurable, lockTimeoutMs });
    return this.#database.prepared({ text: appendSql(schema, name), values });
  }

  /** Repeating an append is safe, so one whose connection was lost is looked up by being repeated. */
  async #round(members: readonly AppendMember[]): Promise<readonly Outcome[]> {
    const recovery = new Recovery(this.#database);
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#tryRound(members, recovery);
      } catch (error) {
        const lasting = await this.#waitAfter(error, tries, recovery);
        if (lasting === undefined) continue;
        if (members.length > 1 && serverError(error) !== undefined) return this.#oneByOne(members);
        return members.map(() => ({ ok: false, error: lasting }));
      }
    }
  }

  /** Waits where trying again makes sense; answers with the failure where it does not. */
  async #waitAfter(error: unknown, tries: number, recovery: Recovery): Promise<unknown> {
    const { place, options } = this.#database;
    if (isLost(error)) return recovery.wait(error);
    const isPassing = isTransient(error) || isRaced(error, options.schemaName);
    if (!isPassing || tries >= MAX_TRIES) return failureOf(error, place);
    await delay(tries);
    return undefined;
  }

  async #tryRound(members: readonly AppendMember[], recovery: Recovery): Promise<readonly Outcome[]> {
    const statement = this.statement(members, false);
    const [row] = await this.#database.use((connection) => {
      recovery.begin();
      return connection.rows(statement);
    });
    const outcomes = await this.#outcomes(members, row ?? []);
    if (outcomes.some(({ ok }) => ok)) this.#onAppended();
    return outcomes;
  }

  async #oneByOne(members: readonly AppendMember[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const member of members) outcomes.push(...(await this.#round([member])));
    return outcomes;
  }

  async #outcomes(
    members: readonly AppendMember[],
    [failures, versions, positions]: readonly (string | null)[],
  ): Promise<readonly Outcome[]> {
    const failed = new Map<number, MemberFailure>();
    if (typeof failures === 'string')
      for (const failure of JSON.parse(failures) as readonly MemberFailure[])
        failed.set(failure.member, failure);
    const places = new Places(numbersOf(versions), numbersOf(positions));
    const outcomes: Outcome[] = [];
    let first = 1;
    for (const [index, member] of members.entries()) {
      const failure = failed.get(index);
      if (failure === undefined) outcomes.push({ ok: true, result: places.take(member) });
      else {
        places.pass(member);
        outcomes.push(await this.failure(member, failure, first));
      }
      first += member.appends.length;
    }
    return outcomes;
  }

  /** What a member that failed has come to: a repeated append, or an error. `first` is the number of its first append. */
  async failure(member: AppendMember, failure: MemberFailure, first: number): Promise<Outcome> {
    if (failure.kind === 'known') return this.findRepeated(member);
    if (failure.kind === 'epoch') return this.#staleUnlessRepeated(member);
    if (failure.kind === 'condition' && member.condition !== undefined)
      return { ok: false, error: conditionFailed(member.condition, failure.position as Position) };
    const append = member.appends[(failure.append ?? 0) - first];
    if (append?.streamId === undefined) return { ok: false, error: new Error('an answer without a stream') };
    const state = STREAM_STATES[failure.state ?? 0] ?? 'open';
    const error =
      state === 'open'
        ? unexpectedVersion(append.streamId, append.expectedVersion ?? 'any', failure.version as Version)
        : streamClosed(append.streamId, state);
    return { ok: false, error };
  }

  /** What a member comes to of which an event is known. */
  async findRepeated(member: AppendMember): Promise<Outcome> {
    return this.#repeatedOr(member, () => new Error('an event that was known is not there'));
  }

  /** It may be there by an attempt whose answer was lost. */
  #staleUnlessRepeated(member: AppendMember): Promise<Outcome> {
    return this.#repeatedOr(member, inlineStale);
  }

  async #repeatedOr({ appends }: AppendMember, otherwise: () => Error): Promise<Outcome> {
    try {
      const ids = appends.flatMap(({ events }) => events.map(({ id }) => id));
      const entries = await readByIds(this.#database, ids);
      const result = findRepetition(appends, (id) => entries.get(id));
      return result === undefined ? { ok: false, error: otherwise() } : { ok: true, result };
    } catch (error) {
      return { ok: false, error };
    }
  }
}

/** Hands out what the statement answered, member by member. */
export class Places {
  readonly #starts: readonly number[];
  readonly #positions: readonly number[];
  #append = 0;
  #event = 0;

  constructor(starts: readonly number[], positions: readonly number[]) {
    this.#starts = starts;
    this.#positions = positions;
  }

  take({ appends }: AppendMember): AppendResult {
    const positions: Position[] = [];
    const versions: (Version | undefined)[] = [];
    for (const { streamId, events } of appends) {
      const start = this.#starts[this.#append] ?? 0;
      versions.push(streamId === undefined ? undefined : ((start + events.length) as Version));
      for (let count = 0; count < events.length; count += 1, this.#event += 1)
        positions.push((this.#positions[this.#event] ?? 0) as Position);
      this.#append += 1;
    }
    return { positions, versions, isRepeated: false };
  }

  /** Events of a member that failed have no positions. */
  pass({ appends }: AppendMember): void {
    this.#append += appends.length;
  }
}

/**
 * How many members from the first on may share a statement: of one event id, the first decides what the second comes to; and they
 * know of the same inline projections.
 */
function lengthOfRound(members: readonly AppendMember[]): number {
  const ids = new Set<string>();
  const epoch = members[0]?.inlineEpoch;
  for (const [index, { appends, condition, inlineEpoch }] of members.entries()) {
    if (condition !== undefined) return Math.max(index, 1);
    if (inlineEpoch !== epoch) return index;
    for (const { events } of appends)
      for (const { id } of events) {
        if (ids.has(id)) return index;
        ids.add(id);
      }
  }
  return members.length;
}

function resultOf(outcome: Outcome | undefined): AppendResult {
  if (outcome?.ok === true) return outcome.result;
  throw outcome?.error;
}
