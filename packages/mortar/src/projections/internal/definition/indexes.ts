import { describeValue } from '../../../errors/index.js';
import { invalid } from './base.js';

const MAX_INDEXES = 16;
const MAX_INDEXED = 4;
const MAX_NAME_LENGTH = 200;

/** What documents are found by. */
export interface Indexes {
  readonly fields: readonly string[];
  readonly indexes: readonly (readonly string[])[];
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function indexesOf(owner: string, given: readonly (string | readonly string[])[]): Indexes {
  const rule = `The indexes of ${owner} are fields of its documents, or lists of them.`;
  if (!Array.isArray(given)) throw invalid(rule, 'a list', describeValue(given));
  if (given.length > MAX_INDEXES) throw invalid(rule, `at most ${MAX_INDEXES} of them`, `${given.length}`);
  const indexes = given.map((index: string | readonly string[]) => {
    const fields = typeof index === 'string' ? [index] : index;
    const isList = Array.isArray(fields) && fields.length >= 1 && fields.length <= MAX_INDEXED;
    if (!isList || !fields.every(isField) || new Set(fields).size < fields.length)
      throw invalid(rule, `a field, or 1 to ${MAX_INDEXED} different ones`, describeValue(index));
    return Object.freeze([...fields]);
  });
  const places = indexes.map((index) => JSON.stringify(index));
  const twice = places.find((place, index) => places.indexOf(place) < index);
  if (twice !== undefined) throw invalid(rule, 'each index once', `${twice} twice`);
  return { fields: Object.freeze([...new Set(indexes.flat())]), indexes: Object.freeze(indexes) };
}

function isField(field: unknown): boolean {
  const isName = typeof field === 'string' && field !== '' && field.length <= MAX_NAME_LENGTH;
  return isName && !/[\p{Cc}\p{Surrogate}]/u.test(field);
}
