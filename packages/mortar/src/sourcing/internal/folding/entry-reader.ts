import { type CodecOptions, decode, type EventContract, upcast } from '../../../contracts/index.js';
import { defuse, describeValue, MortarError } from '../../../errors/index.js';
import type { LogEntry } from '../../../event-store/index.js';
import type { DomainEvent } from '../../decider.js';
import type { Retired } from '../../retired.js';
import { domainEvent } from './domain-event.js';

/** The event types that are known, and what became of those that are not published any more. */
export interface KnownEvents<Event extends DomainEvent> {
  readonly events: ReadonlyMap<string, EventContract>;
  readonly retired: ReadonlyMap<string, Retired<Event>>;
}

/**
 * Hands over the events of today that an entry of the log stands for: one, but for retired types. Not a list, since nearly all
 * entries are one event and there are many.
 * @throws MortarError `MORTAR_EVENT_UNKNOWN`, `MORTAR_CODEC_CORRUPT`, `MORTAR_UPCAST_MISSING`, `MORTAR_UPCAST_FAILED`
 */
export function readEntry<Event extends DomainEvent>(
  known: KnownEvents<Event>,
  entry: Pick<LogEntry, 'type' | 'schemaVersion' | 'payload'>,
  codec: CodecOptions | undefined,
  take: (event: Event) => void,
): void {
  const { type, schemaVersion } = entry;
  const contract = known.events.get(type);
  if (contract !== undefined) {
    const data = decode(entry.payload, codec);
    // What has the contract's schema version was validated when it was written.
    const current = schemaVersion === contract.schemaVersion ? data : upcast(contract, data, schemaVersion);
    take(domainEvent(type, current));
    return;
  }
  const retired = known.retired.get(type);
  if (retired === undefined) throw unknownEvent(known, type);
  for (const event of replaced(retired, decode(entry.payload, codec), schemaVersion)) {
    const replacement = known.events.get(event.type);
    if (replacement === undefined) throw unknownEvent(known, event.type);
    take(domainEvent(event.type, upcast(replacement, event.data, replacement.schemaVersion)));
  }
}

function replaced<Event extends DomainEvent>(
  retired: Retired<Event>,
  data: unknown,
  schemaVersion: number,
): readonly Event[] {
  let events: readonly Event[];
  try {
    events = retired.into(data, schemaVersion);
  } catch (cause) {
    if (cause instanceof MortarError) throw cause;
    throw notReplaced(retired.type, schemaVersion, 'an error', cause);
  }
  if (Array.isArray(events) && events.every(isEvent)) return events;
  defuse(events);
  throw notReplaced(retired.type, schemaVersion, describeValue(events));
}

function isEvent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && 'data' in value;
}

function notReplaced(type: string, schemaVersion: number, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_UPCAST_FAILED', {
    rule: `Event ${type} of schema version ${schemaVersion}, which is retired, becomes events of today.`,
    expected: 'a list of events',
    got,
    cause,
  });
}

function unknownEvent({ events, retired }: KnownEvents<DomainEvent>, type: string): MortarError {
  return new MortarError('MORTAR_EVENT_UNKNOWN', {
    rule: 'Whoever folds events knows the type of each of them.',
    expected: [...events.keys(), ...retired.keys()].join(', '),
    got: describeValue(type),
  });
}
