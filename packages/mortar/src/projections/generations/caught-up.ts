import type { Clock } from '../../contracts/index.js';
import type { OpenStore } from '../../delivery/index.js';
import { checkWholeNumber, MAX_DELAY_MS, MortarError } from '../../errors/index.js';
import type { LogEntry, Position } from '../../event-store/index.js';
import { type GenerationName, INLINE_OWNER, subscriptionOf } from '../../read-models/index.js';

/** How long, and for what, one waits for a read model. */
export interface CaughtUpOptions {
  /** What the read model must have: all of the log up to here. The head of the log at the call unless said. */
  readonly position?: Position;
  /** 5,000 unless said. */
  readonly timeoutMs?: number;
}

/** What is waited with. */
export interface CaughtUpParts {
  readonly store: Pick<OpenStore, 'events' | 'deliveries'>;
  readonly pulse: Clock;
  /** Of the generation that is read, by whoever asks now. */
  readonly read: () => GenerationName;
  readonly types: readonly string[];
  /** Whoever asks has been told that what he reads has come so far: no other generation is read that has not. */
  readonly promised: (position: Position) => void;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** How often the store is asked for what another process does. */
const LOOK_EVERY_MS = 25;

/** Those who wait until a read model has come up to a position. */
export class CaughtUpWaits {
  readonly #wakeUps = new Set<() => void>();
  #isStopped = false;

  /** Something of a read model was committed in this process, or another generation is read. */
  wake(): void {
    for (const wakeUp of [...this.#wakeUps]) wakeUp();
  }

  /** Whoever waits is told that nobody looks any more. */
  stop(): void {
    this.#isStopped = true;
    this.wake();
  }

  /**
   * Resolves when everything up to the position is in the generation that is read. What waits for a retry is not; what waits for
   * an operator, as a dead letter or behind one, is not waited for.
   * @throws MortarError `MORTAR_WAIT_TIMEOUT`, `MORTAR_BUS_STOPPED`, `MORTAR_OPTIONS_INVALID`; as the store
   */
  async until(
    parts: CaughtUpParts,
    { position, timeoutMs = DEFAULT_TIMEOUT_MS }: CaughtUpOptions,
  ): Promise<void> {
    checkWholeNumber('timeoutMs', timeoutMs, 0, MAX_DELAY_MS);
    if (position !== undefined) checkWholeNumber('position', position, 0, Number.MAX_SAFE_INTEGER);
    const { pulse, store } = parts;
    const endsAt = pulse.now() + timeoutMs;
    const wanted = position ?? (await store.events.head());
    for (;;) {
      const change = this.#change(pulse);
      const generation = parts.read();
      const isCaught = await isCaughtUp(parts, generation, wanted).catch((error: unknown) => {
        change.cancel();
        throw error;
      });
      const isThere = isCaught && parts.read().number === generation.number;
      if (isThere) parts.promised(wanted);
      if (isThere || this.#isStopped || pulse.now() >= endsAt) {
        change.cancel();
        if (isThere) return;
        throw this.#isStopped ? stopped(parts.read()) : late(parts.read(), wanted, timeoutMs);
      }
      await change.happened;
    }
  }

  /** From now on, so that none is missed while the store is asked. */
  #change(pulse: Clock): { readonly happened: Promise<void>; readonly cancel: () => void } {
    let resolve = (): void => undefined;
    const happened = new Promise<void>((done) => {
      resolve = done;
    });
    const end = (): void => {
      this.#wakeUps.delete(end);
      cancelTimer();
      resolve();
    };
    const cancelTimer = pulse.after(LOOK_EVERY_MS, end);
    this.#wakeUps.add(end);
    return { happened, cancel: end };
  }
}

/** Whether a generation has everything up to a position, as far as it does not wait for an operator. */
async function isCaughtUp(
  { store, types }: CaughtUpParts,
  generation: GenerationName,
  wanted: Position,
): Promise<boolean> {
  const subscription = subscriptionOf(generation);
  const [checkpoint] = await store.deliveries.checkpoints(subscription);
  if (checkpoint === undefined) return false;
  const { low } = checkpoint;
  // It has all that was committed when its checkpoint was read.
  if (checkpoint.owner === INLINE_OWNER) return wanted <= (await store.events.head());
  // That of another log, which has come further than this one: nothing is folded.
  if (low > wanted && low > (await store.events.head())) return false;
  if (low < wanted && (await gapAfter(store, low, types, wanted)).upTo < wanted) return false;
  if (checkpoint.heldKeys === 0) return true;
  const held = await store.deliveries.heldKeys(subscription, [0]);
  return held.every(({ state, first }) => state === 'dead' || first > wanted);
}

/**
 * Up to where nothing of some types comes after a position, and what comes then, if anything does: a checkpoint tells a little later
 * that it has passed what is of other types.
 */
export async function gapAfter(
  { events }: Pick<OpenStore, 'events'>,
  position: Position,
  types: readonly string[],
  to: Position,
): Promise<{ readonly upTo: Position; readonly first: LogEntry | undefined }> {
  let upTo = position;
  while (upTo < to) {
    const { entries, next, isEnd } = await events.readAll({ after: upTo, to, limit: 1, filter: { types } });
    if (entries[0] !== undefined) return { upTo, first: entries[0] };
    upTo = next;
    if (isEnd) break;
  }
  return { upTo, first: undefined };
}

function stopped({ projection }: GenerationName): MortarError {
  return new MortarError('MORTAR_BUS_STOPPED', {
    rule: 'Read models are waited for between the start and the stop of their app.',
    expected: `a running app until ${projection} has come up to the position`,
    got: 'a stop; the events are in the log, and it will come up to them',
    details: { projection },
  });
}

function late({ projection }: GenerationName, position: Position, timeoutMs: number): MortarError {
  return new MortarError('MORTAR_WAIT_TIMEOUT', {
    rule: 'A read model is waited for until its time is over.',
    expected: `${projection} to have come up to position ${position} within ${timeoutMs} ms`,
    got: 'less of it; the status of the projections says how it stands',
    details: { projection, position, timeoutMs },
  });
}
