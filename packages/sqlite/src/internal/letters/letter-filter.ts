import type { DeadLetterFilter } from 'mortar/delivery';

/** What stands after WHERE, and its parameters. */
export interface LetterCondition {
  readonly where: string;
  readonly parameters: readonly unknown[];
}

/** Which letters a filter asks for, in SQL: `l` is the letters. */
export function letterCondition({
  state = 'dead',
  ids,
  from,
  to,
  ...rest
}: DeadLetterFilter): LetterCondition {
  const conditions: readonly (readonly [sql: string, value: unknown])[] = [
    ['l.state = ?', state],
    ['l.id IN (SELECT value FROM json_each(?))', ids === undefined ? undefined : JSON.stringify(ids)],
    ['l.subscription = ?', rest.subscription],
    ['l.type = ?', rest.type],
    ['l.module = ?', rest.module],
    ['l.key = ?', rest.key],
    ['l.correlation_id = ?', rest.correlationId],
    ['l.tenant = ?', rest.tenant],
    ['l.reason = ?', rest.reason],
    ['l.category = ?', rest.category],
    ['l.fingerprint = ?', rest.fingerprint],
    ['l.last_dead_at >= ?', from],
    ['l.last_dead_at < ?', to],
  ];
  const given = conditions.filter(([, value]) => value !== undefined);
  return { where: given.map(([sql]) => sql).join(' AND '), parameters: given.map(([, value]) => value) };
}
