import { newId } from '../../../contracts/index.js';
import {
  type Append,
  type AppendCondition,
  type EncodedEvent,
  streamId,
  version,
} from '../../../event-store/index.js';
import type { Unit } from '../../../unit-of-work/index.js';
import type { Effects } from '../unit-store/effects.js';
import { aUnit } from '../unit-store/subject.js';
import type { Change, ModelAppend, ModelEvent } from './commands.js';

/** What the numbers of the model stand for in a store. Each stream is a category of its own. */
export const STREAMS: readonly string[] = ['order', 'customer', 'course', 'seat'];
export const TYPES: readonly string[] = ['a.one', 'a.two', 'b.one'];
export const TAGS: readonly string[] = ['x:1', 'x:2', 'y:1'];

/** The event that a store is given. */
export function eventOf({ id, type, body, tags, key }: ModelEvent): EncodedEvent {
  return {
    id: idOf(id),
    type: TYPES[type] ?? '',
    schemaVersion: 1,
    key: key === undefined ? undefined : `key ${key}`,
    priority: 'normal',
    occurredAt: 1_700_000_000_000,
    correlationId: 'model',
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: tags.map((tag) => TAGS[tag] ?? ''),
    payload: `{"body":${body}}`,
  };
}

/** The append that a store is given. */
export function appendOf({ stream, expected, events }: ModelAppend): Append {
  const added = events.map(eventOf);
  if (stream === undefined) return { events: added };
  return {
    streamId: streamId(STREAMS[stream] ?? ''),
    events: added,
    expectedVersion: typeof expected === 'number' ? version(expected) : expected,
  };
}

/** The unit that a store is given. */
export function unitOf(
  { effect, keep, message }: NonNullable<Change['unit']>,
  appends: readonly Append[],
  condition: AppendCondition | undefined,
  effects: Effects,
): Unit {
  return aUnit({
    id: newId(),
    writes: effect === undefined ? [] : [(tx) => effects.insert(tx, `${effect}`, 'x')],
    appends,
    ...(condition === undefined ? {} : { condition }),
    ...(keep === undefined
      ? {}
      : {
          keep: { key: `key ${keep.key}`, digest: `${keep.digest}`, result: () => '1', expiresAt: 8.64e15 },
        }),
    ...(message === undefined ? {} : { inbox: { subscription: 'model', messageId: `${message}` } }),
  });
}

function idOf(id: number): string {
  return `01890a5d-ac96-774b-bcce-${String(id).padStart(12, '0')}`;
}
