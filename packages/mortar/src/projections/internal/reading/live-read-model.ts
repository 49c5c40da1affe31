import type { CodecOptions } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import type { EventStore, LogFilter, Position } from '../../../event-store/index.js';
import {
  checkDocumentKeys,
  type FindOptions,
  type Found,
  type FoundPage,
  type ReadModel,
  type Where,
} from '../../../read-models/index.js';
import { placed } from '../../../sourcing/index.js';
import type { Projection } from '../../projection.js';
import { evolved, type Known } from '../folding/evolving.js';
import { type PlannedEvent, plannedEvents } from '../folding/page-plan.js';
import { conditionsOf, meets } from './conditions.js';
import { checkAskedKeys, MAX_LOOKED_AT, queryOf } from './query.js';
import { pageOf } from './stored-read-model.js';

/** What a live read model is folded from. */
export interface LiveParts {
  readonly events: () => EventStore;
  /** Empty where the documents are of none. */
  readonly tenant: string;
  readonly codec: CodecOptions | undefined;
}

/** The documents of a live projection: each reading folds the log. */
export class LiveReadModel<Doc> implements ReadModel<Doc> {
  readonly #projection: Projection<string, Doc>;
  readonly #parts: LiveParts;

  constructor(projection: Projection<string, Doc>, parts: LiveParts) {
    this.#projection = projection;
    this.#parts = parts;
  }

  async get(key: string): Promise<Doc | undefined> {
    const found = await this.getMany([key]);
    return found.get(key);
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Doc>> {
    checkAskedKeys(keys);
    checkDocumentKeys(this.#projection.name, this.#parts.tenant, keys);
    const { from } = this.#projection;
    const all = new Map<string, Doc>();
    if (from === undefined) return keys.length === 0 ? all : this.#fold({}, new Set(keys));
    for (const key of new Set(keys))
      for (const [found, document] of await this.#fold(from(key), new Set([key]))) all.set(found, document);
    return all;
  }

  async find(options: FindOptions<Doc> = {}): Promise<FoundPage<Doc>> {
    const query = queryOf(options);
    const all = await this.#all();
    return pageOf(
      all.filter(({ value }) => meets(value, query.conditions)),
      query,
    );
  }

  async count(where?: Where<Doc>): Promise<number> {
    const conditions = conditionsOf(where);
    const all = await this.#all();
    return all.filter(({ value }) => meets(value, conditions)).length;
  }

  async #all(): Promise<readonly Found<Doc>[]> {
    return [...(await this.#fold({}, undefined))].map(([key, value]) => ({ key, value }));
  }

  /** Folds the log into the documents of these keys, or into all. */
  async #fold(filter: LogFilter, wanted: ReadonlySet<string> | undefined): Promise<ReadonlyMap<string, Doc>> {
    const { events, codec, tenant } = this.#parts;
    const store = events();
    const { types } = this.#projection;
    const documents = new Map<string, Known>();
    const range = { filter: { ...filter, types, ...(tenant === '' ? {} : { tenant }) } };
    for (let after: Position | undefined, isEnd = false; !isEnd; ) {
      const page = await store.readAll(after === undefined ? range : { ...range, after });
      for (const entry of page.entries) {
        try {
          for (const planned of plannedEvents(this.#projection, entry, codec))
            this.#take(planned, wanted, documents);
        } catch (error) {
          throw placed(error, entry);
        }
      }
      after = page.next;
      isEnd = page.isEnd;
    }
    return present<Doc>(documents);
  }

  #take(
    { event, tenant, keys }: PlannedEvent,
    wanted: ReadonlySet<string> | undefined,
    into: Map<string, Known>,
  ): void {
    if (tenant !== this.#parts.tenant) return;
    const context = { tenant: tenant === '' ? undefined : tenant };
    for (const key of keys) {
      if (wanted !== undefined && !wanted.has(key)) continue;
      const known = evolved(this.#projection, into.get(key), event, { ...context, key });
      if (known === undefined) into.delete(key);
      else into.set(key, known);
    }
    if (into.size > MAX_LOOKED_AT) throw tooMany(this.#projection.name);
  }
}

/** What the fold of the definition has made. */
function present<Doc>(documents: ReadonlyMap<string, Known>): ReadonlyMap<string, Doc> {
  const all = new Map<string, Doc>();
  for (const [key, known] of documents) if (known !== undefined) all.set(key, known.document as Doc);
  return all;
}

function tooMany(name: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `Projection ${name} is live, so its documents are held in memory while it is read.`,
    expected: `at most ${MAX_LOOKED_AT} of them, or the placement async`,
    got: 'more',
  });
}
