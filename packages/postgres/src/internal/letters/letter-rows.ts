import { encode, moduleOf } from 'mortar/contracts';
import { type DeadLetter, type DeadLetterFilter, envelopeOf, type ReplayingLetter } from 'mortar/delivery';
import { type EncodedEvent, keyHashOf, orderKeyOfEntry } from 'mortar/event-store';
import type { Database, Statement } from '../connection/database.js';
import { entryFrom, errorFrom, eventFrom, eventText, failuresFrom, placeText } from '../reading/documents.js';
import type { Conditions } from '../reading/filter-sql.js';
import { type RawRow, text } from '../reading/rows.js';

/** The columns of a letter, in the order in which they are written and read. */
const COLUMNS = [
  'id',
  'state',
  'subscription',
  'event_id',
  'type',
  'module',
  'key',
  'correlation_id',
  'tenant',
  'reason',
  'category',
  'fingerprint',
  'position',
  'key_hash',
  'attempts',
  'replays',
  'first_dead_at',
  'last_dead_at',
  'ended_at',
  'note',
  'actor',
  'error',
  'failures',
  'event',
  'place',
  'edited',
] as const;

/** The same for a SELECT. */
export const LETTER_COLUMNS: string = COLUMNS.join(', ');

const STATES: readonly DeadLetter['state'][] = ['dead', 'replaying', 'replayed', 'discarded'];

/** Keeps a letter, in place of the one that there is. A replay of it is over. */
export function keepLetter({ schema }: Database, letter: DeadLetter): Statement {
  const places = COLUMNS.map((_, index) => `$${index + 1}`);
  const changes = COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`);
  return {
    text: `INSERT INTO ${schema}.dead_letters (${LETTER_COLUMNS}) VALUES (${places.join(', ')})
      ON CONFLICT (id) DO UPDATE SET ${changes.join(', ')}, replay = NULL`,
    values: valuesOf(letter),
  };
}

/** A row of `LETTER_COLUMNS` as a letter. */
export function letterFrom(row: RawRow): DeadLetter {
  const event = text(row[23]);
  const place = row[24];
  const entry = place == null ? undefined : entryFrom(event, place);
  return {
    id: text(row[0]),
    state: STATES.find((state) => state === row[1]) ?? 'dead',
    subscription: text(row[2]),
    envelope: envelopeOf(entry ?? eventFrom(event)),
    entry,
    reason: text(row[9]) as DeadLetter['reason'],
    attempts: Number(row[14]),
    error: errorFrom(JSON.parse(text(row[21]))),
    fingerprint: text(row[11]),
    replays: Number(row[15]),
    firstDeadAt: Number(row[16]),
    lastDeadAt: Number(row[17]),
    endedAt: row[18] == null ? undefined : Number(row[18]),
    note: row[19] ?? undefined,
    actor: row[20] ?? undefined,
    failures: failuresFrom(text(row[22])),
    edited: row[25] == null ? undefined : eventFrom(row[25]),
  };
}

/** A row of id, event, place, edited and replay as a letter that is to be replayed. */
export function replayingFrom([id, event, place, edited, replay]: RawRow): ReplayingLetter {
  const { attempts = 0, isRunning = false, dueAt = 0, failures = [] } = JSON.parse(replay ?? '{}');
  return {
    letterId: text(id),
    entry: entryFrom(text(event), text(place)),
    edited: edited == null ? undefined : eventFrom(edited),
    attempts,
    isRunning,
    dueAt,
    failures: failuresFrom(JSON.stringify(failures)),
  };
}

/** Adds what a filter of letters asks for. */
export function addLetterFilter(conditions: Conditions, filter: DeadLetterFilter): void {
  const { state = 'dead', ids, from, to, correlationId } = filter;
  conditions.add('state = ?', state);
  if (ids !== undefined) conditions.add('id::text = ANY (?::text[])', ids);
  for (const column of [
    'subscription',
    'type',
    'module',
    'key',
    'tenant',
    'reason',
    'category',
    'fingerprint',
  ] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) conditions.add(`${column} = ?`, wanted);
  }
  if (correlationId !== undefined) conditions.add('correlation_id = ?', correlationId);
  if (from !== undefined) conditions.add('last_dead_at >= ?', from);
  if (to !== undefined) conditions.add('last_dead_at < ?', to);
}

function valuesOf(letter: DeadLetter): unknown[] {
  const { envelope, entry, edited } = letter;
  return [
    letter.id,
    letter.state,
    letter.subscription,
    envelope.id,
    envelope.type,
    moduleOf(envelope.type),
    envelope.key ?? null,
    envelope.correlationId,
    envelope.tenant ?? null,
    letter.reason,
    letter.error.category,
    letter.fingerprint,
    entry?.position ?? null,
    entry === undefined ? null : keyHashOf(orderKeyOfEntry(entry)),
    letter.attempts,
    letter.replays,
    letter.firstDeadAt,
    letter.lastDeadAt,
    letter.endedAt ?? null,
    letter.note ?? null,
    letter.actor ?? null,
    JSON.stringify(letter.error),
    JSON.stringify(letter.failures),
    eventText(entry ?? encoded(letter)),
    entry === undefined ? null : placeText(entry),
    edited === undefined ? null : eventText(edited),
  ];
}

/** An event of the in-process bus; it never was in the log, and may hold what can't be kept. */
function encoded({ envelope: { data, ...rest } }: DeadLetter): EncodedEvent {
  return { ...rest, tags: [], payload: payloadOf(data) };
}

function payloadOf(data: unknown): string {
  try {
    return encode(data);
  } catch {
    return encode(undefined);
  }
}
