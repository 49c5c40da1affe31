import { keyHashOf, type LogFilter } from 'mortar/event-store';
import type { Value } from './driver/driver.js';

/** Which part of the log: positions greater than `above`, up to `upTo`. */
export interface Bounds {
  readonly above: number;
  readonly upTo: number;
}

/** Which entries, in SQL: `e` is the log. */
export interface Selection {
  /** What stands after FROM. */
  readonly from: string;
  /** The position's column, in the table that leads. */
  readonly position: string;
  /** What stands after WHERE. */
  readonly where: string;
  readonly parameters: readonly Value[];
}

interface Condition {
  readonly where: string;
  readonly parameters: readonly Value[];
}

type Field<Name extends keyof LogFilter> = NonNullable<LogFilter[Name]>;

/**
 * Whether an index leads to what a filter asks for: to a tag, to one type, to order keys, to a correlation id; and to
 * everything. If not, every entry of a part of the log is looked at.
 */
export function isLed({ tags = [], types, orderKeys, correlationId, ...others }: LogFilter = {}): boolean {
  if (tags.length > 0 || types?.length === 1 || orderKeys !== undefined || correlationId !== undefined)
    return true;
  return types === undefined && Object.values(others).every((value) => value === undefined);
}

/**
 * What a filter asks for, in SQL. Lists are given as JSON, so that filters of one shape share a statement. Only one thing
 * leads; a plus before a column keeps SQLite from another index, whose finds it would have to sort for every page.
 */
export function selectionOf(bounds: Bounds, filter: LogFilter = {}, withoutArchived = false): Selection {
  const { tags: [tag, ...tags] = [], types, orderKeys, correlationId } = filter;
  const position = tag === undefined ? 'e.position' : 't.position';
  const conditions = [
    ...given(tag, (first) => ({ where: 't.tag = ?', parameters: [first] })),
    { where: `${position} > ? AND ${position} <= ?`, parameters: [bounds.above, bounds.upTo] },
    ...tags.map(hasTag),
    ...given(types, (some) => ofTypes(some, tag === undefined)),
    ...given(orderKeys, (keys) => ofOrderKeys(keys, bounds)),
    ...given(correlationId, (id) => ofCorrelation(id, bounds)),
    ...plainConditions(filter),
    ...(withoutArchived ? [NOT_ARCHIVED] : []),
  ];
  return {
    from: tag === undefined ? 'mortar_events AS e' : TAGGED,
    position,
    where: conditions.map(({ where }) => where).join(' AND '),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

/** A cross join is done in the order in which it is written. */
const TAGGED = 'mortar_event_tags AS t CROSS JOIN mortar_events AS e ON e.position = t.position';

function plainConditions(filter: LogFilter): readonly Condition[] {
  const { categories, tenant, recordedFrom, recordedTo, partitions } = filter;
  return [
    ...given(categories, ofCategories),
    ...given(tenant, (value) => ({ where: 'e.tenant = ?', parameters: [value] })),
    ...given(recordedFrom, (value) => ({ where: 'e.recorded_at >= ?', parameters: [value] })),
    ...given(recordedTo, (value) => ({ where: 'e.recorded_at < ?', parameters: [value] })),
    ...given(partitions, ofPartitions),
  ];
}

const NOT_ARCHIVED: Condition = {
  where:
    '(e.stream IS NULL OR NOT EXISTS (SELECT 1 FROM mortar_stream_states AS s WHERE s.stream = e.stream))',
  parameters: [],
};

function hasTag(tag: string): Condition {
  return {
    where: 'EXISTS (SELECT 1 FROM mortar_event_tags AS o WHERE o.tag = ? AND o.position = e.position)',
    parameters: [tag],
  };
}

function ofTypes(types: readonly string[], isLeader: boolean): Condition {
  const [type, ...others] = types;
  if (type !== undefined && others.length === 0)
    return { where: `${isLeader ? '' : '+'}e.type = ?`, parameters: [type] };
  return { where: `+e.type IN ${LIST}`, parameters: [JSON.stringify(types)] };
}

/** An event's order key is its own, else its stream, else its id. */
function ofOrderKeys(orderKeys: Field<'orderKeys'>, { above, upTo }: Bounds): Condition {
  const keys = JSON.stringify(orderKeys);
  const hashes = JSON.stringify(orderKeys.map(keyHashOf));
  return {
    where: `e.position IN (
      SELECT position FROM mortar_events WHERE key_hash IN ${LIST} AND ${BETWEEN} AND key IN ${LIST}
      UNION ALL SELECT position FROM mortar_events WHERE stream IN ${LIST} AND ${BETWEEN} AND key IS NULL
      UNION ALL SELECT position FROM mortar_events WHERE id IN ${LIST} AND ${BETWEEN} AND key IS NULL AND stream IS NULL)`,
    parameters: [hashes, above, upTo, keys, keys, above, upTo, keys, above, upTo],
  };
}

/** The correlation of an event that nothing has caused is its own id, and not kept apart. */
function ofCorrelation(correlationId: string, { above, upTo }: Bounds): Condition {
  return {
    where: `e.position IN (
      SELECT position FROM mortar_events WHERE correlation_id = ? AND ${BETWEEN}
      UNION ALL SELECT position FROM mortar_events WHERE id = ? AND ${BETWEEN} AND correlation_id IS NULL)`,
    parameters: [correlationId, above, upTo, correlationId, above, upTo],
  };
}

function ofCategories(categories: Field<'categories'>): Condition {
  return { where: `${CATEGORY} IN ${LIST}`, parameters: [JSON.stringify(categories)] };
}

/** The category of a stream: what stands before the first dash. */
export const CATEGORY = "substr(e.stream, 1, instr(e.stream || '-', '-') - 1)";

function ofPartitions({ of, among }: Field<'partitions'>): Condition {
  return { where: `e.key_hash % ? IN ${LIST}`, parameters: [of, JSON.stringify(among)] };
}

const LIST = '(SELECT value FROM json_each(?))';
const BETWEEN = 'position > ? AND position <= ?';

function given<T>(value: T | undefined, make: (value: T) => Condition): readonly Condition[] {
  return value === undefined ? [] : [make(value)];
}
