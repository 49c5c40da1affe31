import { createHash } from 'node:crypto';
import { describeValue, MortarError } from '../../../errors/index.js';
import type { FieldCondition } from '../../../read-models/index.js';
import type { Order, OrderPlace } from './ordering.js';

/** What a cursor belongs to. */
export interface CursorQuery {
  readonly conditions: readonly FieldCondition[];
  readonly order: Order;
}

/** A place in the order of a query, as a text. */
export function cursorOf(query: CursorQuery, { values, key }: OrderPlace): string {
  return Buffer.from(JSON.stringify([digestOf(query), key, ...values])).toString('base64url');
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` for what is no cursor, and for one of another query */
export function placeOfCursor(query: CursorQuery, cursor: unknown): OrderPlace {
  const parts = typeof cursor === 'string' ? parsed(cursor) : undefined;
  const [digest, key, ...values] = parts ?? [];
  if (key === undefined || values.length !== query.order.length) throw invalidCursor(describeValue(cursor));
  if (digest !== digestOf(query)) throw invalidCursor('one of other conditions or another sort');
  return { values, key };
}

function parsed(cursor: string): readonly string[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : undefined;
  } catch {
    return undefined;
  }
}

function digestOf({ conditions, order }: CursorQuery): string {
  const text = JSON.stringify([conditions, order]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}

function invalidCursor(got: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The pages of a query follow each other by their cursors.',
    expected: 'the next of a page of the same where and sort',
    got,
  });
}
