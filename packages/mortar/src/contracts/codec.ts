import { checkWholeNumber, describeValue, MortarError } from '../errors/index.js';
import { inspect } from './internal/codec/inspection.js';
import { isPlain, revive, tag } from './internal/codec/tags.js';
import { hasLoneSurrogate, utf8Bytes } from './internal/text.js';

/** How much a payload may hold. */
export interface CodecOptions {
  /** The most bytes of UTF-8 that the text may have, from 2 to 256 MiB; 1 MiB unless said. */
  readonly maxBytes?: number;
  /** The most containers (objects, arrays, Maps, Sets) within one another, from 1 to 512; 64 unless said. */
  readonly maxDepth?: number;
}

interface Limits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

const DEFAULT_LIMITS: Limits = { maxBytes: 1_048_576, maxDepth: 64 };

/**
 * Writes a payload as JSON text from which `decode` makes an equal one.
 *
 * Beside what JSON knows, it carries `undefined`, bigint, -0, Date, Uint8Array, Map and Set, anywhere, tagged as an object
 * with one key: `{"$date":"2026-01-31T12:00:00.000Z"}`. Data that looks like a tag is escaped: `{$x: 1}` becomes `{"$$x":1}`.
 * An object without a prototype comes back with one. Getters and `toJSON` of the value are never called;
 * properties that are not enumerable, and named properties of Dates, Maps, Sets and byte arrays, are not data.
 *
 * @throws MortarError `MORTAR_CODEC_UNSUPPORTED` for what it cannot carry without loss (NaN, Infinity, functions, symbols,
 * instances of classes, accessors, invalid dates, holes, cycles, lone surrogates and NUL in text),
 * `MORTAR_CODEC_TOO_DEEP`, `MORTAR_CODEC_TOO_LARGE`; each names the path
 */
export function encode(value: unknown, options?: CodecOptions): string {
  return write(value, options).text;
}

/**
 * Reads what `encode` wrote. JSON text by others is read as well, under the same limits.
 * Of an object's equal keys the last one counts, as in every JSON.
 * @throws MortarError `MORTAR_CODEC_CORRUPT` for text that is not JSON, an unknown or malformed tag, and text or numbers that
 * `encode` would refuse; `MORTAR_CODEC_TOO_DEEP`, `MORTAR_CODEC_TOO_LARGE`
 */
export function decode(text: string, options?: CodecOptions): unknown {
  const limits = limitsOf(options);
  if (typeof text !== 'string') throw corrupt('a string of JSON', describeValue(text));
  checkSize(text, limits.maxBytes);
  // A bad character is raw or behind an escape; most texts have neither, and their strings need no second look.
  const isSuspicious = text.includes('\\u') || hasLoneSurrogate(text);
  const tree = parse(text);
  if (!isSuspicious && isPlain(tree, limits.maxDepth)) return tree;
  return revive(tree, limits.maxDepth, isSuspicious);
}

/**
 * The tree of plain JSON that `encode` would write as text. It shares with the value whatever needs no tag.
 * @throws MortarError as `encode`
 */
export function encodeTree(value: unknown, options?: CodecOptions): unknown {
  return write(value, options).tree;
}

function write(value: unknown, options: CodecOptions | undefined): { tree: unknown; text: string } {
  const limits = limitsOf(options);
  const tree = inspect(value, limits) ? tag(value) : value;
  const text = JSON.stringify(tree);
  checkSize(text, limits.maxBytes);
  return { tree, text };
}

function limitsOf(options: CodecOptions | undefined): Limits {
  if (options === undefined) return DEFAULT_LIMITS;
  const { maxBytes = DEFAULT_LIMITS.maxBytes, maxDepth = DEFAULT_LIMITS.maxDepth } = options;
  checkWholeNumber('maxBytes', maxBytes, 2, 268_435_456);
  checkWholeNumber('maxDepth', maxDepth, 1, 512);
  return { maxBytes, maxDepth };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corrupt('JSON', describeValue(text), cause);
  }
}

function checkSize(text: string, maxBytes: number): void {
  if (utf8Bytes(text, maxBytes) <= maxBytes) return;
  throw new MortarError('MORTAR_CODEC_TOO_LARGE', {
    rule: 'A payload has a largest size, measured over the whole value.',
    expected: `at most ${maxBytes} bytes of UTF-8`,
    got: 'more',
  });
}

function corrupt(expected: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_CODEC_CORRUPT', {
    rule: 'Encoded data is JSON as the codec writes it, at the root of the value.',
    expected,
    got,
    cause,
  });
}
