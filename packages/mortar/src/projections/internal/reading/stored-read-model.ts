import { MortarError } from '../../../errors/index.js';
import type {
  Collection,
  DocumentStore,
  FieldCondition,
  FindOptions,
  Found,
  FoundPage,
  ReadModel,
  StoredDocument,
  Where,
} from '../../../read-models/index.js';
import type { Projection } from '../../projection.js';
import { documentOf } from '../folding/document-codec.js';
import { conditionsOf, meets } from './conditions.js';
import { cursorOf } from './cursor.js';
import { comparison, type OrderPlace, placeIn } from './ordering.js';
import {
  checkAskedKeys,
  type Divided,
  dividedBy,
  indexMissing,
  MAX_LOOKED_AT,
  type Query,
  queryOf,
} from './query.js';

/** What a read model of stored documents is read with. */
export interface StoredParts {
  readonly documents: () => DocumentStore;
  /** Of the generation that is read now. */
  readonly collection: () => Promise<Collection>;
  /** Empty where the documents are of none. */
  readonly tenant: string;
}

/** How many documents are looked at together. */
const CHUNK = 1_000;
const TRIES = 3;

/** The documents of a projection that follows the log. */
export class StoredReadModel<Doc> implements ReadModel<Doc> {
  readonly #projection: Projection<string, Doc>;
  readonly #parts: StoredParts;

  constructor(projection: Projection<string, Doc>, parts: StoredParts) {
    this.#projection = projection;
    this.#parts = parts;
  }

  async get(key: string): Promise<Doc | undefined> {
    const [found] = await this.#read([key]);
    return found?.value;
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Doc>> {
    checkAskedKeys(keys);
    const found = keys.length === 0 ? [] : await this.#read(keys);
    return new Map(found.map(({ key, value }) => [key, value]));
  }

  async find(options: FindOptions<Doc> = {}): Promise<FoundPage<Doc>> {
    const query = queryOf(options);
    return this.#there(async (collection) => {
      const divided = dividedBy(collection.fields, query);
      return divided.unsorted.length > 0
        ? this.#sorted(collection, query, divided)
        : this.#looked(collection, query, divided);
    });
  }

  async count(where?: Where<Doc>): Promise<number> {
    const conditions = conditionsOf(where);
    const { documents, tenant } = this.#parts;
    return this.#there(async (collection) => {
      const { pushed, rest } = dividedBy(collection.fields, { conditions, order: [] });
      if (rest.length === 0) return documents().count(collection.name, { tenant, where: pushed });
      const all = await this.#all(collection, pushed, rest);
      return all.filter(({ value }) => meets(value, rest)).length;
    });
  }

  async #read(keys: readonly string[]): Promise<readonly Found<Doc>[]> {
    const { documents, tenant } = this.#parts;
    const found = await this.#there(({ name }) => documents().read(name, tenant, keys));
    return found.map((document) => this.#found(document));
  }

  /** Page by page in the order of the store, until there are enough, or enough was looked at. */
  async #looked(collection: Collection, query: Query, { pushed, rest }: Divided): Promise<FoundPage<Doc>> {
    const { order, limit } = query;
    const items: Found<Doc>[] = [];
    let { after } = query;
    for (let looked = 0; looked < MAX_LOOKED_AT; ) {
      // One more than wanted, to know whether there is something beyond.
      const size = rest.length === 0 ? limit + 1 : Math.min(CHUNK, MAX_LOOKED_AT - looked);
      const page = await this.#find(collection, { where: pushed, order, limit: size, after });
      for (const document of page) {
        const found = this.#found(document);
        const isWanted = meets(found.value, rest);
        if (isWanted && items.length === limit) return { items, next: nextOf(query, after) };
        after = { values: order.map(({ field }) => valueIn(document, field, collection)), key: document.key };
        if (isWanted) items.push(found);
      }
      if (page.length < size) return { items, next: undefined };
      looked += page.length;
    }
    return { items, next: nextOf(query, after) };
  }

  /** All of them at once, sorted here. */
  async #sorted(
    collection: Collection,
    query: Query,
    { pushed, rest, unsorted }: Divided,
  ): Promise<FoundPage<Doc>> {
    const all = await this.#all(collection, pushed, [...unsorted.map((field) => ({ field })), ...rest]);
    return pageOf(
      all.filter(({ value }) => meets(value, rest)),
      query,
    );
  }

  /** @throws MortarError `MORTAR_OPTIONS_INVALID` where there are too many, which says what they are missing an index of */
  async #all(
    collection: Collection,
    where: readonly FieldCondition[],
    missing: readonly { readonly field: string }[],
  ): Promise<readonly Found<Doc>[]> {
    const all: Found<Doc>[] = [];
    let after: OrderPlace | undefined;
    for (;;) {
      const page = await this.#find(collection, { where, order: [], limit: CHUNK, after });
      all.push(...page.map((document) => this.#found(document)));
      if (all.length > MAX_LOOKED_AT)
        throw indexMissing(
          this.#projection.name,
          missing.map(({ field }) => field),
        );
      const last = page.at(-1);
      if (page.length < CHUNK || last === undefined) return all;
      after = { values: [], key: last.key };
    }
  }

  async #find(
    { name }: Collection,
    {
      where,
      order,
      limit,
      after,
    }: Pick<Query, 'order' | 'limit' | 'after'> & { readonly where: readonly FieldCondition[] },
  ): Promise<readonly StoredDocument[]> {
    const { documents, tenant } = this.#parts;
    return documents().find(name, { tenant, where, order, limit, ...(after === undefined ? {} : { after }) });
  }

  /** Between the two looks, another generation may have become the one that is read, and this one may be gone. */
  async #there<T>(read: (collection: Collection) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const collection = await this.#parts.collection();
      try {
        return await read(collection);
      } catch (error) {
        const isGone = error instanceof MortarError && error.code === 'MORTAR_COLLECTION_MISSING';
        if (!isGone || tries === TRIES) throw error;
      }
    }
  }

  /** Code of this fingerprint has made it, or code of another one whose documents are still read. */
  #found({ key, body }: StoredDocument): Found<Doc> {
    return { key, value: documentOf(body) as Doc };
  }
}

/** A page of documents that are all in hand. */
export function pageOf<Doc>(all: readonly Found<Doc>[], query: Query): FoundPage<Doc> {
  const { order, limit, after } = query;
  const compare = comparison(order);
  const sorted = all
    .map((found) => ({ found, place: placeIn(order, found.key, found.value) }))
    .filter(({ place }) => after === undefined || compare(place, after) > 0)
    .sort((a, b) => compare(a.place, b.place));
  const page = sorted.slice(0, limit);
  return {
    items: page.map(({ found }) => found),
    next: sorted.length > limit ? nextOf(query, page.at(-1)?.place) : undefined,
  };
}

function nextOf(query: Query, place: OrderPlace | undefined): string | undefined {
  return place === undefined ? undefined : cursorOf(query, place);
}

function valueIn({ values }: StoredDocument, field: string, { fields }: Collection): string {
  return values[fields.indexOf(field)] ?? '';
}
