import { checkKeys, checkOneOf, describeValue, MortarError } from '../../../errors/index.js';
import { compareTexts, type DocumentQuery, sortableOf } from '../../../read-models/index.js';
import { sortableIn } from './conditions.js';

/** The fields that documents are sorted by. */
export type Order = DocumentQuery['order'];

/** Where a document stands in an order: its values of the order's fields, and its key. */
export type OrderPlace = NonNullable<DocumentQuery['after']>;

const MAX_SORTS = 4;

/** @throws MortarError `MORTAR_OPTIONS_INVALID` for what is no `Sort` */
export function orderOf(sort: unknown): Order {
  const sorts: readonly unknown[] = sort === undefined ? [] : Array.isArray(sort) ? sort : [sort];
  const order = sorts.map((one) => {
    if (typeof one === 'string') return ascending(one);
    checkKeys('sort', one, ['by', 'direction']);
    const { by, direction = 'ascending' } = one as { readonly by?: unknown; readonly direction?: unknown };
    checkOneOf('direction', direction, ['ascending', 'descending']);
    if (typeof by !== 'string') throw invalidSort('a field', describeValue(by));
    return { ...ascending(by), direction: direction as 'ascending' | 'descending' };
  });
  if (order.length > MAX_SORTS) throw invalidSort(`at most ${MAX_SORTS} fields`, `${order.length}`);
  if (new Set(order.map(({ field }) => field)).size === order.length) return order;
  throw invalidSort('each field once', order.map(({ field }) => field).join(', '));
}

/** The place of a document. What has no order comes first, as nothing does. */
export function placeIn(order: Order, key: string, document: unknown): OrderPlace {
  return { values: order.map(({ field }) => sortableIn(document, field) ?? NOTHING), key };
}

const NOTHING = sortableOf(undefined);

/** Negative where the first one comes before the second. */
export function comparison(order: Order): (a: OrderPlace, b: OrderPlace) => number {
  const signs = order.map(({ direction }) => (direction === 'ascending' ? 1 : -1));
  return (a, b) => {
    for (const [index, sign] of signs.entries()) {
      const compared = compareTexts(a.values[index] ?? NOTHING, b.values[index] ?? NOTHING);
      if (compared !== 0) return sign * compared;
    }
    return (signs.at(-1) ?? 1) * compareTexts(a.key, b.key);
  };
}

function ascending(field: string): Order[number] {
  return { field, direction: 'ascending' };
}

function invalidSort(expected: string, got: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Documents are sorted by some of their top-level fields.',
    expected,
    got,
  });
}
