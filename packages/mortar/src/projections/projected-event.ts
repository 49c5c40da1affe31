import type { DataOf, EventContract } from '../contracts/index.js';
import type { StreamId, Version } from '../event-store/index.js';
import type { DomainEvent } from '../sourcing/index.js';

/**
 * An event as a projection sees it: with what every placement knows of it. Its position and the time of its recording are not among
 * that, since a projection in the transaction of the append comes before both.
 */
export interface ProjectedEvent<N extends string = string, Data = unknown> extends DomainEvent<N, Data> {
  readonly id: string;
  /** Absent, as the version is, for an event that was published and belongs to no stream. */
  readonly streamId: StreamId | undefined;
  readonly version: Version | undefined;
  readonly key: string | undefined;
  readonly tags: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly occurredAt: number;
  readonly actor: string | undefined;
  readonly tenant: string | undefined;
}

/** The projected events of contracts, a union that narrows on `type`. */
export type ProjectedEventOf<C extends EventContract> = C extends EventContract
  ? ProjectedEvent<C['name'], DataOf<C>>
  : never;

/** The projected events of the one among contracts that has this name. */
export type ProjectedEventNamed<C extends EventContract, N extends string> = ProjectedEventOf<
  Extract<C, { readonly name: N }>
>;

/** What a fold is told beside the document and the event. There is nothing in it to publish or dispatch with. */
export interface ProjectionContext {
  /** Of the document. */
  readonly key: string;
  /** Of the document: absent where the projection is not one per tenant, and for events of no tenant. */
  readonly tenant: string | undefined;
}
