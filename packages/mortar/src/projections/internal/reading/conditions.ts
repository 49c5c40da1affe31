import { checkKeys, describeValue, MortarError } from '../../../errors/index.js';
import {
  compareTexts,
  type FieldCondition,
  sortableOf,
  sortablesBeginningWith,
} from '../../../read-models/index.js';
import { fieldOf } from '../folding/document-codec.js';

const MAX_CONDITIONS = 32;
const MAX_AMONG = 1_000;
const WORDS = ['is', 'among', 'less', 'atMost', 'greater', 'atLeast', 'beginsWith'] as const;

/** @throws MortarError `MORTAR_OPTIONS_INVALID` for what is no `Where` */
export function conditionsOf(where: unknown): readonly FieldCondition[] {
  if (where === undefined) return [];
  if (!isPlain(where)) throw invalidWhere('an object of fields', describeValue(where));
  const conditions = Object.entries(where).flatMap(([field, wanted]) =>
    isPlain(wanted) ? saidOf(field, wanted) : [equal(field, wanted)],
  );
  if (conditions.length <= MAX_CONDITIONS) return conditions;
  throw invalidWhere(`at most ${MAX_CONDITIONS} conditions`, `${conditions.length}`);
}

/** Whether a document is asked for. */
export function meets(document: unknown, conditions: readonly FieldCondition[]): boolean {
  return conditions.every((condition) => {
    const value = sortableIn(document, condition.field);
    return value !== undefined && holds(condition, value);
  });
}

/** The value of a field as a text that sorts; nothing where it has no order. */
export function sortableIn(document: unknown, field: string): string | undefined {
  try {
    return sortableOf(fieldOf(document, field));
  } catch {
    return undefined;
  }
}

function saidOf(field: string, wanted: Readonly<Record<string, unknown>>): readonly FieldCondition[] {
  checkKeys(`where.${field}`, wanted, WORDS);
  const said = WORDS.flatMap((word) => (Object.hasOwn(wanted, word) ? [[word, wanted[word]] as const] : []));
  if (said.length === 0) throw invalidWhere(`one of ${WORDS.join(', ')} for ${field}`, 'nothing');
  return said.flatMap(([word, value]) => conditionOf(field, word, value));
}

function conditionOf(field: string, word: (typeof WORDS)[number], value: unknown): readonly FieldCondition[] {
  if (word === 'is') return [equal(field, value)];
  if (word === 'among') return [{ field, is: 'among', values: listOf(field, value) }];
  if (word === 'beginsWith') {
    if (typeof value !== 'string')
      throw invalidWhere(`a string that ${field} begins with`, describeValue(value));
    return [{ field, is: 'between', ...sortablesBeginningWith(value) }];
  }
  if (value === null) throw invalidWhere(`a value that ${field} is compared with`, 'null');
  const bound = textOf(field, value);
  return [{ field, is: word, value: bound }, sameKind(field, bound)];
}

function equal(field: string, value: unknown): FieldCondition {
  return { field, is: 'equal', value: textOf(field, value) };
}

function listOf(field: string, values: unknown): readonly string[] {
  if (Array.isArray(values) && values.length <= MAX_AMONG) return values.map((value) => textOf(field, value));
  const got = Array.isArray(values) ? `${values.length}` : describeValue(values);
  throw invalidWhere(`a list of at most ${MAX_AMONG} values for ${field}`, got);
}

/** The first character of a sortable tells the kind of the value. */
function sameKind(field: string, text: string): FieldCondition {
  return { field, is: 'between', from: text.slice(0, 1), to: String.fromCharCode(text.charCodeAt(0) + 1) };
}

function textOf(field: string, value: unknown): string {
  // A condition that was forgotten would ask for documents without the field.
  if (value === undefined) throw invalidWhere(`a value for ${field}, null for nothing`, 'undefined');
  try {
    return sortableOf(value);
  } catch (cause) {
    const expected = `null, a boolean, a number, a bigint, a date or a string for ${field}`;
    throw invalidWhere(expected, describeValue(value), cause);
  }
}

function holds(condition: FieldCondition, value: string): boolean {
  if (condition.is === 'among') return condition.values.includes(value);
  if (condition.is === 'between')
    return compareTexts(value, condition.from) >= 0 && compareTexts(value, condition.to) < 0;
  const compared = compareTexts(value, condition.value);
  if (condition.is === 'equal') return compared === 0;
  const isBelow = condition.is === 'less' || condition.is === 'atMost';
  if (compared === 0) return condition.is === 'atMost' || condition.is === 'atLeast';
  return isBelow ? compared < 0 : compared > 0;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value);
}

function invalidWhere(expected: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Documents are asked for by their top-level fields.',
    expected,
    got,
    cause,
  });
}
