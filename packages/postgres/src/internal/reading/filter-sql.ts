import { keyHashOf, type LogFilter } from 'mortar/event-store';

/** Conditions of a WHERE, and the values of their parameters. */
export class Conditions {
  readonly #texts: string[] = [];
  readonly #values: unknown[] = [];

  get values(): readonly unknown[] {
    return this.#values;
  }

  /** Adds a condition; the parameter stands where `?` is. */
  add(text: string, value: unknown): void {
    this.#values.push(value);
    this.#texts.push(text.replace('?', `$${this.#values.length}`));
  }

  /** Adds one without a parameter. */
  addPlain(text: string): void {
    this.#texts.push(text);
  }

  toString(): string {
    return this.#texts.length === 0 ? 'true' : this.#texts.join(' AND ');
  }
}

/** Adds what a filter of the log asks for, as `matchesFilter` decides it. */
export function addFilter(conditions: Conditions, filter: LogFilter): void {
  const { types, categories, orderKeys, tags, correlationId, tenant, recordedFrom, recordedTo, partitions } =
    filter;
  if (types !== undefined) conditions.add('type = ANY (?::text[])', types);
  if (categories !== undefined) conditions.add(`split_part(stream_id, '-', 1) = ANY (?::text[])`, categories);
  if (orderKeys !== undefined) {
    conditions.add('key_hash = ANY (?::integer[])', orderKeys.map(keyHashOf));
    conditions.add('coalesce(key, stream_id, id::text) = ANY (?::text[])', orderKeys);
  }
  if (tags !== undefined && tags.length > 0) conditions.add('tags @> ?::text[]', tags);
  if (correlationId !== undefined) conditions.add('correlation_id = ?', correlationId);
  if (tenant !== undefined) conditions.add('tenant = ?', tenant);
  if (recordedFrom !== undefined) conditions.add('recorded_at >= ?', recordedFrom);
  if (recordedTo !== undefined) conditions.add('recorded_at < ?', recordedTo);
  if (partitions !== undefined)
    conditions.add(`key_hash % ${partitions.of} = ANY (?::integer[])`, partitions.among);
}
