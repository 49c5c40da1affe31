import { type Change, type Comparison, change, type Place } from './comparison.js';
import { isSameJson, type SchemaNode, valuesOf } from './node.js';

/** Whether every written string is accepted, as far as keywords of strings go. */
export function compareStrings(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const { shortest, longest } = lengthsOf(written);
  const changes: Change[] = [];
  if (isBelow(shortest, accepted['minLength'])) {
    changes.push(...change(comparison, place, 'minLength', `have ${shortest} characters`));
  }
  if (isAbove(longest, accepted['maxLength'])) {
    changes.push(...change(comparison, place, 'maxLength', `have ${countOf(longest)} characters`));
  }
  for (const pattern of patternsOf(accepted)) {
    if (patternsOf(written).includes(pattern)) continue;
    changes.push(
      ...change(comparison, place, 'pattern', `differ from ${JSON.stringify(pattern)}`, 'asks for'),
    );
  }
  for (const keyword of ['format', 'contentEncoding', 'contentMediaType', 'contentSchema']) {
    if (accepted[keyword] === undefined || isSameJson(accepted[keyword], written[keyword])) continue;
    const form = JSON.stringify(accepted[keyword]);
    changes.push(...change(comparison, place, keyword, `be other than ${form}`, 'asks for'));
  }
  return changes;
}

function patternsOf(node: SchemaNode): readonly unknown[] {
  const { pattern } = node;
  return pattern === undefined ? [] : [pattern].flat();
}

/** Validators count a character outside the basic plane as one or as two; a listed value is held to the worse. */
function lengthsOf(node: SchemaNode): { shortest: number; longest: number } {
  const values = valuesOf(node)?.filter((value) => typeof value === 'string');
  const { minLength, maxLength } = node;
  if (values === undefined || values.length === 0) {
    return { shortest: numberOr(minLength, 0), longest: numberOr(maxLength, Number.POSITIVE_INFINITY) };
  }
  return {
    shortest: Math.min(...values.map((value) => [...value].length)),
    longest: Math.max(...values.map((value) => value.length)),
  };
}

/** Whether every written number is accepted, as far as keywords of numbers go. */
export function compareNumbers(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const { low, high } = rangeOf(written);
  const changes: Change[] = [];
  const asks = (keyword: string, isBroken: boolean, bound: Bound): void => {
    if (isBroken) changes.push(...change(comparison, place, keyword, `reach ${boundText(bound)}`));
  };
  asks('minimum', isBelow(low.value, accepted['minimum']), low);
  asks('maximum', isAbove(high.value, accepted['maximum']), high);
  asks(
    'exclusiveMinimum',
    isBelow(low.value, accepted['exclusiveMinimum']) || isOnEdge(low, accepted['exclusiveMinimum']),
    low,
  );
  asks(
    'exclusiveMaximum',
    isAbove(high.value, accepted['exclusiveMaximum']) || isOnEdge(high, accepted['exclusiveMaximum']),
    high,
  );
  const step = accepted['multipleOf'];
  if (step !== undefined && !areMultiples(written, step)) {
    changes.push(...change(comparison, place, 'multipleOf', `be no multiple of ${JSON.stringify(step)}`));
  }
  return changes;
}

interface Bound {
  readonly value: number;
  /** Whether the bound itself is not taken. */
  readonly isOpen: boolean;
}

function rangeOf(node: SchemaNode): { low: Bound; high: Bound } {
  const values = valuesOf(node)?.filter((value) => typeof value === 'number');
  if (values !== undefined && values.length > 0) {
    return {
      low: { value: Math.min(...values), isOpen: false },
      high: { value: Math.max(...values), isOpen: false },
    };
  }
  const least = numberOr(node['minimum'], Number.NEGATIVE_INFINITY);
  const above = numberOr(node['exclusiveMinimum'], Number.NEGATIVE_INFINITY);
  const most = numberOr(node['maximum'], Number.POSITIVE_INFINITY);
  const below = numberOr(node['exclusiveMaximum'], Number.POSITIVE_INFINITY);
  return {
    low: { value: Math.max(least, above), isOpen: above >= least },
    high: { value: Math.min(most, below), isOpen: below <= most },
  };
}

function boundText({ value }: Bound): string {
  return Number.isFinite(value) ? String(value) : 'any number';
}

/** A limit that is not a number is of another draft of JSON Schema; nothing is below or above it for certain. */
function isBelow(value: number, limit: unknown): boolean {
  return limit !== undefined && !(typeof limit === 'number' && value >= limit);
}

function isAbove(value: number, limit: unknown): boolean {
  return limit !== undefined && !(typeof limit === 'number' && value <= limit);
}

function isOnEdge({ value, isOpen }: Bound, limit: unknown): boolean {
  return value === limit && !isOpen;
}

function areMultiples(written: SchemaNode, step: unknown): boolean {
  // Remainders of fractions are not exact, so only equal fractions are certain.
  const isWhole = Number.isSafeInteger(step);
  const values = valuesOf(written)?.filter((value) => typeof value === 'number');
  if (values !== undefined) return values.every((value) => isWhole && value % Number(step) === 0);
  const own = written['multipleOf'] ?? (written['type'] === 'integer' ? 1 : undefined);
  return own === step || (isWhole && Number.isSafeInteger(own) && Number(own) % Number(step) === 0);
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function countOf(count: number): string {
  return Number.isFinite(count) ? String(count) : 'any number of';
}
