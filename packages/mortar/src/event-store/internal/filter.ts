import { checkKeys, checkWholeNumber, describeValue, MortarError } from '../../errors/index.js';
import type { LogEntry, LogFilter } from '../event-store.js';
import { keyHashOf, orderKeyOfEntry, partitionOf } from '../order-key.js';
import { categoryOf } from '../place.js';

const MAX_PARTITIONS = 4_096;
const FILTER_KEYS = [
  'types',
  'categories',
  'orderKeys',
  'tags',
  'correlationId',
  'tenant',
  'recordedFrom',
  'recordedTo',
  'partitions',
] as const satisfies readonly (keyof LogFilter)[];

/** Whether a filter asks for an entry. */
export function matchesFilter(entry: LogEntry, filter: LogFilter): boolean {
  const { types, categories, orderKeys, tags, correlationId, tenant, recordedFrom, recordedTo, partitions } =
    filter;
  if (types !== undefined && !types.includes(entry.type)) return false;
  if (categories !== undefined && !isInCategory(entry, categories)) return false;
  if (orderKeys !== undefined && !orderKeys.includes(orderKeyOfEntry(entry))) return false;
  if (tags !== undefined && !hasTags(entry, tags)) return false;
  if (correlationId !== undefined && entry.correlationId !== correlationId) return false;
  if (tenant !== undefined && entry.tenant !== tenant) return false;
  if (recordedFrom !== undefined && entry.recordedAt < recordedFrom) return false;
  if (recordedTo !== undefined && entry.recordedAt >= recordedTo) return false;
  if (partitions === undefined) return true;
  return partitions.among.includes(partitionOf(keyHashOf(orderKeyOfEntry(entry)), partitions.of));
}

/** Whether an event has all of the tags. */
export function hasTags(event: Pick<LogEntry, 'tags'>, tags: readonly string[]): boolean {
  return tags.every((tag) => event.tags.includes(tag));
}

/** Whether every store can keep a text as it is: no NUL, no half of a surrogate pair. */
export function isStorableText(value: unknown): value is string {
  return typeof value === 'string' && !/\0|\p{Surrogate}/u.test(value);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkFilter(filter: LogFilter): void {
  checkKeys('a filter of the log', filter, FILTER_KEYS);
  const { types, categories, orderKeys, tags, correlationId, tenant, recordedFrom, recordedTo } = filter;
  checkTexts('types', types);
  checkTexts('categories', categories);
  checkTexts('orderKeys', orderKeys);
  checkTexts('tags', tags);
  if (correlationId !== undefined) checkText('correlationId', correlationId);
  if (tenant !== undefined) checkText('tenant', tenant);
  if (recordedFrom !== undefined) checkTime('recordedFrom', recordedFrom);
  if (recordedTo !== undefined) checkTime('recordedTo', recordedTo);
  if (filter.partitions !== undefined) checkPartitions(filter.partitions);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` for anything but a list of texts that a store can keep, or nothing */
export function checkTexts(name: string, texts: unknown): void {
  if (texts === undefined) return;
  if (!Array.isArray(texts)) throw invalid(name, 'an array of texts', texts);
  for (const text of texts) checkText(name, text);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` for anything but whole milliseconds since the Unix epoch */
export function checkTime(name: string, value: unknown): void {
  checkWholeNumber(name, value, 0, Number.MAX_SAFE_INTEGER);
}

function checkText(name: string, value: unknown): void {
  if (!isStorableText(value)) throw invalid(name, 'text without NUL and halves of surrogate pairs', value);
}

function checkPartitions(partitions: unknown): void {
  checkKeys('the partitions of a filter', partitions, ['of', 'among']);
  const { of, among } = partitions as { readonly of?: unknown; readonly among?: unknown };
  checkWholeNumber('partitions.of', of, 1, MAX_PARTITIONS);
  if (!Array.isArray(among)) throw invalid('partitions.among', 'an array of numbers', among);
  for (const partition of among) checkWholeNumber('partitions.among', partition, 0, of - 1);
}

function isInCategory({ streamId }: LogEntry, categories: readonly string[]): boolean {
  return streamId !== undefined && categories.includes(categoryOf(streamId));
}

function invalid(name: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `What ${name} asks of the log is well formed.`,
    expected,
    got: describeValue(got),
  });
}
