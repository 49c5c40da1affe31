import { categoryOf, describeValue, type ErrorCode, MortarError } from '../errors/index.js';
import type { RecordedError } from './dead-letter-store.js';

const MAX_NAME = 200;
const MAX_MESSAGE = 2_000;
const MAX_STACK = 8_000;

/** Makes plain data of anything that was thrown, in texts that every store can keep. Never throws. */
export function recordError(error: unknown): RecordedError {
  const message = typeof error === 'string' ? error : textOf(error, 'message');
  const stack = textOf(error, 'stack');
  return {
    name: clip(textOf(error, 'name') ?? 'NonError', MAX_NAME),
    message: clip(message ?? describeValue(error), MAX_MESSAGE),
    category: categoryOf(error),
    code: codeOf(error),
    stack: stack === undefined ? undefined : clip(stack, MAX_STACK),
  };
}

/** A property that is a text. Reading it may run code of the user's own, or throw. */
function textOf(value: unknown, property: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    const text: unknown = Reflect.get(value, property);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): ErrorCode | undefined {
  try {
    return error instanceof MortarError ? error.code : undefined;
  } catch {
    // A revoked proxy can't be asked what it is.
    return undefined;
  }
}

/**
 * The beginning of a text. It is copied, since a slice would keep all of a huge text in memory, and has no NUL and no
 * half of a surrogate pair, which some stores refuse.
 */
function clip(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? Array.from(text.slice(0, maxLength)).join('') : text;
  return cut.replaceAll('\0', '\ufffd').replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * The same for errors of one kind: the error's code or name and its message, with whatever looks like an id, a number
 * or a quoted value taken out. Takes time in proportion to the message at most.
 */
export function fingerprintOf({ name, code, message }: RecordedError): string {
  const kind = code ?? name;
  const said = message.startsWith(`${kind}: `) ? message.slice(kind.length + 2) : message;
  return `${kind}: ${generalise(said.slice(0, MAX_MESSAGE))}`;
}

const MAX_FINGERPRINT_TEXT = 160;
/** With `\"` inside; a text that was cut may lack its closing quote. An apostrophe within a word opens nothing. */
const QUOTED = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|`[^`]*(?:`|$)|(?<!\w)'[^']*(?:'|$)/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const WORD = /[\w-]+/g;
/** `-1`, `1.5`, `10.0.0.1:5432`. */
const NUMBERS = /(?<!\w)-?<n>(?:[.,:]<n>)*/g;

function generalise(message: string): string {
  return message
    .replaceAll(QUOTED, '<text>')
    .replaceAll(UUID, '<n>')
    .replaceAll(WORD, generaliseWord)
    .replaceAll(NUMBERS, '<n>')
    .slice(0, MAX_FINGERPRINT_TEXT);
}

/** Decided by the word's shape, not by its numbers, so that `order-9` and `order-10` have the same. */
function generaliseWord(word: string): string {
  const shape = word.replaceAll(/\d+/g, '0');
  return isHash(word, shape) || isRandom(shape) ? '<n>' : shape.replaceAll('0', '<n>');
}

/** Eight hexadecimal digits or more, letters and numbers mixed. */
function isHash(word: string, shape: string): boolean {
  return /^[0-9a-f]{8,}$/i.test(word) && /0[a-f]+0|[a-f]0[a-f]/i.test(shape);
}

/** A ULID, a nano id: long, with numbers in several places. */
function isRandom(shape: string): boolean {
  return shape.length >= 16 && shape.split('0').length > 2 && /[a-z]/i.test(shape);
}
