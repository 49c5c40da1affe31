import { checkEnvelopeOptions, checkName, isId } from '../../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MortarError } from '../../errors/index.js';
import type { Append, AppendCondition, EncodedEvent } from '../event-store.js';
import { checkExpectedVersion } from '../expected-version.js';
import { streamId } from '../place.js';
import { checkCondition } from './condition.js';
import { isStorableText } from './filter.js';

const MAX_SCHEMA_VERSION = 2 ** 31 - 1;
const MAX_KEY_LENGTH = 512;
const MAX_TAGS = 64;
const MAX_TAG_LENGTH = 200;

/**
 * Checks what a store is given to append, before it asks what it has.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for appends without events, a stream that comes twice, an expected version
 * without a stream, or a malformed condition; `MORTAR_STREAM_ID_INVALID`; `MORTAR_VERSION_INVALID`;
 * `MORTAR_EVENT_DUPLICATE` for an event id that comes twice; and as `checkEvent`
 */
export function checkAppends(appends: readonly Append[], condition?: AppendCondition): void {
  if (!Array.isArray(appends)) throw invalid('Appends are given as a list.', 'an array', appends);
  if (condition !== undefined) checkCondition(condition);
  for (const append of appends) checkAppend(append);
  if (appends.length > 1) checkStreamsDiffer(appends);
  if (appends.length > 1 || (appends[0]?.events.length ?? 0) > 1) checkIdsDiffer(appends);
}

/**
 * Checks that every store can keep an event, and give it back as it is.
 * @throws MortarError `MORTAR_ENVELOPE_INVALID` naming the field, `MORTAR_NAME_INVALID`, `MORTAR_KEY_INVALID`,
 * `MORTAR_OPTIONS_INVALID` for the schema version
 */
export function checkEvent(event: EncodedEvent): void {
  if (typeof event !== 'object' || event === null) throw malformed('event', 'an encoded event', event);
  const { id, type, schemaVersion, key, tags, payload } = event;
  if (!isId(id)) throw malformed('id', 'a UUID in lower case', id);
  checkPresent('priority', event.priority);
  checkPresent('occurredAt', event.occurredAt);
  checkPresent('correlationId', event.correlationId);
  checkPresent('metadata', event.metadata);
  checkName(type);
  checkWholeNumber('schemaVersion', schemaVersion, 1, MAX_SCHEMA_VERSION);
  if (key !== undefined) checkKey(key);
  checkEnvelopeOptions(event);
  checkTags(tags);
  if (typeof payload !== 'string' || payload === '') throw malformed('payload', 'text of the codec', payload);
}

/** What of an envelope may be left out when one is made, but not here. */
function checkPresent(field: string, value: unknown): void {
  if (value === undefined) throw malformed(field, 'a value', value);
}

function checkAppend(append: Append): void {
  checkKeys('an append', append, ['streamId', 'expectedVersion', 'events']);
  const { streamId: stream, expectedVersion = 'any', events } = append;
  checkExpectedVersion(expectedVersion);
  if (stream !== undefined) streamId(stream);
  else if (expectedVersion !== 'any')
    throw invalid('Only a stream has a version to expect.', 'a stream', stream);
  if (!Array.isArray(events) || events.length === 0)
    throw invalid('An append has events.', 'an array of at least one', events);
  for (const event of events) checkEvent(event);
}

function checkStreamsDiffer(appends: readonly Append[]): void {
  const seen = new Set<string>();
  for (const { streamId: stream } of appends) {
    if (stream === undefined) continue;
    if (seen.has(stream))
      throw invalid('A stream comes once among appends.', 'all of its events together', stream);
    seen.add(stream);
  }
}

function checkIdsDiffer(appends: readonly Append[]): void {
  const seen = new Set<string>();
  for (const { events } of appends)
    for (const { id } of events) {
      if (seen.has(id))
        throw new MortarError('MORTAR_EVENT_DUPLICATE', {
          rule: 'Each event has an id of its own.',
          expected: 'an id once in an append',
          got: `${id} twice`,
          details: { id },
        });
      seen.add(id);
    }
}

function checkKey(key: unknown): void {
  if (isStorableText(key) && key !== '' && key.length <= MAX_KEY_LENGTH) return;
  throw new MortarError('MORTAR_KEY_INVALID', {
    rule: 'The key of an event says which events are kept in order.',
    expected: `1 to ${MAX_KEY_LENGTH} characters without NUL and halves of surrogate pairs`,
    got: describeValue(key),
  });
}

function checkTags(tags: unknown): void {
  if (!Array.isArray(tags) || tags.length > MAX_TAGS)
    throw malformed('tags', `an array of at most ${MAX_TAGS}`, tags);
  if (tags.length === 0) return;
  for (const tag of tags)
    if (!isStorableText(tag) || tag === '' || tag.length > MAX_TAG_LENGTH)
      throw malformed('tags', `texts of 1 to ${MAX_TAG_LENGTH} characters`, tag);
  if (new Set(tags).size < tags.length) throw malformed('tags', 'each tag once', tags);
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}

function malformed(field: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_ENVELOPE_INVALID', {
    rule: `The field ${field} of an event can be kept as it is.`,
    expected,
    got: describeValue(got),
    issues: [{ path: field, message: `expected ${expected}; got ${describeValue(got)}` }],
  });
}
