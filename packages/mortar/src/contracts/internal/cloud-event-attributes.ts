import { describeValue, MortarError } from '../../errors/index.js';

/** The values of a CloudEvent's context attributes by name, without those that are unset. */
export type Attributes = Map<string, string | number | boolean>;

const NAME = /^[a-z0-9]+$/;
const NOT_IN_TEXT = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
/** The characters of a URI-reference (RFC 3986), with at most one fragment. */
const URI_REFERENCE = /^(?:[!$&-;=?-Z[\]_a-z~]|%[0-9a-f]{2})+(?:#(?:[!$&-;=?-Z_a-z~]|%[0-9a-f]{2})*)?$/i;
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;
const MAX_INTEGER = 2 ** 31 - 1;

/** Whether a text may stand in an attribute of type String: no control characters, half pairs or noncharacters. */
export function fitsAttribute(text: string): boolean {
  return text !== '' && !NOT_IN_TEXT.test(text);
}

/** Whether a number may stand in an attribute of type Integer. */
export function fitsInteger(value: number): boolean {
  return Number.isInteger(value) && value >= -MAX_INTEGER - 1 && value <= MAX_INTEGER;
}

/**
 * The attributes of a parsed CloudEvent: names, types and required ones checked, those set to null left out.
 * @throws MortarError `MORTAR_CLOUD_EVENT_INVALID`
 */
export function readAttributes(event: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = new Map();
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data' || name === 'data_base64' || value === null) continue;
    if (!NAME.test(name)) throw cloudEventInvalid(name, 'a name of a-z and 0-9', name);
    attributes.set(name, checkValue(name, value));
  }
  if (attributes.get('specversion') !== '1.0')
    throw cloudEventInvalid('specversion', '"1.0"', event['specversion']);
  for (const name of ['id', 'source', 'type']) checkText(attributes, name);
  for (const name of ['time', 'datacontenttype', 'dataschema', 'subject']) {
    if (attributes.has(name)) checkText(attributes, name);
  }
  checkUri('source', attributes.get('source'));
  if (attributes.has('dataschema')) checkUri('dataschema', attributes.get('dataschema'));
  return attributes;
}

/** @throws MortarError `MORTAR_CLOUD_EVENT_INVALID` if an attribute is not a URI-reference. */
export function checkUri(name: string, value: unknown): void {
  if (typeof value === 'string' && URI_REFERENCE.test(value)) return;
  throw cloudEventInvalid(name, 'a URI-reference (RFC 3986)', value);
}

function checkValue(name: string, value: unknown): string | number | boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' && fitsInteger(value)) return value;
  if (typeof value === 'string' && (value === '' || fitsAttribute(value))) return value;
  throw cloudEventInvalid(
    name,
    'a boolean, an integer of 32 bits, or text without control characters',
    value,
  );
}

function checkText(attributes: Attributes, name: string): void {
  const value = attributes.get(name);
  if (typeof value === 'string' && value !== '') return;
  throw cloudEventInvalid(name, 'a string of one character or more', value);
}

/** A moment, and whether the text says no more than it: neither part of a millisecond nor an offset from UTC. */
export interface Moment {
  readonly ms: number;
  readonly isExact: boolean;
}

/**
 * Reads a timestamp of RFC 3339.
 * @throws MortarError `MORTAR_CLOUD_EVENT_INVALID`, also for a leap second, which a Date cannot hold
 */
export function readTime(value: unknown): Moment {
  const [, seconds, fraction = '', sign = '+', hours = '00', minutes = '00'] =
    (typeof value === 'string' ? TIME.exec(value.toUpperCase()) : null) ?? [];
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const local = `${seconds}.${milliseconds}Z`;
  const localMs = Date.parse(local);
  // Date.parse takes the 31st of any month for a day of the next.
  const isCalendarDay = !Number.isNaN(localMs) && new Date(localMs).toISOString() === local;
  if (!isCalendarDay || Number(hours) > 23 || Number(minutes) > 59) {
    throw cloudEventInvalid('time', 'a timestamp of RFC 3339, such as "2026-01-31T12:00:00.000Z"', value);
  }
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const ms = sign === '-' ? localMs + offsetMs : localMs - offsetMs;
  return { ms, isExact: offsetMs === 0 && /^0*$/.test(fraction.slice(3)) };
}

/** A moment as RFC 3339 text; `undefined` outside the years 0000 to 9999, which it cannot say. */
export function writeTime(ms: number): string | undefined {
  const text = new Date(ms).toISOString();
  return /^\d{4}-/.test(text) ? text : undefined;
}

/** An error that names the attribute. */
export function cloudEventInvalid(
  attribute: string,
  expected: string,
  got: unknown,
  cause?: unknown,
): MortarError {
  return new MortarError('MORTAR_CLOUD_EVENT_INVALID', {
    rule: `The attribute ${describeValue(attribute)} of a CloudEvent follows the CloudEvents 1.0 specification.`,
    expected,
    got: describeValue(got),
    cause,
    issues: [{ path: attribute, message: `expected ${expected}; got ${describeValue(got)}` }],
  });
}
