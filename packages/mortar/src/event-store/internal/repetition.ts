import { MortarError } from '../../errors/index.js';
import type { Append, AppendResult, EncodedEvent, LogEntry } from '../event-store.js';
import type { Position, StreamId, Version } from '../place.js';

/**
 * Finds out whether appends were made before. Answers with where their events lie if all of them are known, with nothing
 * if none is.
 * @throws MortarError `MORTAR_EVENT_DUPLICATE` if only some are known, or one is with another body or in another stream
 */
export function findRepetition(
  appends: readonly Append[],
  entryOf: (id: string) => LogEntry | undefined,
): AppendResult | undefined {
  const positions: Position[] = [];
  const versions: (Version | undefined)[] = [];
  let unknown: EncodedEvent | undefined;
  let known: LogEntry | undefined;
  for (const { streamId, events } of appends) {
    let last: Version | undefined;
    for (const event of events) {
      const entry = entryOf(event.id);
      if (entry === undefined) unknown ??= event;
      else if (!isSameEvent(entry, event, streamId)) throw duplicateEvent(event.id, 'another body or stream');
      else {
        known = entry;
        last = entry.version;
        positions.push(entry.position);
      }
    }
    versions.push(last);
  }
  if (known === undefined) return undefined;
  if (unknown !== undefined) throw duplicateEvent(known.id, 'others that are new');
  return { positions, versions, isRepeated: true };
}

/**
 * Whether an event is the one that was kept under its id: of the same stream, tenant, type, schema version and key, with
 * the same tags and payload. When it occurred, who made it and what it follows from may differ, since a retry makes its
 * envelope anew.
 */
export function isSameEvent(kept: LogEntry, event: EncodedEvent, streamId: StreamId | undefined): boolean {
  return (
    kept.payload === event.payload &&
    kept.streamId === streamId &&
    kept.type === event.type &&
    kept.schemaVersion === event.schemaVersion &&
    kept.key === event.key &&
    kept.tenant === event.tenant &&
    kept.tags.length === event.tags.length &&
    event.tags.every((tag) => kept.tags.includes(tag))
  );
}

/** The error of an event whose id is known, together with what it should not be: `another body`. */
export function duplicateEvent(id: string, wrong: string): MortarError {
  return new MortarError('MORTAR_EVENT_DUPLICATE', {
    rule: 'An event id stands for one event, and an append is repeated as a whole.',
    expected: 'the events of the first append, or new ids',
    got: `the known id ${id} with ${wrong}`,
    details: { id },
  });
}
