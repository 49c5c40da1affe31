import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import type { ErrorCode } from '../../../errors/index.js';
import {
  type AppendResult,
  BEGINNING,
  type EncodedEvent,
  type EventStore,
  type ExpectedVersion,
  type LogEntry,
  type LogPage,
  type LogRange,
  type StreamId,
  streamId,
} from '../../../event-store/index.js';
import type { CaseOf, Disposable } from '../case-list.js';

/** What an event store may leave out. */
export type EventStoreFeature =
  /** A second handle on the same database, as another process has. */
  'second handle';

/** What a case is run on: an empty log of its own. */
export interface EventStoreSubject extends Disposable {
  readonly events: EventStore;
  /** The same log, opened a second time. */
  readonly second?: { readonly events: EventStore };
  /** How many rounds eight race for one conditional append; 25 unless said. */
  readonly raceRounds?: number;
}

/** A case of an event store. */
export type EventStoreCase = CaseOf<EventStoreSubject, EventStoreFeature>;

/** The stream of most cases. */
export const ORDER: StreamId = streamId('order-1');

/** Writers that know nothing of each other. */
export const WRITERS: readonly number[] = Array.from({ length: 16 }, (_, index) => index);

/** An event in which only the id, and what is said, differs from others. */
export function anEvent(parts: Partial<EncodedEvent> = {}): EncodedEvent {
  const id = parts.id ?? newId();
  return {
    id,
    type: 'shop.order-placed',
    schemaVersion: 1,
    key: undefined,
    priority: 'normal',
    occurredAt: 1_700_000_000_000,
    correlationId: id,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: '{"total":1}',
    ...parts,
  };
}

/** So many events. */
export function someEvents(count: number, parts: Partial<EncodedEvent> = {}): readonly EncodedEvent[] {
  return Array.from({ length: count }, () => anEvent(parts));
}

/** Appends events to one stream. */
export function appendTo(
  events: EventStore,
  stream: StreamId | string,
  added: readonly EncodedEvent[] = [anEvent()],
  expectedVersion?: ExpectedVersion,
): Promise<AppendResult> {
  const append = { streamId: streamId(stream), events: added };
  return events.append([expectedVersion === undefined ? append : { ...append, expectedVersion }]);
}

/** Appends events of no stream. */
export function publish(
  events: EventStore,
  added: readonly EncodedEvent[] = [anEvent()],
): Promise<AppendResult> {
  return events.append([{ events: added }]);
}

/** All pages of a range; `between` runs after each that is not the last. */
export async function walk(
  events: EventStore,
  range: LogRange = {},
  between: (page: LogPage) => Promise<unknown> = async () => undefined,
): Promise<readonly LogEntry[]> {
  const found: LogEntry[] = [];
  let { after } = range;
  for (let pages = 0; pages < 10_000; pages += 1) {
    const page = await events.readAll(after === undefined ? range : { ...range, after });
    found.push(...page.entries);
    if (page.isEnd) return found;
    assert.ok(page.entries.length > 0 || page.next !== after, 'a page that is not the last leads on');
    after = page.next;
    await between(page);
  }
  throw new assert.AssertionError({ message: 'the pages come to an end' });
}

/** The ids of events, in their order. */
export function idsOf(events: readonly Pick<EncodedEvent, 'id'>[]): readonly string[] {
  return events.map(({ id }) => id);
}

/** An entry without its place: what was appended. */
export function eventOf(entry: LogEntry): EncodedEvent {
  const { position, streamId: stream, version, recordedAt, ...event } = entry;
  assert.ok(Number.isSafeInteger(position) && position > BEGINNING, `position ${position} counts from 1`);
  assert.equal(stream === undefined, version === undefined, 'a version belongs to a stream');
  assert.ok(Number.isSafeInteger(recordedAt), `recordedAt, ${recordedAt}, is in whole milliseconds`);
  return event;
}

/** Asserts that a stream holds these events, at versions from 1 on. */
export async function holds(
  events: EventStore,
  stream: StreamId | string,
  expected: readonly EncodedEvent[],
): Promise<readonly LogEntry[]> {
  const entries = await events.readStream(streamId(stream), { limit: 10_000 });
  assert.deepEqual(entries.map(eventOf), expected, `what stream ${stream} holds`);
  assert.deepEqual(
    entries.map(({ version }) => version),
    expected.map((_, index) => index + 1),
    `versions of stream ${stream} are 1 to n`,
  );
  return entries;
}

/** Asserts that the log holds these events and no others, in this order. */
export async function logHolds(events: EventStore, expected: readonly EncodedEvent[]): Promise<void> {
  assert.deepEqual((await walk(events)).map(eventOf), expected, 'what the log holds');
}

/** Asserts that a promise rejects with an error of this code. */
export async function refuses(
  promise: Promise<unknown>,
  code: ErrorCode,
  what: string = code,
): Promise<void> {
  await assert.rejects(promise, { name: 'MortarError', code }, what);
}

/** How many of several succeeded; asserts that all others failed with this code. */
export async function winners(changes: readonly Promise<unknown>[], code: ErrorCode): Promise<number> {
  const outcomes = await Promise.allSettled(changes);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected')
      assert.equal(outcome.reason?.code, code, String(outcome.reason?.stack ?? outcome.reason));
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

/** The second handle of a subject. */
export function secondOf({ second }: EventStoreSubject): EventStore {
  assert.ok(second !== undefined, 'a second handle on the same log is given, or the feature is left out');
  return second.events;
}
