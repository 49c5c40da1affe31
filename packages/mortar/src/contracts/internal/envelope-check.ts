import { describeValue, MortarError } from '../../errors/index.js';
import type { EnvelopeOptions, Metadata } from '../envelope.js';
import { isId } from './ids.js';
import { priorities } from './priority.js';
import { hasLoneSurrogate } from './text.js';

const MAX_TEXT_LENGTH = 512;
const MAX_METADATA_VALUE_LENGTH = 4_096;
const MAX_TIME_MS = 8.64e15;
const CONTROL_CHARACTER = /\p{Cc}/u;
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const TEXTS = ['correlationId', 'causationId', 'actor', 'tenant'] as const;

/** Options of which some may be present and `undefined`. */
type GivenOptions = { readonly [Field in keyof EnvelopeOptions]?: EnvelopeOptions[Field] | undefined };

/**
 * Checks what came from outside with an event: ids and texts that stores, brokers and headers can carry.
 * A field that is `undefined` counts as absent.
 * @throws MortarError `MORTAR_ENVELOPE_INVALID`, naming the field
 */
export function checkEnvelopeOptions(options: GivenOptions): void {
  const { id, priority, occurredAt, traceparent, metadata } = options;
  if (id !== undefined && !isId(id)) throw invalid('id', 'a UUID in lower case', id);
  if (priority !== undefined && !priorities.includes(priority))
    throw invalid('priority', priorities.join(', '), priority);
  if (occurredAt !== undefined && !isTime(occurredAt)) {
    throw invalid(
      'occurredAt',
      'whole milliseconds since the Unix epoch, within the range of a Date',
      occurredAt,
    );
  }
  for (const field of TEXTS) checkText(field, options[field]);
  if (traceparent !== undefined && !isTraceparent(traceparent)) {
    throw invalid(
      'traceparent',
      'the form of W3C Trace Context, <version>-<trace id>-<parent id>-<flags>',
      traceparent,
    );
  }
  if (metadata !== undefined) checkMetadata(metadata);
}

/** Whether a value is a moment: whole milliseconds since the Unix epoch that a Date can hold. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) <= MAX_TIME_MS;
}

/** Whether a value is a text of 1 to 512 characters, none of them a control character or half of a surrogate pair. */
export function isEnvelopeText(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT_LENGTH) return false;
  return !CONTROL_CHARACTER.test(value) && !hasLoneSurrogate(value);
}

/** Whether a value is a `traceparent` (W3C Trace Context, section 3.2). Versions after 00 may say more at the end. */
export function isTraceparent(value: unknown): value is string {
  if (!isEnvelopeText(value)) return false;
  const [, version, traceId, parentId, rest] = TRACEPARENT.exec(value) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return false;
  return /[^0]/.test(traceId ?? '') && /[^0]/.test(parentId ?? '');
}

function checkText(field: string, value: unknown): void {
  if (value === undefined || isEnvelopeText(value)) return;
  throw invalid(field, `1 to ${MAX_TEXT_LENGTH} characters without control characters`, value);
}

function checkMetadata(metadata: Metadata): void {
  if (!isPlainObject(metadata)) throw invalid('metadata', 'a plain object of strings', metadata);
  for (const key of Object.keys(metadata)) {
    checkText('metadata key', key);
    const value: unknown = metadata[key];
    if (isMetadataValue(value)) continue;
    const expected = `a string of at most ${MAX_METADATA_VALUE_LENGTH} characters, without NUL and lone surrogates`;
    throw invalid(`metadata[${JSON.stringify(key)}]`, expected, value);
  }
}

function isMetadataValue(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_METADATA_VALUE_LENGTH) return false;
  return !value.includes('\0') && !hasLoneSurrogate(value);
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function invalid(field: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_ENVELOPE_INVALID', {
    rule: `The field ${field} of an envelope is well formed.`,
    expected,
    got: describeValue(got),
    issues: [{ path: field, message: `expected ${expected}; got ${describeValue(got)}` }],
  });
}
