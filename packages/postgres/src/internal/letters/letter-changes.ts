import { isId } from 'mortar/contracts';
import { type DeadLetter, type Death, deathInLog, type LetterChange, letterOf } from 'mortar/delivery';
import type { Connection, Database, Statement } from '../connection/database.js';
import { send } from '../connection/transacting.js';
import { keepLetter, LETTER_COLUMNS, letterFrom } from './letter-rows.js';

/** Changes letters as a batch of deliveries says, in its transaction. */
export async function changeLetters(
  connection: Connection,
  database: Database,
  subscription: string,
  changes: readonly LetterChange[],
): Promise<void> {
  for (const change of changes) {
    if (change.kind === 'dead') await bury(connection, database, deathInLog(subscription, change));
    // A letter whose id is none is not replaying.
    else if (isId(change.letterId)) await send(connection, [progressStatement(database, change)]);
  }
}

/** Keeps the letter of a death, and answers with it. */
export async function bury(connection: Connection, database: Database, death: Death): Promise<DeadLetter> {
  const { schema } = database;
  const [[present] = [], [clock] = []] = await send(connection, [
    {
      text: `SELECT ${LETTER_COLUMNS} FROM ${schema}.dead_letters WHERE event_id = $1 AND subscription = $2 FOR UPDATE`,
      values: [death.envelope.id, death.subscription],
    },
    { text: `SELECT ${schema}.now_ms()` },
  ]);
  const letter = letterOf(death, present === undefined ? undefined : letterFrom(present), Number(clock?.[0]));
  await send(connection, [keepLetter(database, letter)]);
  return letter;
}

function progressStatement({ schema }: Database, change: Exclude<LetterChange, { kind: 'dead' }>): Statement {
  if (change.kind === 'replayed')
    return {
      text: `UPDATE ${schema}.dead_letters SET state = 'replayed', ended_at = ${schema}.now_ms(),
        note = coalesce($2, note), replay = NULL WHERE id = $1 AND state = 'replaying'`,
      values: [change.letterId, change.note ?? null],
    };
  const { letterId, attempts, isRunning, dueAt, failures } = change;
  return {
    text: `UPDATE ${schema}.dead_letters SET replay = $2 WHERE id = $1 AND state = 'replaying'`,
    values: [letterId, JSON.stringify({ attempts, isRunning, dueAt, failures })],
  };
}
