import type { DocumentQuery, FieldCondition } from './document-store.js';

/** How a database marks parameters. */
export interface SqlMarks {
  /** Of the parameter with this number, from 1. */
  mark(number: number): string;
  /** Whether a column has one of the values of a parameter that is a list. */
  among(column: string, mark: string): string;
  /** Such a parameter. */
  list(values: readonly string[]): unknown;
}

/** What a query asks for, in SQL: columns are `tenant`, `key`, and `f1` and so on for the fields. */
export interface DocumentSql {
  /** What stands after WHERE. */
  readonly where: string;
  /** What stands after ORDER BY. */
  readonly order: string;
  readonly parameters: readonly unknown[];
}

/** The column of a field. */
export function columnOf(field: string, fields: readonly string[]): string {
  return `f${fields.indexOf(field) + 1}`;
}

/** Which documents, for a query that was checked. */
export function documentSql(
  query: Pick<DocumentQuery, 'tenant' | 'where'> & Partial<DocumentQuery>,
  fields: readonly string[],
  marks: SqlMarks,
): DocumentSql {
  const { tenant, where, order = [], after } = query;
  const parameters = new Parameters(marks);
  const sorted: readonly Sorted[] = [
    ...order.map(({ field, direction }) => ({
      column: columnOf(field, fields),
      isDescending: direction === 'descending',
    })),
    { column: 'key', isDescending: order.at(-1)?.direction === 'descending' },
  ];
  const conditions = [
    `tenant = ${parameters.add(tenant)}`,
    ...where.map((condition) => conditionSql(condition, columnOf(condition.field, fields), parameters)),
    ...(after === undefined ? [] : [beyond(sorted, [...after.values, after.key], parameters)]),
  ];
  return {
    where: conditions.join(' AND '),
    order: sorted.map(({ column, isDescending }) => `${column} ${isDescending ? 'DESC' : 'ASC'}`).join(', '),
    parameters: parameters.values,
  };
}

/** One column that sorts. */
interface Sorted {
  readonly column: string;
  readonly isDescending: boolean;
}

class Parameters {
  readonly values: unknown[] = [];
  readonly #marks: SqlMarks;

  constructor(marks: SqlMarks) {
    this.#marks = marks;
  }

  add(value: string): string {
    return this.#marks.mark(this.values.push(value));
  }

  among(column: string, values: readonly string[]): string {
    return this.#marks.among(column, this.#marks.mark(this.values.push(this.#marks.list(values))));
  }
}

const OPERATORS = { equal: '=', less: '<', atMost: '<=', greater: '>', atLeast: '>=' } as const;

function conditionSql(condition: FieldCondition, column: string, parameters: Parameters): string {
  if (condition.is === 'among') return parameters.among(column, condition.values);
  if (condition.is === 'between')
    return `${column} >= ${parameters.add(condition.from)} AND ${column} < ${parameters.add(condition.to)}`;
  return `${column} ${OPERATORS[condition.is]} ${parameters.add(condition.value)}`;
}

/**
 * What comes after a place. In one direction it is a comparison of rows, which an index answers; in several, a bound on the
 * leading column lets an index lead there, and the rest is looked at.
 */
function beyond(sorted: readonly Sorted[], place: readonly string[], parameters: Parameters): string {
  const [first, ...others] = sorted;
  if (first === undefined) return 'true';
  const { column, isDescending } = first;
  const operator = isDescending ? '<' : '>';
  if (others.every((other) => other.isDescending === isDescending)) {
    const marks = place.map((value) => parameters.add(value));
    return `(${sorted.map((one) => one.column).join(', ')}) ${operator} (${marks.join(', ')})`;
  }
  const [value = '', ...rest] = place;
  const bound = `${column} ${operator}= ${parameters.add(value)}`;
  const further = `${column} ${operator} ${parameters.add(value)}`;
  return `${bound} AND (${further} OR ${beyond(others, rest, parameters)})`;
}
