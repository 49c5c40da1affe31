import {
  type Collection,
  checkCollection,
  checkCollectionName,
  checkConditions,
  checkDocumentKeys,
  checkDocumentQuery,
  collectionConflict,
  collectionMissing,
  compareTexts,
  type DocumentQuery,
  type DocumentStore,
  type FieldCondition,
  isSameCollection,
  type StoredDocument,
} from '../read-models/index.js';
import type { CollectionTable } from './internal/document-tables.js';
import type { MemoryLog } from './memory-log.js';

/** Documents of read models in memory, over a log in memory. Whatever is asked for, all documents are looked at. */
export class MemoryDocumentStore implements DocumentStore {
  readonly #log: MemoryLog;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async make(collection: Collection): Promise<void> {
    checkCollection(collection);
    return this.#log.atomically(() => {
      const { documents } = this.#log;
      const known = documents.collections.get(collection.name);
      if (known === undefined) return documents.make(structuredClone(collection));
      if (!isSameCollection(known.collection, collection)) throw collectionConflict(collection.name);
    });
  }

  async drop(name: string): Promise<void> {
    checkCollectionName(name);
    return this.#log.atomically(() => void this.#log.documents.collections.delete(name));
  }

  async analyze(name: string): Promise<void> {
    checkCollectionName(name);
  }

  async collections(): Promise<readonly Collection[]> {
    return this.#log.exclusively(() =>
      [...this.#log.documents.collections.values()]
        .map(({ collection }) => structuredClone(collection))
        .sort((a, b) => compareTexts(a.name, b.name)),
    );
  }

  async read(name: string, tenant: string, keys: readonly string[]): Promise<readonly StoredDocument[]> {
    checkDocumentKeys(name, tenant, keys);
    return this.#log.exclusively(() => {
      this.#table(name);
      return this.#log.documents.read(name, tenant, keys);
    });
  }

  async find(name: string, query: DocumentQuery): Promise<readonly StoredDocument[]> {
    checkCollectionName(name);
    return this.#log.exclusively(() => {
      const { collection, documents } = this.#table(name);
      checkDocumentQuery(query, collection.fields);
      const { after, limit } = query;
      const compare = comparisonOf(query);
      return [...documents.values()]
        .filter((document) => isAskedFor(document, query, collection.fields))
        .map((document) => ({ document, place: placeOf(document, query, collection.fields) }))
        .filter(({ place }) => after === undefined || compare(place, after) > 0)
        .sort((a, b) => compare(a.place, b.place))
        .slice(0, limit)
        .map(({ document }) => document);
    });
  }

  async count(name: string, query: Pick<DocumentQuery, 'tenant' | 'where'>): Promise<number> {
    checkCollectionName(name);
    return this.#log.exclusively(() => {
      const { collection, documents } = this.#table(name);
      checkConditions(query, collection.fields);
      return [...documents.values()].filter((document) => isAskedFor(document, query, collection.fields))
        .length;
    });
  }

  #table(name: string): CollectionTable {
    const table = this.#log.documents.collections.get(name);
    if (table === undefined) throw collectionMissing(name);
    return table;
  }
}

/** Where a document stands in an order: its values of the order's fields, and its key. */
type OrderPlace = NonNullable<DocumentQuery['after']>;

function placeOf(document: StoredDocument, { order }: DocumentQuery, fields: readonly string[]): OrderPlace {
  return { values: order.map(({ field }) => fieldValue(document, field, fields)), key: document.key };
}

function comparisonOf({ order }: DocumentQuery): (a: OrderPlace, b: OrderPlace) => number {
  const signs = order.map(({ direction }) => (direction === 'ascending' ? 1 : -1));
  return (a, b) => {
    for (const [index, sign] of signs.entries()) {
      const compared = compareTexts(a.values[index] ?? '', b.values[index] ?? '');
      if (compared !== 0) return sign * compared;
    }
    return (signs.at(-1) ?? 1) * compareTexts(a.key, b.key);
  };
}

function isAskedFor(
  document: StoredDocument,
  { tenant, where }: Pick<DocumentQuery, 'tenant' | 'where'>,
  fields: readonly string[],
): boolean {
  if (document.tenant !== tenant) return false;
  return where.every((condition) => holds(condition, fieldValue(document, condition.field, fields)));
}

function holds(condition: FieldCondition, value: string): boolean {
  if (condition.is === 'among') return condition.values.includes(value);
  if (condition.is === 'between')
    return compareTexts(value, condition.from) >= 0 && compareTexts(value, condition.to) < 0;
  const compared = compareTexts(value, condition.value);
  switch (condition.is) {
    case 'equal':
      return compared === 0;
    case 'less':
      return compared < 0;
    case 'atMost':
      return compared <= 0;
    case 'greater':
      return compared > 0;
    case 'atLeast':
      return compared >= 0;
  }
}

function fieldValue({ values }: StoredDocument, field: string, fields: readonly string[]): string {
  return values[fields.indexOf(field)] ?? '';
}
