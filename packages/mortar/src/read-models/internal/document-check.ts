import { checkKeys, checkOneOf, checkWholeNumber, describeValue, MortarError } from '../../errors/index.js';
import type { Collection, DocumentChange, DocumentQuery, FieldCondition } from '../document-store.js';
import { MAX_SORTABLE_BYTES } from '../sortable.js';

const MAX_NAME_LENGTH = 200;
const MAX_FIELDS = 32;
const MAX_INDEXES = 16;
const MAX_INDEXED = 4;
const MAX_TENANT_BYTES = 512;
const MAX_KEY_BYTES = 1_024;
const MAX_CONDITIONS = 32;
const MAX_AMONG = 1_000;
const MAX_LIMIT = 10_000;

/** How many documents are changed or read at once. */
export const MAX_DOCUMENTS = 10_000;

/** Whether documents may be of a tenant. */
export function isTenantOfDocuments(tenant: string): boolean {
  return isTextWithin(tenant, 0, MAX_TENANT_BYTES);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkCollection(collection: Collection): void {
  checkKeys('a collection', collection, ['name', 'fields', 'indexes']);
  const { name, fields, indexes } = collection;
  checkName('name', name);
  checkList('fields', fields, 0, MAX_FIELDS);
  for (const field of fields) checkName('fields', field);
  checkDifferent('fields', fields);
  checkList('indexes', indexes, 0, MAX_INDEXES);
  for (const index of indexes) {
    checkList('indexes', index, 1, MAX_INDEXED);
    checkDifferent('indexes', index);
    for (const field of index) checkField(field, fields);
  }
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkCollectionName(name: string): void {
  checkName('name', name);
}

/**
 * Checks what documents are changed before any of it is.
 * @throws MortarError `MORTAR_DOCUMENT_INVALID`; `MORTAR_OPTIONS_INVALID` for what is no list of changes
 */
export function checkDocumentChanges(changes: readonly DocumentChange[]): void {
  checkList('documents', changes, 0, MAX_DOCUMENTS);
  for (const change of changes) {
    checkOneOf('kind', change?.kind, ['put', 'remove']);
    checkName('collection', change.collection);
    const { tenant, key } = change.kind === 'put' ? change.document : change;
    checkText('tenant', tenant, 0, MAX_TENANT_BYTES);
    checkText('key', key, 1, MAX_KEY_BYTES);
    if (change.kind === 'remove') continue;
    const { body, values } = change.document;
    checkText('body', body, 1, Number.POSITIVE_INFINITY);
    if (!Array.isArray(values)) throw unfit('values', 'an array', values);
    for (const value of values) checkText('values', value, 0, MAX_SORTABLE_BYTES);
  }
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_DOCUMENT_INVALID` */
export function checkDocumentKeys(name: string, tenant: string, keys: readonly string[]): void {
  checkName('collection', name);
  checkText('tenant', tenant, 0, MAX_TENANT_BYTES);
  checkList('keys', keys, 0, MAX_DOCUMENTS);
  for (const key of keys) checkText('key', key, 1, MAX_KEY_BYTES);
}

/**
 * Checks a query against the fields of its collection.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_DOCUMENT_INVALID`
 */
export function checkDocumentQuery(query: DocumentQuery, fields: readonly string[]): void {
  checkKeys('a query of documents', query, ['tenant', 'where', 'order', 'after', 'limit']);
  const { tenant, where, order, after, limit } = query;
  checkConditions({ tenant, where }, fields);
  checkList('order', order, 0, MAX_FIELDS);
  for (const { field, direction } of order) {
    checkField(field, fields);
    checkOneOf('direction', direction, ['ascending', 'descending']);
  }
  checkDifferent(
    'order',
    order.map(({ field }) => field),
  );
  checkWholeNumber('limit', limit, 1, MAX_LIMIT);
  if (after === undefined) return;
  checkList('after.values', after.values, order.length, order.length);
  for (const value of after.values) checkText('after.values', value, 0, Number.POSITIVE_INFINITY);
  checkText('after.key', after.key, 1, Number.POSITIVE_INFINITY);
}

/** The same for what is counted. */
export function checkConditions(
  { tenant, where }: Pick<DocumentQuery, 'tenant' | 'where'>,
  fields: readonly string[],
): void {
  checkText('tenant', tenant, 0, MAX_TENANT_BYTES);
  checkList('where', where, 0, MAX_CONDITIONS);
  for (const condition of where) checkCondition(condition, fields);
}

function checkCondition(condition: FieldCondition, fields: readonly string[]): void {
  const { field, is } = condition;
  checkField(field, fields);
  checkOneOf('is', is, ['equal', 'less', 'atMost', 'greater', 'atLeast', 'among', 'between']);
  if (is === 'among') checkList('values', condition.values, 0, MAX_AMONG);
  for (const value of valuesOf(condition)) checkText('value', value, 0, Number.POSITIVE_INFINITY);
}

function valuesOf(condition: FieldCondition): readonly unknown[] {
  if (condition.is === 'among') return condition.values;
  return condition.is === 'between' ? [condition.from, condition.to] : [condition.value];
}

function checkField(field: unknown, fields: readonly string[]): void {
  if (fields.some((known) => known === field)) return;
  throw malformed('field', fields.length === 0 ? 'no field' : `one of ${fields.join(', ')}`, field);
}

function checkDifferent(name: string, texts: readonly string[]): void {
  if (new Set(texts).size < texts.length) throw malformed(name, 'each field once', texts);
}

function checkList(name: string, list: unknown, min: number, max: number): void {
  if (Array.isArray(list) && list.length >= min && list.length <= max) return;
  throw malformed(name, `a list of ${min} to ${max}`, Array.isArray(list) ? list.length : list);
}

function checkName(name: string, text: unknown): void {
  const isFit = typeof text === 'string' && text !== '' && text.length <= MAX_NAME_LENGTH;
  if (isFit && !/[\p{Cc}\p{Surrogate}]/u.test(text)) return;
  throw malformed(name, `1 to ${MAX_NAME_LENGTH} characters without control characters`, text);
}

function checkText(name: string, text: unknown, min: number, max: number): void {
  if (isTextWithin(text, min, max)) return;
  const length = max === Number.POSITIVE_INFINITY ? `${min} bytes or more` : `${min} to ${max} bytes`;
  throw unfit(name, `text of ${length}, without NUL and halves of surrogate pairs`, text);
}

function isTextWithin(text: unknown, min: number, max: number): boolean {
  const isText = typeof text === 'string' && !/\0|\p{Surrogate}/u.test(text);
  return isText && text.length >= min && (text.length * 3 <= max || Buffer.byteLength(text) <= max);
}

function malformed(name: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} of documents is well formed.`,
    expected,
    got: describeValue(got),
  });
}

function unfit(name: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_DOCUMENT_INVALID', {
    rule: `The ${name} of a document can be kept, and found again.`,
    expected,
    got: describeValue(got),
  });
}
