import type { Clock } from '../../../contracts/index.js';
import { type ErrorCode, MortarError } from '../../../errors/index.js';
import type { Position } from '../../../event-store/index.js';
import { delayOf } from '../../../resilience/backoff.js';
import type { BatchOutcome, DeliveryStore } from '../../delivery-store.js';
import { type Delivery, type Ending, isSuccess, type KeyState } from './delivery.js';
import { Draft, type DraftRules } from './draft.js';
import type { Partition } from './partition.js';

/** What a committer works with. */
export interface CommitterParts {
  readonly store: DeliveryStore;
  readonly subscription: string;
  readonly pulse: Clock;
  readonly rules: () => DraftRules;
  /** A draft was committed. */
  readonly settled: (draft: Draft) => void;
  /** The effects of deliveries could not be committed, for a reason of their own. */
  readonly refused: (members: readonly Delivery[], error: unknown) => void;
  /** The leases of these partitions are not held any more, or it is not known whether something was committed under them. */
  readonly lost: (partitions: readonly Partition[], error: unknown) => void;
  /** A key is about to be held at a position. */
  readonly holding: (key: KeyState, position: Position) => void;
  /** Brings the next part of a held key's tail to hand. */
  readonly readTail: (key: KeyState) => Promise<void>;
  readonly failed: (error: unknown) => void;
  /** The store does not answer, or it does again. */
  readonly storeFailed: (error: unknown) => void;
  readonly storeWorks: () => void;
  /** Everything that had ended is committed. */
  readonly calmed: () => void;
}

/** How many units share a transaction at most, so that it is short. */
const MAX_UNITS = 500;
/** When the tail of a key is asked for again that could not be read. */
const TAIL_AGAIN_MS = 1_000;
const OVER: readonly ErrorCode[] = ['MORTAR_STORE_CLOSED', 'MORTAR_STORE_BROKEN'];
const STORE_BACKOFF = { kind: 'exponential', delayMs: 50, maxDelayMs: 5_000, jitter: false } as const;

/**
 * Commits what has ended: one batch at a time, with all that ended while the one before was under way. A batch that failed
 * for one of its units is committed without it, or unit by unit where it is not known which it was.
 */
export class Committer {
  readonly #parts: CommitterParts;
  #endings: Ending[] = [];
  /** Those that are committed one by one. */
  #alone: Ending[] = [];
  /** One that failed alone as if the store were out. It is to blame if the store takes anything else. */
  #doubted: { readonly ending: Ending; readonly error: unknown } | undefined = undefined;
  readonly #keys = new Set<KeyState>();
  readonly #partitions = new Set<Partition>();
  /** Endings that wait for the tail of their key. */
  #tails = 0;
  #isBusy = false;
  #failures = 0;
  #cancelWait: (() => void) | undefined = undefined;
  #idle: (() => void)[] = [];

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  get isIdle(): boolean {
    return !this.#isBusy && !this.#hasWork && this.#tails === 0;
  }

  /** Deliveries that have ended and are not committed. */
  get pending(): number {
    return this.#endings.length + this.#alone.length + this.#tails + (this.#doubted === undefined ? 0 : 1);
  }

  add(ending: Ending): void {
    this.#endings.push(ending);
    this.#schedule();
  }

  /** Something waits behind a held key. */
  extend(key: KeyState): void {
    this.#keys.add(key);
    this.#schedule();
  }

  /** How far a partition has come is to be committed. */
  touch(partition: Partition): void {
    this.#partitions.add(partition);
    this.#schedule();
  }

  /** Resolves when there is nothing to commit. */
  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Gives up what is not committed. */
  stop(): void {
    this.#cancelWait?.();
    this.#endings = [];
    this.#alone = [];
    this.#doubted = undefined;
    this.#keys.clear();
    this.#partitions.clear();
    for (const resolve of this.#idle.splice(0)) resolve();
    this.#parts.calmed();
  }

  get #hasWork(): boolean {
    const isToCome = this.#endings.length + this.#alone.length + this.#keys.size + this.#partitions.size > 0;
    return isToCome || this.#doubted !== undefined;
  }

  /** After the microtasks, so that what ends in one turn shares a batch. */
  #schedule(): void {
    if (this.#isBusy || this.#cancelWait !== undefined) return;
    this.#isBusy = true;
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    const draft = this.#gather();
    // With the leases under which it failed, what it failed at is gone: nothing would ever say that the store is back.
    if (!draft.isEmpty) await this.#commit(draft);
    else if (this.#tails === 0) this.#works();
    this.#isBusy = false;
    if (this.#cancelWait === undefined && this.#hasWork) this.#schedule();
    else this.#tellIdle();
  }

  #tellIdle(): void {
    if (!this.isIdle) return;
    for (const resolve of this.#idle.splice(0)) resolve();
    this.#parts.calmed();
  }

  #gather(): Draft {
    const draft = new Draft(this.#parts.rules());
    if (this.#doubted !== undefined && !isLost(this.#doubted.ending)) {
      for (const { partition } of this.#doubted.ending.members) draft.touch(partition);
      return draft;
    }
    this.#endDoubt((ending) => this.#alone.unshift(ending));
    const changed = new Set<KeyState>();
    const [first] = this.#alone.splice(0, 1);
    if (first !== undefined) this.#include(draft, first, changed);
    else {
      const endings = this.#endings;
      this.#endings = [];
      for (const ending of endings) {
        if (draft.units.length >= MAX_UNITS) this.#endings.push(ending);
        else this.#include(draft, ending, changed);
      }
      this.#extend(draft, changed);
    }
    for (const partition of this.#partitions) if (partition.state !== 'lost') draft.touch(partition);
    this.#partitions.clear();
    return draft;
  }

  /** An ending waits for the next batch if its key is changed by this one. */
  #include(draft: Draft, ending: Ending, changed: Set<KeyState>): void {
    if (isLost(ending)) {
      // What the members of a batch did together can't be committed in part: those whose lease is held are called again.
      if (ending.members.length > 1) this.#parts.refused(ending.members, undefined);
      return;
    }
    const [delivery] = ending.members;
    if (ending.kind === 'runOn' && delivery?.startedAt === 0) return;
    if (changed.size > 0 && ending.members.some(({ key }) => changed.has(key))) {
      this.#endings.push(ending);
      return;
    }
    const without = ending.members.find((member) => lacksTail(member, ending, this.#parts.rules()));
    if (without !== undefined) {
      void this.#awaitTail(without.key, ending);
      return;
    }
    if (!isSuccess(ending)) {
      const [{ key, position, replay }] = ending.members;
      // A replay holds no key.
      if (replay === undefined) this.#parts.holding(key, position);
    }
    draft.add(ending);
    for (const { key, replay } of ending.members)
      if (key.hold !== undefined || replay !== undefined || ending.kind !== 'done') changed.add(key);
  }

  #extend(draft: Draft, changed: ReadonlySet<KeyState>): void {
    for (const key of this.#keys) {
      this.#keys.delete(key);
      const isHeld = key.hold !== undefined && key.waiting.length > 0 && key.partition.state !== 'lost';
      if (isHeld && !changed.has(key)) draft.extend(key);
    }
  }

  /** An ending comes back when the tail that it waits for is at hand, or to ask for it again. */
  async #awaitTail(key: KeyState, ending: Ending): Promise<void> {
    this.#tails += 1;
    try {
      await this.#parts.readTail(key);
    } catch (error) {
      this.#parts.failed(error);
      if (isOver(error)) this.#parts.lost([key.partition], error);
      else await new Promise<void>((resolve) => this.#parts.pulse.after(TAIL_AGAIN_MS, resolve));
    }
    this.#tails -= 1;
    this.add(ending);
  }

  async #commit(draft: Draft): Promise<void> {
    let outcome: BatchOutcome;
    try {
      outcome = await this.#parts.store.commit(draft.batch(this.#parts.subscription));
    } catch (error) {
      draft.takeBack();
      this.#failed(draft, error);
      return;
    }
    this.#works();
    if (outcome.ok) {
      this.#parts.settled(draft);
      this.#endDoubt(({ members }, error) => this.#parts.refused(members, error));
      return;
    }
    draft.takeBack();
    this.#separate(draft, outcome.unit, outcome.error);
  }

  #failed(draft: Draft, error: unknown): void {
    const code = error instanceof MortarError ? error.code : undefined;
    if (draft.units.length > 0 && !isOfStore(error)) {
      this.#separate(draft, undefined, error);
      return;
    }
    if (code === 'MORTAR_LEASE_LOST' || code === 'MORTAR_COMMIT_UNKNOWN' || isOver(error)) {
      this.#putBack(draft, draft.endings);
      const isKnown = code === 'MORTAR_LEASE_LOST';
      this.#parts.lost(isKnown ? lostOf(draft, error) : [...draft.partitions], error);
    } else {
      this.#putOff(draft, error);
      this.#wait(error);
    }
  }

  /**
   * The store seems to be out, and one unit may be the reason: from the second time on units go one by one, and one that
   * fails alone waits until it is seen whether the store takes anything else.
   */
  #putOff(draft: Draft, error: unknown): void {
    const withUnits = draft.endings.filter((ending) => unitOf(ending) !== undefined);
    const [only] = withUnits;
    if (this.#failures === 0 || only === undefined) {
      this.#putBack(draft, draft.endings);
      this.#endDoubt((ending) => this.#alone.unshift(ending));
      return;
    }
    this.#putBack(
      draft,
      draft.endings.filter((ending) => unitOf(ending) === undefined),
    );
    if (withUnits.length === 1) this.#doubted = { ending: only, error };
    else this.#alone.push(...withUnits);
  }

  #endDoubt(end: (ending: Ending, error: unknown) => void): void {
    const doubted = this.#doubted;
    this.#doubted = undefined;
    if (doubted !== undefined) end(doubted.ending, doubted.error);
  }

  /** A store that can't be reached, or refuses a batch as a whole, is asked again after a while. */
  #wait(error: unknown): void {
    this.#failures += 1;
    this.#parts.storeFailed(error);
    this.#cancelWait = this.#parts.pulse.after(delayOf(STORE_BACKOFF, this.#failures), () => {
      this.#cancelWait = undefined;
      this.#schedule();
    });
  }

  #works(): void {
    if (this.#failures > 0) this.#parts.storeWorks();
    this.#failures = 0;
  }

  /** One unit has failed: it is the handler's failure. */
  #separate(draft: Draft, unit: string | undefined, error: unknown): void {
    const withUnits = draft.endings.filter((ending) => unitOf(ending) !== undefined);
    const culprit =
      withUnits.length === 1 ? withUnits[0] : withUnits.find((ending) => unitOf(ending)?.id === unit);
    this.#putBack(
      draft,
      draft.endings.filter(
        (ending) => ending !== culprit && (culprit !== undefined || unitOf(ending) === undefined),
      ),
    );
    if (culprit !== undefined) this.#parts.refused(culprit.members, error);
    else this.#alone.push(...withUnits);
  }

  #putBack(draft: Draft, endings: readonly Ending[]): void {
    this.#endings.unshift(...endings);
    for (const { key } of draft.keyChanges) if (key.hold !== undefined) this.#keys.add(key);
    for (const partition of draft.partitions) this.#partitions.add(partition);
  }
}

/** Whether the store will never answer again. */
function isOver(error: unknown): boolean {
  return error instanceof MortarError && OVER.includes(error.code);
}

/** Whether an error says something of the store or the leases, and nothing of a unit. */
function isOfStore(error: unknown): boolean {
  if (!(error instanceof MortarError)) return false;
  const { category, code } = error;
  return category === 'unavailable' || code === 'MORTAR_LEASE_LOST' || code.startsWith('MORTAR_STORE_');
}

function unitOf(ending: Ending): { readonly id: string } | undefined {
  return 'unit' in ending ? ending.unit : undefined;
}

function isLost({ members }: Ending): boolean {
  return members.some(({ partition }) => partition.state === 'lost');
}

/** Whether a held key goes on with an event that is yet to be read. */
function lacksTail({ key, position }: Delivery, { kind }: Ending, { onDead }: DraftRules): boolean {
  const { hold } = key;
  if (hold === undefined || hold.first !== position) return false;
  const isOver = kind === 'done' || kind === 'skipped' || (kind === 'dead' && onDead === 'continue');
  return isOver && key.tail.length === 0 && key.tailTo !== hold.last && hold.last > hold.first;
}

function lostOf(draft: Draft, error: unknown): readonly Partition[] {
  const named: unknown = error instanceof MortarError ? error.details['partitions'] : undefined;
  const lost = [...draft.partitions].filter(({ number }) => Array.isArray(named) && named.includes(number));
  return lost.length > 0 ? lost : [...draft.partitions];
}
