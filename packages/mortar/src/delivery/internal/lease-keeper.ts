import type { Clock } from '../../contracts/index.js';
import { MortarError, messageOf } from '../../errors/index.js';
import { keyHashOf, type Position } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import { aheadOfLog, INLINE_OWNER } from '../../read-models/index.js';
import type { DeliveryStore, Lease, LeaseName, SubscriptionPresence } from '../delivery-store.js';
import { LeaseGuard } from './lease-guard.js';
import type { Processor } from './processor/processor.js';
import { pulseClock } from './pulse.js';

/** What a keeper of leases works with. */
export interface LeaseKeeperParts {
  readonly store: DeliveryStore;
  /** The last position of the log, which may lag behind what was read from it, for a moment. */
  readonly head: () => Promise<Position>;
  readonly owner: string;
  readonly ttlMs: number;
  readonly pulse: Clock;
  readonly logger: Logger;
  /** Those that there are now. */
  readonly processors: () => readonly Processor[];
  /** Prolongs leases, as `DeliveryStore.renew`. */
  readonly renew: (leases: readonly LeaseName[], ttlMs: number) => Promise<readonly LeaseName[]>;
}

/** A heartbeat that comes this much later than it should says that the event loop was blocked. */
const LATE_MS = 1_000;
/** A lease that lasts for so many lives of ours is not one that somebody prolongs: a clock was wrong. */
const FAR_LIVES = 10;
/** For how long checkpoints must be seen ahead of the log: the head is not behind for so long. */
const AHEAD_FOR_MS = 3_000;
const OVER: readonly string[] = ['MORTAR_STORE_CLOSED', 'MORTAR_STORE_BROKEN'];

/**
 * Keeps the leases of a process. With every heartbeat, three within the life of a lease, it prolongs those that it has,
 * announces itself, and takes or gives up so many that every process that has announced itself has its share.
 */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  #cancel: (() => void) | undefined = undefined;
  #beating: Promise<void> | undefined = undefined;
  #isAsked = false;
  #isStopped = false;
  #hasFailed = false;
  #dueAt = 0;
  #guard: LeaseGuard | undefined = undefined;
  /** Since when subscriptions are seen ahead of the log, by name. */
  readonly #aheadSince = new Map<string, number>();
  /** Why subscriptions are not delivered any more, by name. */
  readonly #halts = new Map<string, MortarError>();
  /** Subscriptions of which far leases were told. */
  readonly #toldFar = new Set<string>();
  /**
   * Those that are about to go on under a lease that the process has. Should it expire meanwhile, it is not taken anew for them: the
   * same partition under two leases would have its keys in two orders.
   */
  readonly #adopting = new Set<Processor>();

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  /** Those of all processors. */
  get leases(): readonly LeaseName[] {
    return this.#parts.processors().flatMap((processor) => processor.leases);
  }

  /** Whether it is about to take or give up leases, or to halt a subscription. */
  get isBusy(): boolean {
    return this.#beating !== undefined || this.#aheadSince.size > 0;
  }

  /** Why a subscription is not delivered until the process starts again. */
  haltOf(name: string): MortarError | undefined {
    return this.#halts.get(name);
  }

  /** Resolves when the first leases are taken. Rejects if the store does not answer. */
  async start(): Promise<void> {
    const beat = this.#beat();
    // A lease that is lost meanwhile asks for another look, after this one: two at once may take a partition twice.
    this.#beating = beat.catch(() => undefined);
    try {
      await beat;
    } finally {
      this.#beating = undefined;
    }
    if (this.#isAsked) this.#run();
    else this.#rest();
  }

  /** Looks now, for leases may be free. */
  hurry(): void {
    this.#isAsked = true;
    if (this.#beating === undefined) this.#run();
  }

  /**
   * Lets a processor go on under a lease that the process has, unless it was lost by now. It is released where nothing goes on
   * under it, so that it can be taken again before it expires. Never rejects.
   */
  async adopt(processor: Processor, lease: Lease): Promise<void> {
    this.#adopting.add(processor);
    try {
      await this.#adopt(processor, lease);
    } finally {
      this.#adopting.delete(processor);
    }
  }

  async #adopt(processor: Processor, lease: Lease): Promise<void> {
    const { store, pulse, ttlMs, renew, logger } = this.#parts;
    const now = pulse.now();
    try {
      const held = await renew([lease], ttlMs);
      if (!isAmong(lease, held)) return;
      if (processor.isEnding) {
        await store.release([lease]);
        return;
      }
      this.#guardLeases([...this.leases, lease]);
      processor.trustUntil(now + ttlMs);
      await processor.take([lease]);
    } catch (error) {
      logger.warn({ subscription: processor.name, error: messageOf(error) }, 'A lease could not be adopted');
      // If that fails too, it expires by itself.
      await store.release([lease]).catch(() => undefined);
    }
  }

  /** Forgets what it knows of a subscription that is not delivered here any more. */
  forget(name: string): void {
    this.#aheadSince.delete(name);
    this.#halts.delete(name);
    this.#toldFar.delete(name);
  }

  /** Takes no more, and renews no more once this resolves. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#beating;
  }

  /** Nothing prolongs leases any more. */
  async end(): Promise<void> {
    const guard = this.#guard;
    this.#guard = undefined;
    await guard?.end();
  }

  /** Prolongs leases while everything is being stopped. */
  async renewAll(): Promise<void> {
    const { processors, ttlMs, pulse, renew } = this.#parts;
    const { leases } = this;
    this.#guard?.keep(leases);
    const now = pulse.now();
    const held = await renew(leases, ttlMs);
    for (const processor of processors()) {
      const lost = processor.leases.filter((lease) => leases.includes(lease) && !isAmong(lease, held));
      if (lost.length > 0)
        processor.lose(
          lost.map(({ partition }) => partition),
          new Error('The lease was lost.'),
        );
      processor.trustUntil(now + ttlMs);
    }
  }

  #rest(): void {
    if (this.#isStopped) return;
    const { pulse, ttlMs } = this.#parts;
    const delayMs = Math.max(1, Math.floor(ttlMs / 3));
    this.#cancel?.();
    this.#dueAt = pulse.now() + delayMs;
    this.#cancel = pulse.after(delayMs, () => this.#run());
  }

  #run(): void {
    if (this.#isStopped || this.#beating !== undefined) return;
    this.#reportLate();
    this.#isAsked = false;
    this.#beating = this.#beatSafely().finally(() => {
      this.#beating = undefined;
      if (this.#isAsked) this.#run();
      else this.#rest();
    });
  }

  async #beatSafely(): Promise<void> {
    try {
      await this.#beat();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed)
        this.#parts.logger.warn({ error: messageOf(error) }, 'Leases could not be renewed');
      this.#hasFailed = true;
      if (isOver(error)) await this.end();
    }
  }

  async #beat(): Promise<void> {
    const { store, owner, ttlMs } = this.#parts;
    await this.renewAll();
    const processors = this.#parts.processors().filter(({ isEnding }) => !isEnding);
    const names = processors.map(({ name }) => name);
    const asked = processors.map((processor) => ({ processor, revise: processor.asking() }));
    const presences = await store.announce(owner, names, ttlMs);
    for (const { processor, revise } of asked) {
      const presence = presences.find(({ name }) => name === processor.name);
      const isOver = this.#isStopped || processor.isEnding;
      if (presence === undefined || isOver || this.#adopting.has(processor)) continue;
      revise(presence);
      await this.#balance(processor, presence);
    }
  }

  async #balance(processor: Processor, presence: SubscriptionPresence): Promise<void> {
    if (this.#halts.has(processor.name)) return;
    const { owner } = this.#parts;
    const share = shareOf(presence, owner);
    const surplus = processor.kept.length - share;
    if (surplus > 0) await processor.leave(processor.kept.slice(-surplus));
    else if (processor.held.length < share) {
      await this.#take(processor, presence, share - processor.held.length);
      if (processor.held.length < share) await this.#tellFar(processor);
    }
  }

  async #take(
    processor: Processor,
    { owners, partitions }: SubscriptionPresence,
    wanted: number,
  ): Promise<void> {
    const { store, owner, ttlMs, pulse } = this.#parts;
    const { held } = processor;
    const all = Array.from({ length: partitions }, (_, partition) => partition).filter(
      (one) => !held.includes(one),
    );
    const free = owners.length > 1 ? await this.#freeOf(processor.name, all) : all;
    const asked = free.slice(0, wanted);
    const now = pulse.now();
    const leases = asked.length === 0 ? [] : await store.acquire(processor.name, asked, owner, ttlMs);
    if (leases.length === 0) {
      this.#aheadSince.delete(processor.name);
      return;
    }
    try {
      if (this.#isStopped || processor.isEnding || (await this.#areAhead(processor, leases))) {
        await store.release(leases);
        return;
      }
      this.#guardLeases([...this.leases, ...leases]);
      if (processor.kept.length === 0) processor.trustUntil(now + ttlMs);
      await processor.take(leases);
    } catch (error) {
      await store.release(leases);
      throw error;
    }
  }

  /**
   * Whether leases are from another log than this: one that has come further. What is appended now up to their checkpoints
   * would be passed over, so nothing is delivered; if it stays so, until the process starts again.
   */
  async #areAhead(processor: Processor, leases: readonly Lease[]): Promise<boolean> {
    const { name } = processor;
    const { head, pulse, logger } = this.#parts;
    const low = Math.max(...leases.map((lease) => lease.low)) as Position;
    const last = await head();
    if (low <= last) {
      this.#aheadSince.delete(name);
      return false;
    }
    const now = pulse.now();
    const since = this.#aheadSince.get(name) ?? now;
    this.#aheadSince.set(name, since);
    if (now - since < AHEAD_FOR_MS) return true;
    const error = aheadOfLog(name, low, last);
    this.#halts.set(name, error);
    this.#aheadSince.delete(name);
    logger.error({ subscription: name, low, head: last, error: error.message }, 'A subscription is halted');
    await processor.leave(processor.kept);
    return true;
  }

  /** Once for each subscription: nobody takes over what a dead process has for years. */
  async #tellFar({ name, held }: Processor): Promise<void> {
    const { store, ttlMs, logger } = this.#parts;
    if (this.#toldFar.has(name)) return;
    const far = (await store.checkpoints(name)).filter(
      ({ partition, owner, leasedForMs = 0 }) =>
        owner !== INLINE_OWNER && leasedForMs > FAR_LIVES * ttlMs && !held.includes(partition),
    );
    if (far.length === 0) return;
    this.#toldFar.add(name);
    const partitions = far.map(({ partition }) => partition);
    const leasedForMs = Math.max(...far.map((one) => one.leasedForMs ?? 0));
    logger.warn(
      { subscription: name, partitions, owners: [...new Set(far.map(({ owner }) => owner))], leasedForMs },
      'Leases last for so long that nobody takes them over: a clock was ahead when they were taken',
    );
  }

  async #freeOf(name: string, partitions: readonly number[]): Promise<readonly number[]> {
    const checkpoints = await this.#parts.store.checkpoints(name);
    const leased = new Set(checkpoints.filter(({ isLeased }) => isLeased).map(({ partition }) => partition));
    return partitions.filter((partition) => !leased.has(partition));
  }

  #reportLate(): void {
    const { pulse, logger, owner } = this.#parts;
    const lateMs = pulse.now() - this.#dueAt;
    const { blockedMs = 0, renewals = 0 } = this.#guard?.report() ?? {};
    if (renewals > 0)
      logger.warn(
        { owner, blockedMs, renewals },
        'The event loop was blocked, and a thread has kept its leases',
      );
    else if (lateMs >= LATE_MS && !this.#isAsked)
      logger.warn({ owner, lateMs }, 'The event loop was blocked, so that leases were renewed late');
  }

  /** From the first lease on. The thread goes by the time of the machine, so it is of no use where leases do not. */
  #guardLeases(leases: readonly LeaseName[]): void {
    const { store, owner, ttlMs, logger, pulse } = this.#parts;
    const place = store.renewalPlace;
    if (place === undefined || pulse !== pulseClock) return;
    this.#guard ??= new LeaseGuard({ place, owner, ttlMs, logger });
    this.#guard.keep(leases);
  }
}

/** Whether the store will never answer again: nobody is to keep leases for those who can't commit. */
function isOver(error: unknown): boolean {
  return error instanceof MortarError && OVER.includes(error.code);
}

/** How many partitions an owner should have. What can't be divided goes to others for another subscription. */
export function shareOf({ name, owners, partitions }: SubscriptionPresence, owner: string): number {
  const place = owners.indexOf(owner);
  if (place < 0) return partitions;
  const turned = (place + keyHashOf(name)) % owners.length;
  return Math.floor(partitions / owners.length) + (turned < partitions % owners.length ? 1 : 0);
}

function isAmong({ subscription, partition, token }: LeaseName, leases: readonly LeaseName[]): boolean {
  return leases.some(
    (lease) => lease.subscription === subscription && lease.partition === partition && lease.token === token,
  );
}
