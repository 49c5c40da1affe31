import type { AuditRecord, DeadLetter, DeadLetterState, LetterAction } from 'mortar/delivery';
import type { Connection, Database, Statement } from '../connection/database.js';
import { send } from '../connection/transacting.js';
import { eventText } from '../reading/documents.js';
import { auditStatement } from './audit.js';
import { LETTER_COLUMNS, letterFrom } from './letter-rows.js';

/** Gives a letter, whose row is locked, another state, and notes that an operator asked for it. */
export async function changeState(
  connection: Connection,
  database: Database,
  letter: DeadLetter,
  to: DeadLetterState,
  action: LetterAction,
  isAudited = true,
): Promise<DeadLetter> {
  const { schema } = database;
  const { actor, note, edited } = action;
  const isOver = to === 'replayed' || to === 'discarded';
  const isOfInterest = letter.entry !== undefined && (letter.state === 'dead' || to === 'replaying');
  const audited = isAudited && letter.state === 'dead' ? actionOf(to, action) : undefined;
  const [[changed] = []] = await send(connection, [
    {
      text: `UPDATE ${schema}.dead_letters SET state = $2, ended_at = ${isOver ? `${schema}.now_ms()` : 'NULL'},
        note = coalesce($3, note), actor = coalesce($4, actor), edited = coalesce($5, edited), replay = NULL
        WHERE id = $1 RETURNING ${LETTER_COLUMNS}`,
      values: [letter.id, to, note ?? null, actor ?? null, edited === undefined ? null : eventText(edited)],
    },
    ...(isOfInterest ? [revise(database, [letter.subscription])] : []),
    ...(audited === undefined
      ? []
      : [
          auditStatement(database, {
            action: audited,
            actor,
            note,
            subscription: letter.subscription,
            letterId: letter.id,
          }),
        ]),
  ]);
  return letterFrom(changed ?? []);
}

/** Tells the processors of subscriptions that something of theirs has changed. */
export function revise({ schema }: Database, subscriptions: readonly string[]): Statement {
  return {
    text: `UPDATE ${schema}.subscriptions s SET revision = revision + 1 FROM (
        SELECT name FROM ${schema}.subscriptions WHERE name = ANY ($1::text[]) ORDER BY name FOR NO KEY UPDATE
      ) locked WHERE s.name = locked.name`,
    values: [[...new Set(subscriptions)]],
  };
}

function actionOf(to: DeadLetterState, { edited }: LetterAction): AuditRecord['action'] | undefined {
  if (to === 'discarded') return 'discard';
  if (to !== 'replaying') return undefined;
  return edited === undefined ? 'replay' : 'editAndReplay';
}
