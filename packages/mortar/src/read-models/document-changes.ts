import type { Collection, DocumentChange, StoredDocument } from './document-store.js';
import { compareTexts } from './sortable.js';

/** What is changed of one collection: each document once, as the last change leaves it, in the order of tenants and keys. */
export interface CollectionChanges {
  readonly collection: string;
  readonly puts: readonly StoredDocument[];
  readonly removals: readonly Pick<StoredDocument, 'tenant' | 'key'>[];
}

/**
 * What changes come to, by collection. In this order everybody changes documents, so that those who change the same ones wait
 * for each other and not for ever.
 */
export function changesByCollection(changes: readonly DocumentChange[]): readonly CollectionChanges[] {
  const collections = new Map<string, Map<string, DocumentChange>>();
  for (const change of changes) {
    const { tenant, key } = change.kind === 'put' ? change.document : change;
    const last = collections.get(change.collection) ?? new Map<string, DocumentChange>();
    last.set(JSON.stringify([tenant, key]), change);
    collections.set(change.collection, last);
  }
  return [...collections]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([collection, last]) => {
      const all = [...last.values()];
      return {
        collection,
        puts: all.flatMap((change) => (change.kind === 'put' ? [change.document] : [])).sort(byPlace),
        removals: all
          .flatMap((change) => (change.kind === 'remove' ? [{ tenant: change.tenant, key: change.key }] : []))
          .sort(byPlace),
      };
    });
}

/** Whether a collection is made as another one. */
export function isSameCollection(a: Collection, b: Collection): boolean {
  return JSON.stringify([a.fields, a.indexes]) === JSON.stringify([b.fields, b.indexes]);
}

type Place = Pick<StoredDocument, 'tenant' | 'key'>;

function byPlace(a: Place, b: Place): number {
  return compareTexts(a.tenant, b.tenant) || compareTexts(a.key, b.key);
}
