import {
  type Append,
  type AppendCondition,
  type EncodedEvent,
  type ExpectedVersion,
  keyHashOf,
  orderKeyOf,
} from 'mortar/event-store';
import { PRIORITIES } from '../reading/rows.js';
import { bigintArray, integerArray, smallintArray, textArray, uuidArray } from './binary-array.js';

/** What is appended together, all or nothing, among others in one statement. */
export interface AppendMember {
  readonly appends: readonly Append[];
  readonly condition?: AppendCondition | undefined;
  /** 0 unless said. Members that share a statement and have events say the same, else all of them are refused. */
  readonly inlineEpoch?: number | undefined;
}

/** How an append is made, beside what is appended. */
export interface AppendMode {
  /** Whether the failure of one member fails the statement. */
  readonly isStrict: boolean;
  readonly isDurable: boolean;
  readonly lockTimeoutMs: number;
}

const ANY = -1;
const EXISTS = -2;
const NO_STREAM = 0;
const NO_EPOCH = -1;

/** A call of one of the functions that append: its parameters, in their order, and which one it is of. */
export interface AppendCall {
  readonly name: 'append' | 'append_one';
  readonly values: unknown[];
}

const PARAMETERS: Readonly<Record<AppendCall['name'], string>> = {
  append: parametersOf(30),
  append_one: parametersOf(21),
};

/** The text of the statement that makes a call. */
export function appendSql(schema: string, name: AppendCall['name']): string {
  return `SELECT failures, versions, positions FROM ${schema}.${name}(${PARAMETERS[name]})`;
}

/**
 * The call that appends these members. A member with a condition comes alone; an event id comes once. One event alone, as
 * most calls have it, is given as single values to a function of its own.
 */
export function appendCall(members: readonly AppendMember[], mode: AppendMode): AppendCall {
  const [member, ...others] = members;
  if (member === undefined || others.length > 0 || member.condition !== undefined)
    return { name: 'append', values: appendParameters(members, mode) };
  const [append, ...more] = member.appends;
  const [event, ...further] = append?.events ?? [];
  return append === undefined || event === undefined || more.length + further.length > 0
    ? { name: 'append', values: appendParameters(members, mode) }
    : { name: 'append_one', values: appendOneParameters(member, [append, event], mode) };
}

/** The arrays are built column by column, since that is how they are sent. */
export function appendParameters(members: readonly AppendMember[], mode: AppendMode): unknown[] {
  const columns = new Columns();
  members.forEach(({ appends }, member) => {
    for (const append of appends) columns.add(member, append);
  });
  const condition = members[0]?.condition;
  return [
    ...modeParameters(mode),
    epochOf(members),
    condition === undefined ? null : condition.after,
    condition === undefined ? null : JSON.stringify(condition.query),
    ...columns.parameters(),
  ];
}

/** The inline epoch that all of these know who have events; where they differ, one that never is. */
export function epochOf(members: readonly AppendMember[]): number {
  let epoch: number | undefined;
  for (const { appends, inlineEpoch = 0 } of members) {
    if (appends.length === 0) continue;
    if (epoch !== undefined && epoch !== inlineEpoch) return NO_EPOCH;
    epoch = inlineEpoch;
  }
  return epoch ?? 0;
}

function appendOneParameters(
  { inlineEpoch = 0 }: AppendMember,
  [{ streamId, expectedVersion = 'any' }, event]: readonly [Append, EncodedEvent],
  mode: AppendMode,
): unknown[] {
  return [
    ...modeParameters(mode),
    inlineEpoch,
    streamId ?? null,
    numberOf(expectedVersion),
    event.id,
    event.type,
    event.schemaVersion,
    event.key ?? null,
    keyHashOf(orderKeyOf(event, streamId)),
    PRIORITIES.indexOf(event.priority),
    event.occurredAt,
    event.correlationId,
    event.causationId ?? null,
    event.actor ?? null,
    event.tenant ?? null,
    event.traceparent ?? null,
    metadataOf(event),
    tagsOf(event),
    event.payload,
  ];
}

function parametersOf(count: number): string {
  return Array.from({ length: count }, (_, index) => `$${index + 1}`).join(', ');
}

function modeParameters({ isStrict, lockTimeoutMs, isDurable }: AppendMode): unknown[] {
  return [isStrict, `${lockTimeoutMs}`, isDurable];
}

class Columns {
  readonly #streams = new Map<string, number>();
  readonly #members: number[] = [];
  readonly #streamPlaces: number[] = [];
  readonly #expected: number[] = [];
  readonly #counts: number[] = [];
  readonly #added: number[] = [];
  readonly #before: number[] = [];
  readonly #appends: number[] = [];
  readonly #offsets: number[] = [];
  readonly #hashes: number[] = [];
  readonly #events: EncodedEvent[] = [];

  add(member: number, { streamId, expectedVersion = 'any', events }: Append): void {
    this.#members.push(member);
    const place = streamId === undefined ? NO_STREAM : this.#placeOf(streamId);
    this.#streamPlaces.push(place);
    this.#expected.push(numberOf(expectedVersion));
    this.#counts.push(events.length);
    const before = place === NO_STREAM ? 0 : (this.#added[place - 1] ?? 0);
    this.#before.push(before);
    if (place !== NO_STREAM) this.#added[place - 1] = before + events.length;
    events.forEach((event, index) => {
      this.#appends.push(this.#members.length);
      this.#offsets.push(index + 1);
      this.#hashes.push(keyHashOf(orderKeyOf(event, streamId)));
      this.#events.push(event);
    });
  }

  parameters(): unknown[] {
    const events = this.#events;
    return [
      textArray([...this.#streams.keys()]),
      integerArray(this.#added),
      integerArray(this.#members),
      integerArray(this.#streamPlaces),
      bigintArray(this.#expected),
      integerArray(this.#counts),
      integerArray(this.#before),
      integerArray(this.#appends),
      integerArray(this.#offsets),
      uuidArray(events.map(({ id }) => id)),
      textArray(events.map(({ type }) => type)),
      integerArray(events.map(({ schemaVersion }) => schemaVersion)),
      textArray(events.map(({ key }) => key ?? null)),
      integerArray(this.#hashes),
      smallintArray(events.map(({ priority }) => PRIORITIES.indexOf(priority))),
      bigintArray(events.map(({ occurredAt }) => occurredAt)),
      textArray(events.map(({ correlationId }) => correlationId)),
      textArray(events.map(({ causationId }) => causationId ?? null)),
      textArray(events.map(({ actor }) => actor ?? null)),
      textArray(events.map(({ tenant }) => tenant ?? null)),
      textArray(events.map(({ traceparent }) => traceparent ?? null)),
      textArray(events.map(metadataOf)),
      textArray(events.map(tagsOf)),
      textArray(events.map(({ payload }) => payload)),
    ];
  }

  /** From 1, as arrays count. */
  #placeOf(streamId: string): number {
    const present = this.#streams.get(streamId);
    if (present !== undefined) return present;
    const place = this.#streams.size + 1;
    this.#streams.set(streamId, place);
    return place;
  }
}

function numberOf(expected: ExpectedVersion): number {
  if (expected === 'any') return ANY;
  if (expected === 'streamExists') return EXISTS;
  return expected === 'noStream' ? 0 : expected;
}

function metadataOf({ metadata }: EncodedEvent): string | null {
  for (const _ in metadata) return JSON.stringify(metadata);
  return null;
}

/** The text form of an array, since arrays of arrays would all have to be of one length. */
function tagsOf({ tags }: EncodedEvent): string | null {
  if (tags.length === 0) return null;
  return `{${tags.map((tag) => `"${tag.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
