import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import {
  type Collection,
  compareTexts,
  type DocumentChange,
  type DocumentQuery,
  type DocumentStore,
  type StoredDocument,
  sortableOf,
} from '../../../read-models/index.js';
import type { UnitStore } from '../../../unit-of-work/index.js';
import type { CaseOf, Disposable } from '../case-list.js';
import { commits } from '../unit-store/subject.js';

/** What a document store may leave out. */
export type DocumentStoreFeature =
  /** A second handle on the same database, as another process has. */
  'second handle';

/** What a case is run on: an empty store of its own. */
export interface DocumentStoreSubject extends Disposable {
  readonly documents: DocumentStore;
  readonly units: UnitStore;
  /** The same store, opened a second time. */
  readonly second?: { readonly documents: DocumentStore; readonly units: UnitStore };
}

/** A case of a document store. */
export type DocumentStoreCase = CaseOf<DocumentStoreSubject, DocumentStoreFeature>;

/** The collection of most cases. */
export const ORDERS: Collection = {
  name: 'shop/orders@1',
  fields: ['status', 'total', 'city'],
  indexes: [['status', 'total'], ['city']],
};

/** An order as a document. */
export function order(
  key: string,
  [status, total, city]: readonly [unknown, unknown, unknown] = ['open', 1, 'Bern'],
  parts: Partial<StoredDocument> = {},
): StoredDocument {
  const values = [status, total, city].map(sortableOf);
  return { tenant: '', key, body: JSON.stringify({ key }), values, ...parts };
}

/** What puts documents into a collection. */
export function puts(
  documents: readonly StoredDocument[],
  collection: string = ORDERS.name,
): readonly DocumentChange[] {
  return documents.map((document) => ({ kind: 'put', collection, document }));
}

/** What removes the documents of these keys. */
export function removes(
  keys: readonly string[],
  tenant = '',
  collection: string = ORDERS.name,
): readonly DocumentChange[] {
  return keys.map((key) => ({ kind: 'remove', collection, tenant, key }));
}

/** Commits a unit of these changes. */
export async function change(units: UnitStore, documents: readonly DocumentChange[]): Promise<void> {
  await commits(units, { id: newId(), writes: [], appends: [], documents });
}

/** Makes the collection of orders, with these in it. */
export async function withOrders(
  { documents, units }: Pick<DocumentStoreSubject, 'documents' | 'units'>,
  ...orders: readonly StoredDocument[]
): Promise<void> {
  await documents.make(ORDERS);
  if (orders.length > 0) await change(units, puts(orders));
}

/** A query of orders of no tenant: all of them by key, unless said. */
export function asking(parts: Partial<DocumentQuery> = {}): DocumentQuery {
  return { tenant: '', where: [], order: [], limit: 10_000, ...parts };
}

/** The keys of documents, in their order. */
export function keysOf(documents: readonly StoredDocument[]): readonly string[] {
  return documents.map(({ key }) => key);
}

/** Asserts that a collection holds these documents of a tenant, and no others. */
export async function holdsDocuments(
  documents: DocumentStore,
  expected: readonly StoredDocument[],
  { tenant = '', collection = ORDERS.name }: { readonly tenant?: string; readonly collection?: string } = {},
): Promise<void> {
  const sorted = [...expected].sort((a, b) => compareTexts(a.key, b.key));
  const found = await documents.find(collection, asking({ tenant }));
  assert.deepEqual(found, sorted, `what ${collection} holds`);
  assert.equal(await documents.count(collection, { tenant, where: [] }), sorted.length);
}

/** The second handle of a subject. */
export function otherOf({ second }: DocumentStoreSubject): NonNullable<DocumentStoreSubject['second']> {
  assert.ok(second !== undefined, 'a second handle on the same store is given, or the feature is left out');
  return second;
}
