import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import {
  type Comparable,
  type ComparableKey,
  compare,
  copyOf,
  fieldOf,
  isComparable,
  isSameKind,
} from './comparable.js';
import { combinable, type FieldCondition, type Specification } from './specification.js';

/** What may be said about one field. All that is given must hold. */
export interface Condition<V> {
  /** The same value; `null` for a field that is absent or holds nothing. */
  readonly eq?: V | (undefined extends V ? null : never);
  /** One of these; none of an empty list. */
  readonly in?: readonly (V | (undefined extends V ? null : never))[];
  readonly lt?: NonNullable<V>;
  readonly lte?: NonNullable<V>;
  readonly gt?: NonNullable<V>;
  readonly gte?: NonNullable<V>;
  /** The text begins with this one, to the letter: no pattern, no folding of case. */
  readonly startsWith?: NonNullable<V> extends string ? string : never;
}

/** Conditions by field. */
export type Where<T> = { readonly [K in ComparableKey<T>]?: Condition<T[K]> };

type Operator = FieldCondition['operator'];

const OPERATORS: Readonly<Record<Operator, (value: Comparable, wanted: Comparable) => boolean>> = {
  eq: (value, wanted) => compare(value, wanted) === 0,
  // Each value of a list is tested for itself.
  in: (value, wanted) => compare(value, wanted) === 0,
  lt: (value, wanted) => isSameKind(value, wanted) && compare(value, wanted) < 0,
  lte: (value, wanted) => isSameKind(value, wanted) && compare(value, wanted) <= 0,
  gt: (value, wanted) => isSameKind(value, wanted) && compare(value, wanted) > 0,
  gte: (value, wanted) => isSameKind(value, wanted) && compare(value, wanted) >= 0,
  startsWith: (value, wanted) =>
    typeof value === 'string' && typeof wanted === 'string' && value.startsWith(wanted),
};

const NAMES = ['eq', 'in', 'lt', 'lte', 'gt', 'gte', 'startsWith'] as const satisfies readonly Operator[];

/**
 * A specification by data: every condition holds, and none is met by all. Only own fields of a candidate count, and
 * values of different kinds are never equal nor less than each other.
 * @example
 * where<Order>({ status: { in: ['open', 'late'] }, total: { gte: 100 }, customer: { startsWith: 'A' } });
 * @throws MortarError `MORTAR_OPTIONS_INVALID`, also for a condition whose value is undefined
 */
export function where<T>(fields: Where<T>): Specification<T> {
  const conditions = conditionsOf(fields);
  return combinable(
    (candidate) => conditions.every((condition) => holds(condition, candidate)),
    () => ({ kind: 'where', conditions: conditions.map(copyOfCondition) }),
  );
}

function holds({ field, operator, value }: FieldCondition, candidate: unknown): boolean {
  const found = fieldOf(candidate, field);
  const test = OPERATORS[operator];
  return isList(value) ? value.some((wanted) => test(found, wanted)) : test(found, value);
}

function conditionsOf(fields: object): readonly FieldCondition[] {
  checkPlain('where', fields);
  return Object.entries(fields).flatMap(([field, given]: [string, unknown]) => {
    checkPlain(`the condition on ${describeValue(field)}`, given);
    checkKeys(`the condition on ${describeValue(field)}`, given, NAMES);
    const found = NAMES.filter((operator) => Object.hasOwn(given, operator));
    if (found.length === 0) throw invalid(field, `one of ${NAMES.join(', ')}`, given);
    return found.map((operator) => conditionOf(field, operator, Reflect.get(given, operator)));
  });
}

function conditionOf(field: string, operator: Operator, value: unknown): FieldCondition {
  if (operator === 'in') {
    if (!Array.isArray(value)) throw invalid(field, 'a list after in', value);
    const values: readonly unknown[] = value;
    return { field, operator, value: values.map((one) => comparable(field, operator, one)) };
  }
  return { field, operator, value: comparable(field, operator, value) };
}

function comparable(field: string, operator: Operator, value: unknown): Comparable {
  if (operator === 'startsWith' && typeof value !== 'string')
    throw invalid(field, 'a text after startsWith', value);
  const allowsNothing = operator === 'eq' || operator === 'in';
  // A value that went missing must not turn into a condition that finds something else.
  if (value === undefined || !isComparable(value) || (value === null && !allowsNothing))
    throw invalid(field, `a text, number, bigint, boolean or date after ${operator}`, value);
  return copyOf(value);
}

function copyOfCondition({ field, operator, value }: FieldCondition): FieldCondition {
  return { field, operator, value: isList(value) ? value.map(copyOf) : copyOf(value) };
}

function isList(value: FieldCondition['value']): value is readonly Comparable[] {
  return Array.isArray(value);
}

/** A prototype that someone gave would hold conditions that are not seen. */
function checkPlain(name: string, value: unknown): asserts value is object {
  const prototype: unknown =
    typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined;
  if (prototype === Object.prototype || prototype === null) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `${name} is plain data.`,
    expected: 'an object literal',
    got: describeValue(value),
  });
}

function invalid(field: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The condition on ${describeValue(field)} is one that a store can translate.`,
    expected,
    got: describeValue(got),
  });
}
