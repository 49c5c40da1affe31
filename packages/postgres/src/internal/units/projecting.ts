import type { StreamId, Version } from 'mortar/event-store';
import { type Unit, unplacedEntries, versionsAhead, type WriteGuard } from 'mortar/unit-of-work';
import { numbersOf } from '../append/append-answer.js';
import { epochOf } from '../append/append-statement.js';
import { textArray, uuidArray } from '../append/binary-array.js';
import type { Connection, Database, Statement } from '../connection/database.js';
import { serverError, writeError } from '../connection/failures.js';
import { send } from '../connection/transacting.js';
import { PostgresProjectionTransaction } from '../documents/projection-transaction.js';

/** Streams of units whose rows are locked. */
export interface LockedStreams {
  /** What those that are open have come to. It is moved on as units are looked at in their order. */
  readonly versions: Map<StreamId, Version>;
  /** What is to be done behind the append, where one of them was new. */
  readonly afterwards: readonly Statement[];
}

/** Whether a unit brings projections on within its transaction. */
export function isProjecting({ project, appends }: Unit): boolean {
  return project !== undefined && appends.length > 0;
}

/**
 * Takes all that the appends of units wait for, but for their floor, and sends with it what comes before. So projections may
 * wait for each other, and no reader waits for them. New streams are locked as well: else one that knows a stream and one that
 * does not would take streams and documents in different orders.
 */
export async function lockStreams(
  connection: Connection,
  { schema }: Database,
  before: readonly Statement[],
  units: readonly Unit[],
): Promise<LockedStreams> {
  const appends = units.flatMap((unit) => unit.appends);
  const streams = [...new Set(appends.flatMap(({ streamId }) => streamId ?? []))];
  const answers = await send(connection, [
    ...before,
    {
      text: `SELECT versions, made FROM ${schema}.lock_streams($1, $2, $3, $4)`,
      values: [
        epochOf(units),
        units.some(({ condition }) => condition !== undefined),
        textArray(streams),
        uuidArray(appends.flatMap(({ events }) => events.map(({ id }) => id))),
      ],
    },
  ]);
  const [numbers, made] = answers.at(-1)?.[0] ?? [];
  const versions = new Map<StreamId, Version>();
  for (const [index, version] of numbersOf(numbers).entries()) {
    const stream = streams[index];
    if (stream !== undefined && version >= 0) versions.set(stream, version as Version);
  }
  const dating: Statement = { text: `SELECT ${schema}.date_streams($1)`, values: [made] };
  return { versions, afterwards: made == null ? [] : [dating] };
}

/** What the projections of a unit have left to be done. */
export interface Projected {
  /** To be sent before the append. */
  readonly releases: readonly Statement[];
  /** Resolves when all that was sent is done; rejects with the first of it that failed. */
  readonly ahead: Promise<void>;
}

const NOTHING: Projected = { releases: [], ahead: Promise.resolve() };
/** A statement of a transaction in which another one has failed. */
const AFTER_FAILURE = '25P02';

/**
 * Runs the projections of a unit whose streams are locked, and moves its streams on. Where the append will be refused, nothing
 * is run: it says why. Rejects as `writeError` answers.
 */
export async function project(
  connection: Connection,
  database: Database,
  unit: Unit,
  { versions: streams }: LockedStreams,
  guard: WriteGuard,
): Promise<Projected> {
  const versions = versionsAhead(unit.appends, streams);
  const run = unit.project;
  if (versions === undefined || run === undefined || !isProjecting(unit)) return NOTHING;
  const events = unplacedEntries(unit.appends, versions);
  const tx = new PostgresProjectionTransaction(connection, database, guard);
  try {
    await guard.run([() => run(tx, events)], tx);
  } catch (error) {
    const isFollowing = serverError(error)?.code === AFTER_FAILURE;
    throw writeError(isFollowing ? await failureOf(tx.ahead(), error) : error);
  }
  return { releases: tx.releases(), ahead: tx.ahead() };
}

/** Waits for both. Where what was sent first has failed, what came behind it has failed for that. */
export async function behind<T>(ahead: Promise<void>, sending: Promise<T>): Promise<T> {
  const [first, second] = await Promise.allSettled([ahead, sending]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return second.value;
}

async function failureOf(ahead: Promise<void>, otherwise: unknown): Promise<unknown> {
  try {
    await ahead;
    return otherwise;
  } catch (error) {
    return error;
  }
}
