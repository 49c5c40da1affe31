import { defuse, describeValue, MortarError } from '../errors/index.js';
import type { Comparable } from './comparable.js';

/** A condition on one field, as `where` makes them: all that an adapter needs to translate it. */
export interface FieldCondition {
  readonly field: string;
  readonly operator: 'eq' | 'lt' | 'lte' | 'gt' | 'gte' | 'in' | 'startsWith';
  /** For `in` a list, else a single value. */
  readonly value: Comparable | readonly Comparable[];
}

/**
 * A specification as plain data. An adapter translates `where`, `and`, `or` and `not`; a `predicate` is code, of which
 * no more than its name is known.
 */
export type SpecificationDescription =
  | { readonly kind: 'predicate'; readonly name: string }
  | { readonly kind: 'where'; readonly conditions: readonly FieldCondition[] }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly SpecificationDescription[] }
  | { readonly kind: 'not'; readonly part: SpecificationDescription };

/** A rule of the domain that a candidate meets or does not. It can be combined, and never changes. */
export interface Specification<T> {
  /** Pure: the same answer for the same candidate. What a predicate throws is thrown. */
  isSatisfiedBy(candidate: T): boolean;
  /** Met if this one and all the others are. */
  and(...others: readonly Specification<T>[]): Specification<T>;
  /** Met if this one or any of the others is. */
  or(...others: readonly Specification<T>[]): Specification<T>;
  not(): Specification<T>;
  describe(): SpecificationDescription;
}

/**
 * A specification by code, for what data can't say; `where` is the one by data.
 * @example
 * const isOverdue = specification<Invoice>('overdue', ({ dueAt, paidAt }) => paidAt === undefined && dueAt < today);
 * const isUrgent = isOverdue.and(where({ total: { gte: 1_000 } }));
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function specification<T>(name: string, predicate: (candidate: T) => boolean): Specification<T> {
  if (typeof name !== 'string' || name === '') throw invalid('has a name', 'a text', name);
  if (typeof predicate !== 'function') throw invalid('is a predicate', 'a function', predicate);
  return combinable(
    (candidate) => {
      const answer: unknown = predicate(candidate);
      // A promise would be taken for true.
      if (typeof answer !== 'boolean') defuse(answer);
      if (typeof answer !== 'boolean') throw invalid('is met or not', `true or false from ${name}`, answer);
      return answer;
    },
    () => ({ kind: 'predicate', name }),
  );
}

/** Adds what every specification has to what makes one different. */
export function combinable<T>(
  isSatisfiedBy: (candidate: T) => boolean,
  describe: () => SpecificationDescription,
): Specification<T> {
  const made: Specification<T> = {
    isSatisfiedBy,
    describe,
    and: (...others) => allOf([made, ...checked(others)]),
    or: (...others) => anyOf([made, ...checked(others)]),
    not: () =>
      combinable(
        (candidate) => !isSatisfiedBy(candidate),
        () => ({ kind: 'not', part: describe() }),
      ),
  };
  return Object.freeze(made);
}

function allOf<T>(parts: readonly Specification<T>[]): Specification<T> {
  return combinable(
    (candidate) => parts.every((part) => part.isSatisfiedBy(candidate)),
    () => ({ kind: 'and', parts: parts.map((part) => part.describe()) }),
  );
}

function anyOf<T>(parts: readonly Specification<T>[]): Specification<T> {
  return combinable(
    (candidate) => parts.some((part) => part.isSatisfiedBy(candidate)),
    () => ({ kind: 'or', parts: parts.map((part) => part.describe()) }),
  );
}

/**
 * Whether a value can be used as a specification.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkSpecification<T>(value: Specification<T>): void {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && typeof value.isSatisfiedBy === 'function' && typeof value.describe === 'function') return;
  throw invalid('is made by a function', 'what specification() or where() give', value);
}

function checked<T>(others: readonly Specification<T>[]): readonly Specification<T>[] {
  others.forEach(checkSpecification);
  return others;
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `A specification ${rule}.`,
    expected,
    got: describeValue(got),
  });
}
