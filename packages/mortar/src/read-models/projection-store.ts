import type { LogEntry, Position } from '../event-store/index.js';
import type { DocumentTransaction } from './document-store.js';

/**
 * Where a generation stands. `building` is read from the log beside the active one; `cancelled` was building, and waits for
 * somebody to go on with it. `active` is the one that is read; `retired` was. `removing` is being removed with all that it has.
 */
export type GenerationState = 'building' | 'cancelled' | 'active' | 'retired' | 'removing';

/** One making of a projection's read model from the log. */
export interface Generation {
  /** Of the module and the projection: `<module>/<projection>`. */
  readonly projection: string;
  /** From 1. No number of a projection comes twice. */
  readonly number: number;
  /** Of the code that makes it. */
  readonly fingerprint: string;
  readonly state: GenerationState;
  /** Whether every append of an event of its types brings it on; only an active one is. */
  readonly isInline: boolean;
  /** Milliseconds since the Unix epoch, by the clock of the store. */
  readonly begunAt: number;
  /** For how long it has been in its state, by the clock of the store. */
  readonly inStateMs: number;
}

/** What names a generation. */
export type GenerationName = Pick<Generation, 'projection' | 'number'>;

/** How a switch has ended. */
export type Activation =
  | { readonly kind: 'ok' }
  /** The active one has come further than the other. */
  | { readonly kind: 'behind'; readonly low: Position; readonly activeLow: Position }
  /** Keys are held, or dead letters wait for an operator. */
  | { readonly kind: 'unresolved'; readonly heldKeys: number; readonly deadLetters: number };

/** A generation that is inline. */
export interface InlineGeneration extends GenerationName {
  readonly fingerprint: string;
  /** Of the entries of the log that it takes. */
  readonly types: readonly string[];
}

/** All generations that are inline, and the number that stands for that. */
export interface Inlines {
  /** 0 where there are none. Else another number after each change, which never stands for anything else. */
  readonly epoch: number;
  readonly generations: readonly InlineGeneration[];
}

/** Folds entries of the log into a generation, in their order, within a transaction. */
export type Fold = (tx: DocumentTransaction, entries: readonly LogEntry[]) => Promise<void>;

/** How the attempt to make a generation inline has ended. */
export type Promotion =
  | { readonly kind: 'ok' }
  /** More of the log is before it than is folded while nobody appends. */
  | { readonly kind: 'behind' }
  | { readonly kind: 'paused' }
  /** Keys are held, or dead letters wait for an operator. */
  | { readonly kind: 'unresolved'; readonly heldKeys: number; readonly deadLetters: number };

/** Who has the lease of an inline generation, in the place of any process: nobody may deliver to it. */
export const INLINE_OWNER = 'inline';
/** How many entries of the log a promotion folds, at most, while nobody appends. */
export const MAX_REST = 1_000;

/**
 * The port to which generations of projections there are, and which of them is read. Every method is atomic, also where several
 * processes call it at once, and rejects as those of `EventStore` do. What an operator asks for is on record with the actor,
 * under the name of the generation's subscription.
 */
export interface ProjectionStore {
  /** Those that are not gone, by projection and number. */
  generations(projection?: string): Promise<readonly Generation[]>;
  /**
   * The generation that code of a fingerprint goes on with: the active one, or else the latest that is building, retired or
   * cancelled. Where there is none it begins one: active if the projection has none that is, else building.
   */
  begin(projection: string, fingerprint: string): Promise<Generation>;
  /**
   * Begins another generation of a fingerprint: beside the active one, or as the active one at once, with nothing in it yet.
   * @throws MortarError `MORTAR_GENERATION_STATE` where one of it is being built already
   */
  renew(
    projection: string,
    fingerprint: string,
    as: 'building' | 'active',
    actor?: string,
  ): Promise<Generation>;
  /**
   * Makes a generation that is building or retired the active one, if its checkpoint is not before that of the active one, and
   * nothing of it waits for a retry or an operator; the latter does not count with `force`. The one before is retired. Nothing
   * happens for the active one.
   * @throws MortarError `MORTAR_GENERATION_MISSING`, `MORTAR_GENERATION_STATE`
   */
  activate(
    name: GenerationName,
    options?: { readonly force?: boolean; readonly actor?: string },
  ): Promise<Activation>;
  /** Stops the building of one. @throws MortarError `MORTAR_GENERATION_MISSING`, `MORTAR_GENERATION_STATE` unless it is building */
  cancel(name: GenerationName, actor?: string): Promise<void>;
  /** Goes on with one that was cancelled. @throws MortarError `MORTAR_GENERATION_MISSING`, `MORTAR_GENERATION_STATE` unless it was */
  resume(name: GenerationName, actor?: string): Promise<void>;
  /**
   * From now on nobody goes on with it, and what it has may be dropped. Nothing happens for one that is gone or going.
   * @throws MortarError `MORTAR_GENERATION_STATE` for the active one and one that is building
   */
  remove(name: GenerationName, actor?: string): Promise<void>;
  /** What it had is dropped. Nothing happens unless it is `removing`. */
  removed(name: GenerationName): Promise<void>;
  /** Which generations are inline. Whoever appends says the epoch, see `Unit.inlineEpoch`. */
  inlines(): Promise<Inlines>;
  /**
   * Makes a generation that is active or building the active one, and inline: while nobody appends, what comes after its
   * checkpoint is folded by `fold`, 1,000 entries of these types at most. Whoever delivers to it loses the lease, and what he has
   * not committed by then is not committed. The one that was active before is retired. What waits for a retry or an operator
   * does not count with `force`. Nothing happens for one that is inline.
   * @throws MortarError `MORTAR_GENERATION_MISSING`, `MORTAR_GENERATION_STATE`; `MORTAR_STORE_UNAVAILABLE` where appends that
   * are under way do not end within a second; what `fold` throws
   */
  promote(
    name: GenerationName,
    types: readonly string[],
    fold: Fold,
    options?: { readonly force?: boolean },
  ): Promise<Promotion>;
  /**
   * From now on a generation is followed by its subscription again, from the head of the log on. Answers whether it was inline.
   * @throws MortarError `MORTAR_GENERATION_MISSING`; `MORTAR_STORE_UNAVAILABLE` as `promote`
   */
  demote(name: GenerationName): Promise<boolean>;
}

/** The name of a generation's subscription, and so of its checkpoint, its held keys and its dead letters. */
export function subscriptionOf({ projection, number }: GenerationName): string {
  return `${projection}#${number}`;
}
