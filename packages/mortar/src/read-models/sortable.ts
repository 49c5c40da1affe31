import { createHash } from 'node:crypto';
import { describeValue, MortarError } from '../errors/index.js';

/** What a document may be found and sorted by. */
export type Sortable = null | undefined | boolean | number | bigint | Date | string;

/** The longest text that `sortableOf` answers with, in bytes of UTF-8: several of them fit into a row of any index. */
export const MAX_SORTABLE_BYTES = 250;

/** How much of a long text tells the order. */
const EXACT_BYTES = 200;
const EXACT_DIGITS = 128;
const NUMBER_DIGITS = 16;
const LENGTH_DIGITS = 8;
const STRING = '5';
const AFTER_STRINGS = '6';

/**
 * A value as a text that sorts, byte by byte in UTF-8, as the values do: nothing before booleans, numbers, bigints, dates and
 * strings; false before true; NaN and dates that are none first among their kind; -0 is 0. Strings go by their characters,
 * as code points.
 *
 * A string is exact up to 200 bytes, of which a character that not every store keeps takes some more than its own. Of a longer
 * one, whatever begins within the first 200 bytes tells the order, and a hash of all of it follows: so two that are equal so
 * far are still two, come after one that ends there, and stand among each other in an order that is fixed and says nothing.
 * A bigint is exact up to 128 hexadecimal digits, and a longer one likewise.
 * @throws MortarError `MORTAR_DOCUMENT_INVALID` for anything else, such as an object
 */
export function sortableOf(value: unknown): string {
  if (value === null || value === undefined) return '0';
  if (typeof value === 'boolean') return value ? '11' : '10';
  if (typeof value === 'number') return `2${textOfNumber(value)}`;
  if (typeof value === 'bigint') return `3${textOfBigint(value)}`;
  if (value instanceof Date) return `4${textOfNumber(value.getTime())}`;
  if (typeof value === 'string') return STRING + textOfString(value);
  throw new MortarError('MORTAR_DOCUMENT_INVALID', {
    rule: 'A field by which documents are found has a value with an order.',
    expected: 'nothing, a boolean, a number, a bigint, a date or a string',
    got: describeValue(value),
  });
}

/**
 * The bounds of all strings that begin alike, for a `between`: from the first on, up to but without the second.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a beginning of more than 200 bytes
 */
export function sortablesBeginningWith(beginning: string): { readonly from: string; readonly to: string } {
  const text = typeof beginning === 'string' ? escaped(beginning) : undefined;
  if (text === undefined || Buffer.byteLength(text) > EXACT_BYTES)
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'Strings are told apart by their beginnings up to a length.',
      expected: `a string of at most ${EXACT_BYTES} bytes`,
      got: text === undefined ? describeValue(beginning) : `${Buffer.byteLength(text)} bytes`,
    });
  return { from: STRING + text, to: following(text) };
}

/** Compares texts by their bytes in UTF-8, as every store does: negative if the first comes before the second. */
export function compareTexts(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let index = 0; index < end; index += 1) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (x !== y) return rankOf(x) - rankOf(y);
  }
  return a.length - b.length;
}

/** Halves of surrogate pairs stand for characters beyond all that are one unit. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The bits of a double sort as numbers do, once those of negative ones are turned over. */
function textOfNumber(value: number): string {
  if (Number.isNaN(value)) return '0'.repeat(NUMBER_DIGITS);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigUint64(0);
  const isNegative = bits >> 63n === 1n;
  const sorted = isNegative ? ~bits & 0xffff_ffff_ffff_ffffn : bits | (1n << 63n);
  return sorted.toString(16).padStart(NUMBER_DIGITS, '0');
}

/** The sign, how many digits, the digits. Of a negative one, the digits of both are turned over. */
function textOfBigint(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString(16);
  const length = digits.length.toString(16).padStart(LENGTH_DIGITS, '0');
  const exact = length + digits.slice(0, EXACT_DIGITS);
  const rest = digits.length > EXACT_DIGITS ? hashOf(digits) : '';
  return (value < 0n ? `0${turnedOver(exact)}` : `1${exact}`) + rest;
}

function turnedOver(digits: string): string {
  return digits.replaceAll(/./g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
}

/**
 * Without NUL and halves of surrogate pairs, which not every store keeps, and in the same order: each becomes two characters
 * that are the first of their place, and so do the characters that they begin with.
 */
function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\u{d7ff}\p{Surrogate}]/gu, (character) => {
    const unit = character.charCodeAt(0);
    if (unit <= 1) return `\u0001${unit === 0 ? '\u0001' : '\u0002'}`;
    if (unit < 0xd7ff) return character;
    return `\ud7ff${unit === 0xd7ff ? '\u0001' : String.fromCharCode(0xe000 + unit - 0xd800)}`;
  });
}

/** Up to its limit as it is. Any character that begins within the limit is still taken, so that the limit cuts no order. */
function textOfString(value: string): string {
  const text = escaped(value);
  if (text.length * 3 <= EXACT_BYTES || Buffer.byteLength(text) <= EXACT_BYTES) return text;
  let bytes = 0;
  let head = '';
  for (const character of value) {
    if (bytes >= EXACT_BYTES) break;
    const kept = escaped(character);
    bytes += Buffer.byteLength(kept);
    head += kept;
  }
  return head + hashOf(text);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** The least text after all strings that begin so. */
function following(text: string): string {
  const characters = [...text];
  while (characters.length > 0) {
    const last = characters.pop()?.codePointAt(0) ?? 0;
    if (last < 0x10ffff) return STRING + characters.join('') + String.fromCodePoint(nextOf(last));
  }
  return AFTER_STRINGS;
}

/** There are no characters where the halves of pairs are. */
function nextOf(character: number): number {
  return character === 0xd7ff ? 0xe000 : character + 1;
}
