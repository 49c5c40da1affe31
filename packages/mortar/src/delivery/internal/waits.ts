import type { Outcome } from '../../bus/index.js';
import type { Clock } from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';
import { type Position, partitionOf } from '../../event-store/index.js';
import type { DurableDeadLetterStore } from '../dead-letter-store.js';
import type { CheckpointInfo, DeliveryStore, HeldKey } from '../delivery-store.js';
import type { Processor, Told } from './processor/processor.js';

/** An event that somebody waits for. */
export interface Awaited {
  readonly id: string;
  readonly position: Position;
  /** Of the key by which it is kept in order. */
  readonly keyHash: number;
  readonly orderKey: string;
}

/** What waits work with. */
export interface WaitsParts {
  readonly store: DeliveryStore;
  readonly letters: DurableDeadLetterStore;
  readonly pulse: Clock;
}

interface Wait {
  readonly event: Awaited;
  readonly processor: Processor;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: MortarError) => void;
}

/** How often the store is asked for what this process does not see, since others do it. */
const LOOK_EVERY_MS = 100;

/** Those who wait until an event is handled. */
export class Waits {
  readonly #parts: WaitsParts;
  /** By subscription and position. */
  readonly #waits = new Map<string, Map<Position, Set<Wait>>>();
  #isLooking = false;
  #cancel: (() => void) | undefined = undefined;
  #isStopped = false;

  constructor(parts: WaitsParts) {
    this.#parts = parts;
  }

  /**
   * Resolves with what has become of an event in a subscription. Rejects with the signal's reason if it is aborted before,
   * and with `MORTAR_BUS_STOPPED` from the stop on.
   */
  add(event: Awaited, processor: Processor, signal: AbortSignal | undefined): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const wait: Wait = {
        event,
        processor,
        resolve: (outcome) => {
          signal?.removeEventListener('abort', abort);
          resolve(outcome);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      const abort = (): void => {
        this.#remove(wait);
        reject(signal?.reason);
      };
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      if (this.#isStopped) {
        reject(stopped(event));
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#put(wait);
      this.#lookSoon(this.#isSurelyPending(wait) ? LOOK_EVERY_MS : 0);
    });
  }

  /** A delivery of this process has come to something. */
  tell(subscription: string, { position, status, attempts }: Told): void {
    const waits = this.#waits.get(subscription)?.get(position);
    if (waits === undefined) return;
    for (const wait of [...waits]) {
      // What is dead has a letter, and what is behind it is held: the store says so.
      if (status === 'dead') this.#lookSoon(0);
      else this.#end(wait, outcomeOf(subscription, status, attempts));
    }
  }

  /** Whoever still waits is told that nobody looks any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    const all = [...this.#waits.values()].flatMap((byPosition) => [...byPosition.values()]);
    this.#waits.clear();
    for (const waits of all) for (const { event, reject } of waits) reject(stopped(event));
  }

  #put(wait: Wait): void {
    const { name } = wait.processor;
    const byPosition = this.#waits.get(name) ?? new Map<Position, Set<Wait>>();
    const waits = byPosition.get(wait.event.position) ?? new Set<Wait>();
    waits.add(wait);
    byPosition.set(wait.event.position, waits);
    this.#waits.set(name, byPosition);
  }

  #remove(wait: Wait): void {
    const { name } = wait.processor;
    const byPosition = this.#waits.get(name);
    const waits = byPosition?.get(wait.event.position);
    waits?.delete(wait);
    if (waits?.size === 0) byPosition?.delete(wait.event.position);
    if (byPosition?.size === 0) this.#waits.delete(name);
  }

  #end(wait: Wait, outcome: Outcome): void {
    this.#remove(wait);
    wait.resolve(outcome);
  }

  #isSurelyPending({ event, processor }: Wait): boolean {
    return processor.isPending(event.position, partitionOf(event.keyHash, processor.partitions));
  }

  #lookSoon(afterMs: number): void {
    if (this.#isLooking) return;
    if (afterMs === 0) this.#cancel?.();
    else if (this.#cancel !== undefined) return;
    this.#cancel = this.#parts.pulse.after(afterMs, () => {
      this.#cancel = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    try {
      for (const waits of this.#waits.values())
        await this.#lookAt(
          [...waits.values()].flatMap((some) => [...some]).filter((wait) => !this.#isSurelyPending(wait)),
        );
    } catch {
      // The store is asked again; whoever waits has a limit of its own.
    } finally {
      this.#isLooking = false;
      if (this.#waits.size > 0) this.#lookSoon(LOOK_EVERY_MS);
    }
  }

  async #lookAt(waits: readonly Wait[]): Promise<void> {
    const [first] = waits;
    if (first === undefined) return;
    const { name, partitions } = first.processor;
    const numbers = [...new Set(waits.map(({ event }) => partitionOf(event.keyHash, partitions)))];
    // In this order: an event leaves the log's backlog before it is held, and is held before it is dead.
    const checkpoints = await this.#parts.store.checkpoints(name);
    const held = await this.#parts.store.heldKeys(name, numbers);
    for (const wait of waits) {
      const outcome = await this.#outcomeOf(wait, checkpoints, held);
      if (outcome !== undefined) this.#end(wait, outcome);
    }
  }

  async #outcomeOf(
    { event, processor: { name, partitions } }: Wait,
    checkpoints: readonly CheckpointInfo[],
    held: readonly HeldKey[],
  ): Promise<Outcome | undefined> {
    const { position, orderKey, id } = event;
    const number = partitionOf(event.keyHash, partitions);
    const checkpoint = checkpoints.find(({ partition }) => partition === number);
    const isAccounted =
      checkpoint !== undefined && (position <= checkpoint.low || checkpoint.ahead.includes(position));
    if (!isAccounted) return undefined;
    const key = held.find((one) => one.orderKey === orderKey);
    const isHeld = key !== undefined && key.first <= position && position <= key.last;
    if (isHeld && key.state !== 'dead') return undefined;
    if (isHeld && key.first < position)
      return { subscription: name, status: 'held', attempts: 0, error: key.failures.at(-1)?.error };
    const letter = await this.#parts.letters.find(name, id);
    if (letter?.state === 'replaying') return undefined;
    // One that was discarded was not handled either, now or ever.
    if (letter?.state !== 'dead' && letter?.state !== 'discarded')
      return outcomeOf(name, 'handled', letter?.attempts ?? 1);
    const { attempts, error } = letter;
    return { subscription: name, status: 'dead', attempts, error, deadLetterId: letter.id };
  }
}

function stopped({ id }: Awaited): MortarError {
  return new MortarError('MORTAR_BUS_STOPPED', {
    rule: 'Deliveries that have stopped wait for no handler.',
    expected: `running deliveries until event ${id} is handled`,
    got: 'a stop; the event is in the log and will be handled',
  });
}

function outcomeOf(subscription: string, status: 'handled' | 'skipped', attempts: number): Outcome {
  if (status === 'handled') return { subscription, status, attempts };
  return { subscription, status, attempts, error: undefined };
}
