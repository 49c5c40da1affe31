import { type CodecOptions, decode, encode } from '../../../contracts/index.js';
import { messageOf } from '../../../errors/index.js';
import { sortableOf } from '../../../read-models/index.js';
import type { Projection } from '../../projection.js';
import { foldFailed } from './evolving.js';

/** Documents stand for many events, and may be larger than any of them. */
const LIMITS: CodecOptions = { maxBytes: 16_777_216, maxDepth: 128 };

/** A document as a store keeps it. */
export interface KeptDocument {
  readonly body: string;
  readonly values: readonly string[];
}

/** @throws MortarError `MORTAR_FOLD_FAILED` for a document that can't be kept */
export function keptDocument(
  { name, fields }: Pick<Projection, 'name' | 'fields'>,
  document: unknown,
  key?: string,
): KeptDocument {
  try {
    const body = encode(document, LIMITS);
    return { body, values: fields.map((field) => sortableOf(fieldOf(document, field))) };
  } catch (cause) {
    throw foldFailed(name, 'on', `one that can't: ${messageOf(cause)}`, cause, key);
  }
}

/** @throws MortarError `MORTAR_CODEC_CORRUPT`, `MORTAR_CODEC_TOO_LARGE`, `MORTAR_CODEC_TOO_DEEP` */
export function documentOf(body: string): unknown {
  return decode(body, LIMITS);
}

/** The value of a top-level field; nothing where the document has none, or is no object. */
export function fieldOf(document: unknown, field: string): unknown {
  const isObject = typeof document === 'object' && document !== null;
  return isObject && Object.hasOwn(document, field) ? Reflect.get(document, field) : undefined;
}
