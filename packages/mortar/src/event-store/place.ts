import { describeValue, MortarError } from '../errors/index.js';

declare const kind: unique symbol;

/** The name of a stream: the ordered events of one aggregate, such as `order-123`. */
export type StreamId = string & { readonly [kind]: 'stream' };

/** A place in a stream, from 1. */
export type Version = number & { readonly [kind]: 'version' };

/** A place in the whole log, from 1. Positions grow, with holes: one that is missing may never come. */
export type Position = number & { readonly [kind]: 'position' };

/** Before the first event of a stream. */
export const NO_EVENTS: Version = 0 as Version;

/** Before the first event of the log. */
export const BEGINNING: Position = 0 as Position;

const MAX_STREAM_ID = 512;

/**
 * @throws MortarError `MORTAR_STREAM_ID_INVALID` for anything but 1 to 512 characters without control characters and
 * halves of surrogate pairs, or one that begins with a dash
 */
export function streamId(text: string): StreamId {
  const isValid =
    typeof text === 'string' &&
    text !== '' &&
    text.length <= MAX_STREAM_ID &&
    !text.startsWith('-') &&
    !/[\p{Cc}\p{Surrogate}]/u.test(text);
  if (isValid) return text as StreamId;
  throw new MortarError('MORTAR_STREAM_ID_INVALID', {
    rule: 'A stream is named by its category, a dash and an id.',
    expected: `1 to ${MAX_STREAM_ID} characters without control characters, such as order-123`,
    got: describeValue(text),
  });
}

/** What stands before the first dash of a stream's name: `order` of `order-123`. Without a dash, the whole name. */
export function categoryOf(stream: StreamId): string {
  const end = stream.indexOf('-');
  return end < 0 ? stream : stream.slice(0, end);
}

/** @throws MortarError `MORTAR_VERSION_INVALID` for anything but a whole number from 0 to 2^53 - 1 */
export function version(value: number): Version {
  return wholeNumber('version', value) as Version;
}

/** @throws MortarError `MORTAR_VERSION_INVALID` for anything but a whole number from 0 to 2^53 - 1 */
export function position(value: number): Position {
  return wholeNumber('position', value) as Position;
}

function wholeNumber(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new MortarError('MORTAR_VERSION_INVALID', {
    rule: `A ${what} counts events.`,
    expected: 'a whole number from 0 to 2^53 - 1',
    got: describeValue(value),
  });
}
