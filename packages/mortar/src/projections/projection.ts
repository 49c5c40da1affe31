import type { EventContract } from '../contracts/index.js';
import { checkKeys } from '../errors/index.js';
import type { LogFilter } from '../event-store/index.js';
import type { FieldOf } from '../read-models/index.js';
import type { DomainEventOf, Retired } from '../sourcing/index.js';
import {
  type BaseOptions,
  baseOf,
  checkFlag,
  checkFunction,
  functionsOf,
  sourcesByName,
} from './internal/definition/base.js';
import { indexesOf } from './internal/definition/indexes.js';
import { keysOf } from './internal/definition/keys.js';
import { checkPlacement } from './internal/definition/placement.js';
import type {
  ProjectedEvent,
  ProjectedEventNamed,
  ProjectedEventOf,
  ProjectionContext,
} from './projected-event.js';

/** What becomes of other events when one is a dead letter: those of its document wait, none do, or all of the projection wait. */
export type OnDead = 'hold' | 'continue' | 'stop';

/** What becomes of other events when one can't be read, so that nobody knows its document: all of the projection wait, or none do. */
export type OnUnreadable = 'hold' | 'continue';

/** What projections of every kind are, as data. */
export interface ProjectionBase<N extends string = string, C extends EventContract = EventContract> {
  readonly name: N;
  /** By type. */
  readonly events: ReadonlyMap<string, C>;
  readonly retired: ReadonlyMap<string, Retired>;
  /** The types of all entries of the log that it takes: of its events, and retired ones. */
  readonly types: readonly string[];
  readonly version: number;
  /** Stands for everything that what it makes depends on: code of another fingerprint makes another generation. */
  readonly fingerprint: string;
  /** How many events a delivery takes at once, at most. */
  readonly batch: number;
  readonly onDead: OnDead;
  readonly onUnreadable: OnUnreadable;
}

/**
 * A fold of events into documents by key. `async` follows the log and keeps its documents; `inline` does the same until it has come
 * to the end of the log, and is brought on by each append itself from then on; `live` folds when it is read and keeps nothing.
 */
export interface Projection<N extends string = string, Doc = unknown, C extends EventContract = EventContract>
  extends ProjectionBase<N, C> {
  readonly kind: 'documents';
  readonly placement: 'async' | 'live' | 'inline';
  /** Whether each tenant has documents of its own. */
  readonly perTenant: boolean;
  /** Whether an entry of the log may have a part in several documents; then a failing one holds all. */
  readonly hasSeveralKeys: boolean;
  /** The fields that documents may be found and sorted by in the store, each once. */
  readonly fields: readonly string[];
  /** Lists of fields, the leading one first. */
  readonly indexes: readonly (readonly string[])[];
  /** The keys of the documents that an event has a part in, each once. @throws MortarError `MORTAR_FOLD_FAILED` */
  readonly keysOf: (event: ProjectedEvent) => readonly string[];
  readonly initialState: (key: string) => Doc;
  /** The document after the event, which is one of `events`; nothing where it is removed. May throw. */
  readonly evolve: (document: unknown, event: ProjectedEvent, context: ProjectionContext) => unknown;
  /** Of a live one: where the events of a document are found, beside their types. */
  readonly from: ((key: string) => LogFilter) | undefined;
}

/** How events have keys: one function for all of them, or one for each type. */
export type KeyOptions<C extends EventContract, Keys> =
  | ((event: ProjectedEventOf<C>) => Keys)
  | { readonly [N in C['name']]: (event: ProjectedEventNamed<C, N>) => Keys };

/** What `projection` takes. */
export interface ProjectionDefinition<Doc, C extends EventContract> extends BaseOptions<C> {
  /** The contracts of all its events, of whichever modules. */
  readonly events: readonly C[];
  /** A document before its first event, and after the event that has removed it. */
  readonly initialState: (key: string) => Doc;
  /**
   * For each type of events, what becomes of a document; `undefined` removes it. Pure: it answers at once, keeps nothing, and
   * changes nothing that it is given.
   */
  readonly on: {
    readonly [N in C['name']]: (
      document: NoInfer<Doc>,
      event: ProjectedEventNamed<C, N>,
      context: ProjectionContext,
    ) => NoInfer<Doc> | undefined;
  };
  /**
   * The key of the document that an event has a part in, of 1 to 1,024 bytes; `undefined` for none. A failing event then holds
   * its document alone, unless the projection has retired events.
   */
  readonly key?: KeyOptions<C, string | undefined>;
  /** In place of `key`, where an event may have a part in several documents, 100 at most. A failing event then holds all documents. */
  readonly keys?: KeyOptions<C, readonly string[]>;
  /** Whether each tenant has documents of its own; else all events go into the same. */
  readonly perTenant?: boolean;
  /** Fields that documents are found and sorted by in the store: single ones, or lists of 1 to 4, the leading one first. 16 at most. */
  readonly indexes?: readonly (FieldOf<Doc> | readonly FieldOf<Doc>[])[];
  /**
   * `async` unless said. With `inline`, documents are changed in the transaction that appends an event: whoever has published
   * something finds it there, appends of one document's events wait for each other, and an event that `on` throws for is not appended.
   */
  readonly placement?: 'async' | 'live' | 'inline';
  /** Where a live one finds the events of a document, beside their types, such as `{ orderKeys: [key] }`; in all of the log unless said. */
  readonly from?: (key: string) => LogFilter;
  /** Event types that lie in the log and that nobody publishes any more. */
  readonly retired?: readonly Retired<DomainEventOf<NoInfer<C>>>[];
}

/** With the most keys of each event, these are as many documents as a unit of work changes. */
const MAX_BATCH_OF_SEVERAL = 100;
const MAX_BATCH = 1_000;

const KEYS = [
  'events',
  'initialState',
  'on',
  'key',
  'keys',
  'perTenant',
  'indexes',
  'placement',
  'from',
  'retired',
  'version',
  'fingerprint',
  'batch',
  'onDead',
  'onUnreadable',
] as const satisfies readonly (keyof ProjectionDefinition<unknown, EventContract>)[];

/**
 * Declares a fold of events into documents by key.
 * @example
 * export const ordersByDay = projection('orders-by-day', {
 *   events: [OrderPlaced, OrderCancelled],
 *   initialState: () => ({ orders: 0, total: 0 }),
 *   key: ({ occurredAt }) => new Date(occurredAt).toISOString().slice(0, 10),
 *   on: {
 *     'shop.order-placed': (day, { data }) => ({ orders: day.orders + 1, total: day.total + data.total }),
 *     'shop.order-cancelled': (day, { data }) => ({ orders: day.orders - 1, total: day.total - data.total }),
 *   },
 *   indexes: ['total'],
 * });
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function projection<const N extends string, Doc, C extends EventContract>(
  name: N,
  definition: ProjectionDefinition<Doc, C>,
): Projection<N, Doc, C> {
  const owner = `projection ${String(name)}`;
  checkKeys(owner, definition, KEYS);
  const { initialState, on, perTenant = false, from } = definition;
  const placement = checkPlacement(owner, definition);
  checkFunction(owner, 'initialState', initialState);
  checkFlag(owner, 'perTenant', perTenant);
  const { fields, indexes } = indexesOf(owner, definition.indexes ?? []);
  const keys = keysOf(owner, definition);
  const base = baseOf<N, C>(name, definition, {
    sources: [initialState, ...keys.sources, ...sourcesByName(on)],
    shape: { perTenant, indexes },
    maxBatch: keys.areSeveral ? MAX_BATCH_OF_SEVERAL : MAX_BATCH,
  });
  const handlers = functionsOf<Projection['evolve']>(owner, 'on', on, [...base.events.keys()]);
  return Object.freeze({
    ...base,
    kind: 'documents',
    placement,
    perTenant,
    hasSeveralKeys: keys.areSeveral || base.retired.size > 0,
    fields,
    indexes,
    keysOf: keys.of,
    initialState,
    evolve: (document, event, context) => handlers.get(event.type)?.(document, event, context),
    from,
  } satisfies Projection<N, Doc, C>);
}
