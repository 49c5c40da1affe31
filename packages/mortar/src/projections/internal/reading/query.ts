import { checkKeys, checkWholeNumber, describeValue, MortarError } from '../../../errors/index.js';
import type { FieldCondition } from '../../../read-models/index.js';
import { conditionsOf } from './conditions.js';
import { type CursorQuery, placeOfCursor } from './cursor.js';
import { type Order, type OrderPlace, orderOf } from './ordering.js';

/** How many documents are looked at for what the store has no index for. */
export const MAX_LOOKED_AT = 10_000;

/** How many documents are asked for by their keys at once. */
const MAX_KEYS_ASKED = 1_000;

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** What `find` was asked, checked. */
export interface Query extends CursorQuery {
  readonly limit: number;
  readonly after: OrderPlace | undefined;
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function queryOf(options: unknown): Query {
  checkKeys('find', options, ['where', 'sort', 'limit', 'after']);
  // What is in it is looked at piece by piece.
  const { where, sort, limit = DEFAULT_LIMIT, after }: Readonly<Record<string, unknown>> = { ...options };
  checkWholeNumber('limit', limit, 1, MAX_LIMIT);
  const query = { conditions: conditionsOf(where), order: orderOf(sort) };
  return { ...query, limit, after: after === undefined ? undefined : placeOfCursor(query, after) };
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkAskedKeys(keys: unknown): asserts keys is readonly string[] {
  if (Array.isArray(keys) && keys.length <= MAX_KEYS_ASKED) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Documents are asked for by a list of keys.',
    expected: `at most ${MAX_KEYS_ASKED} keys`,
    got: Array.isArray(keys) ? `${keys.length}` : describeValue(keys),
  });
}

/** What of a query the store answers, by the fields of a collection, and what is to be looked at after it. */
export interface Divided {
  readonly pushed: readonly FieldCondition[];
  readonly rest: readonly FieldCondition[];
  /** Fields of the order that the store does not know. */
  readonly unsorted: readonly string[];
}

export function dividedBy(
  fields: readonly string[],
  { conditions, order }: { readonly conditions: readonly FieldCondition[]; readonly order: Order },
): Divided {
  const isKnown = ({ field }: { readonly field: string }): boolean => fields.includes(field);
  return {
    pushed: conditions.filter(isKnown),
    rest: conditions.filter((condition) => !isKnown(condition)),
    unsorted: order.filter((one) => !isKnown(one)).map(({ field }) => field),
  };
}

/** The error of a query that would have to look at too many documents; says which index it wants. */
export function indexMissing(name: string, fields: readonly string[]): MortarError {
  const wanted = [...new Set(fields)];
  const index =
    wanted.length === 1 ? `'${wanted[0]}'` : `[${wanted.map((field) => `'${field}'`).join(', ')}]`;
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `More than ${MAX_LOOKED_AT} documents are sorted and counted by an index.`,
    expected: `indexes: [${index}] in the definition of projection ${name}`,
    got: 'none',
    details: { projection: name, index: wanted },
  });
}
