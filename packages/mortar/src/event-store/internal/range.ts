import { checkKeys, checkOneOf, checkWholeNumber, describeValue, MortarError } from '../../errors/index.js';
import type { LogFilter, LogPage, LogRange, StreamRange } from '../event-store.js';
import { BEGINNING, type Position, position, type Version, version } from '../place.js';
import { checkFilter, checkTime } from './filter.js';

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 10_000;
const LOG_RANGE_KEYS = [
  'after',
  'to',
  'limit',
  'direction',
  'filter',
  'withoutArchived',
] as const satisfies readonly (keyof LogRange)[];
const STREAM_RANGE_KEYS = [
  'from',
  'to',
  'limit',
  'direction',
  'asOf',
] as const satisfies readonly (keyof StreamRange)[];

/** A range of the log that was checked, with the defaults put in. */
export interface CheckedLogRange {
  readonly after: Position | undefined;
  readonly to: Position | undefined;
  readonly limit: number;
  readonly isBackwards: boolean;
  readonly filter: LogFilter | undefined;
  readonly withoutArchived: boolean;
}

/** A range of a stream that was checked. `low` and `high` are the versions between which entries lie, both included. */
export interface CheckedStreamRange {
  readonly low: Version;
  readonly high: Version;
  readonly limit: number;
  readonly isBackwards: boolean;
  readonly asOf: number | undefined;
}

/**
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a limit, a direction or a filter, `MORTAR_VERSION_INVALID` for a position
 */
export function checkLogRange(range: LogRange = {}): CheckedLogRange {
  checkKeys('a range of the log', range, LOG_RANGE_KEYS);
  const { after, to, limit = DEFAULT_LIMIT, direction = 'forwards', filter, withoutArchived = false } = range;
  if (after !== undefined) position(after);
  if (to !== undefined) position(to);
  checkWholeNumber('limit', limit, 1, MAX_LIMIT);
  checkOneOf('direction', direction, ['forwards', 'backwards']);
  checkFlag('withoutArchived', withoutArchived);
  if (filter !== undefined) checkFilter(filter);
  return { after, to, limit, isBackwards: direction === 'backwards', filter, withoutArchived };
}

/**
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a limit, a direction or a time, `MORTAR_VERSION_INVALID` for a version
 */
export function checkStreamRange(range: StreamRange = {}): CheckedStreamRange {
  checkKeys('a range of a stream', range, STREAM_RANGE_KEYS);
  const { from, to, limit = DEFAULT_LIMIT, direction = 'forwards', asOf } = range;
  if (from !== undefined) version(from);
  if (to !== undefined) version(to);
  checkWholeNumber('limit', limit, 1, MAX_LIMIT);
  checkOneOf('direction', direction, ['forwards', 'backwards']);
  if (asOf !== undefined) checkTime('asOf', asOf);
  const isBackwards = direction === 'backwards';
  const [low = version(1), high = version(Number.MAX_SAFE_INTEGER)] = isBackwards ? [to, from] : [from, to];
  return { low, high, limit, isBackwards, asOf };
}

/**
 * Where to go on after a page. `last` is the position of its last entry, given if there is more beyond it; `horizon` is
 * the greatest position under which nothing will come any more.
 */
export function nextOf(
  { after, to, isBackwards }: CheckedLogRange,
  last: Position | undefined,
  horizon: Position,
): Pick<LogPage, 'next' | 'isEnd'> {
  if (last !== undefined) return { next: last, isEnd: false };
  const bound = isBackwards ? lowerOf(to ?? BEGINNING, after) : higherOf(lowerOf(horizon, to), after);
  return { next: bound, isEnd: true };
}

function checkFlag(name: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} is a flag.`,
    expected: 'true or false',
    got: describeValue(value),
  });
}

function lowerOf(one: Position, other: Position | undefined): Position {
  return other === undefined || one < other ? one : other;
}

function higherOf(one: Position, other: Position | undefined): Position {
  return other === undefined || one > other ? one : other;
}
