import { type Outcome, systemClock } from '../bus/index.js';
import { type Clock, newId } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import { keyHashOf, type LogEntry, type Position } from '../event-store/index.js';
import { type Logger, silentLogger } from '../logging/logger.js';
import { subscriptionOf } from '../read-models/index.js';
import type { DeliveriesStatus, SubscriptionStatus } from './delivery-status.js';
import type { DeliveryStore, Lease, SubscriptionInfo } from './delivery-store.js';
import type { DurableSubscription } from './durable-subscription.js';
import { LeaseKeeper } from './internal/lease-keeper.js';
import { Processor, type Told } from './internal/processor/processor.js';
import { pulseClock } from './internal/pulse.js';
import { Scheduler } from './internal/scheduler.js';
import { Solitude } from './internal/solitude.js';
import { type Retention, type Tidied, Upkeep } from './internal/upkeep.js';
import { Waits } from './internal/waits.js';
import { recordError } from './recorded-error.js';
import type { Schedules } from './schedules.js';
import type { OpenStore } from './store.js';

/** What deliveries are made of. */
export interface DeliveriesOptions {
  readonly store: OpenStore;
  readonly subscriptions: readonly DurableSubscription[];
  /** For what waits: retries, batches, schedules. The machine's unless said. */
  readonly clock?: Clock;
  /** For what is looked at from time to time, and for leases. The machine's unless said; its timers keep no process alive. */
  readonly pulse?: Clock;
  readonly logger?: Logger;
  /** Who holds the leases; a new id unless said. No two processes have the same. */
  readonly owner?: string;
  /** How long a lease lasts; 6,000 unless said. Another process takes over that long after this one was killed. */
  readonly leaseTtlMs?: number;
  /** How often the log is looked at, whatever is heard of it; 1,000 unless said. */
  readonly pollMs?: number;
  /** How long what is over is kept; 7 days each unless said, and 365 what operators did. */
  readonly retention?: Partial<Retention>;
  /** Events by the calendar. */
  readonly schedules?: Schedules;
  /**
   * Prolongs leases from the event loop; `DeliveryStore.renew` unless said. What a thread does while the loop is blocked is
   * the store's: `DeliveryStore.renewalPlace`.
   */
  readonly renew?: DeliveryStore['renew'];
}

/** How deliveries are stopped. */
export interface StopOptions {
  /** How long what has begun may take; 30,000 unless said, 0 gives up at once. */
  readonly timeoutMs?: number;
  /** How many of the handlers under way wait for this stop themselves, so that it must not wait for them. */
  readonly except?: () => number;
}

const OPTION_KEYS: readonly (keyof DeliveriesOptions)[] = [
  'store',
  'subscriptions',
  'clock',
  'pulse',
  'logger',
  'owner',
  'leaseTtlMs',
  'pollMs',
  'retention',
  'schedules',
  'renew',
];
const WEEK_MS = 7 * 24 * 3_600_000;
const YEAR_MS = 365 * 24 * 3_600_000;
const DEFAULT_TTL_MS = 6_000;
const DEFAULT_POLL_MS = 1_000;
const DEFAULT_STOP_MS = 30_000;

/**
 * The deliveries of a process: brings the events of a durable log to the handlers of its subscriptions, and commits what
 * they do with how far they have come. Shares the work with the other processes that have the same subscriptions.
 */
export class Deliveries {
  readonly owner: string;
  readonly #store: OpenStore;
  readonly #clock: Clock;
  readonly #pulse: Clock;
  readonly #logger: Logger;
  readonly #options: DeliveriesOptions;
  readonly #processors = new Map<string, Processor>();
  readonly #solitude: Solitude;
  readonly #waits: Waits;
  readonly #scheduler: Scheduler;
  readonly #upkeep: Upkeep;
  #keeper: LeaseKeeper | undefined = undefined;
  readonly #ends: (() => void)[] = [];
  #state: 'new' | 'starting' | 'running' | 'stopped' = 'new';
  #isLooking = false;
  #isRefreshing = false;
  #isRefreshAsked = false;
  #onChange: (() => void)[] = [];

  /** @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_HANDLER_DUPLICATE` for two subscriptions of one name */
  constructor(options: DeliveriesOptions) {
    checkOptions(options);
    const { store, clock = systemClock, pulse = pulseClock, logger = silentLogger } = options;
    this.#options = options;
    this.owner = options.owner ?? newId();
    this.#store = store;
    // A timer for a retry that is far away must not keep the process alive either.
    this.#clock = clock === systemClock ? pulseClock : clock;
    this.#pulse = pulse;
    this.#logger = logger;
    this.#solitude = new Solitude(pulse, () => {
      // Not in the middle of what has freed it.
      queueMicrotask(() => {
        for (const processor of this.#processors.values()) processor.go();
      });
    });
    this.#waits = new Waits({ store: store.deliveries, letters: store.deadLetters, pulse });
    this.#scheduler = new Scheduler({
      store,
      clock: this.#clock,
      logger,
      next: (fired) => options.schedules?.next(fired),
      changed: () => this.#changed(),
    });
    const { endedLettersMs = WEEK_MS, inboxMs = WEEK_MS, auditMs = YEAR_MS } = options.retention ?? {};
    const retention = { endedLettersMs, inboxMs, auditMs };
    this.#upkeep = new Upkeep({ store, clock: this.#clock, pulse, logger, retention });
  }

  /** Makes the subscriptions known, takes the first leases, and begins to deliver. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw notNew(this.#state);
    this.#state = 'starting';
    const { subscriptions, leaseTtlMs: ttlMs = DEFAULT_TTL_MS, schedules } = this.#options;
    for (const subscription of subscriptions)
      this.#processors.set(subscription.name, await this.#processorOf(subscription));
    await schedules?.prepare(this.#store, this.#clock);
    if (this.#state !== 'starting') return;
    const { deliveries } = this.#store;
    this.#keeper = new LeaseKeeper({
      store: deliveries,
      head: () => this.#store.events.head(),
      owner: this.owner,
      ttlMs,
      pulse: this.#pulse,
      logger: this.#logger,
      processors: () => [...this.#processors.values()],
      renew: this.#options.renew ?? ((leases, lifeMs) => deliveries.renew(leases, lifeMs)),
    });
    await this.#keeper.start();
    if (this.#state !== 'starting') return;
    this.#state = 'running';
    this.#ends.push(this.#store.events.watch(() => this.#wake()));
    this.#ends.push(deliveries.watch(() => this.#refresh()));
    this.#scheduler.wake();
    this.#upkeep.start();
    this.#wake();
    this.#poll();
  }

  /**
   * Begins nothing more. What has begun ends and is committed, what has not stays in the log; then the leases are released.
   * Handlers that have not ended in time are aborted, and what they do does not count.
   */
  async stop({ timeoutMs = DEFAULT_STOP_MS, except = () => 0 }: StopOptions = {}): Promise<void> {
    checkWholeNumber('timeoutMs', timeoutMs, 0, MAX_DELAY_MS);
    const hasBegun = this.#state === 'starting' || this.#state === 'running';
    this.#state = 'stopped';
    if (!hasBegun) return;
    for (const end of this.#ends.splice(0)) end();
    this.#scheduler.stop();
    await this.#drain(timeoutMs, except);
    const leases = [...this.#processors.values()].flatMap((processor) => processor.stop());
    this.#waits.stop();
    this.#changed();
    await Promise.all([this.#giveUp(leases), this.#keeper?.end()]);
  }

  /**
   * Resolves when each of the named subscriptions of this process that gets the event has come to an outcome: it is handled,
   * dead, skipped, or held behind a dead letter; also where another process does the work. A discarded letter is dead, too.
   * Rejects with the reason of the signal, if it is aborted before, and with `MORTAR_BUS_STOPPED` at the stop. Without the
   * event's order key (`orderKeyOf`) it is read first.
   */
  async whenHandled(
    event: { readonly id: string; readonly position: Position; readonly orderKey?: string },
    names: readonly string[] = [...this.#processors.keys()],
    signal?: AbortSignal,
  ): Promise<readonly Outcome[]> {
    const processors = names.flatMap((name) => this.#processors.get(name) ?? []);
    if (processors.length === 0) return [];
    const isOrderGiven = event.orderKey !== undefined && processors.every(({ hasOwnOrder }) => !hasOwnOrder);
    const entry = isOrderGiven ? undefined : await this.#entryOf(event);
    return Promise.all(
      processors.map((processor) => {
        const orderKey = entry === undefined ? (event.orderKey ?? event.id) : processor.orderKeyOf(entry);
        return this.#waits.add({ ...event, orderKey, keyHash: keyHashOf(orderKey) }, processor, signal);
      }),
    );
  }

  /**
   * Resolves when everything that is in the log is accounted for by the subscriptions of this process, in the partitions
   * that it has, and nothing is due by the clock; for tests. A subscription that is paused counts as idle, and so do the
   * partitions that other processes have. Rejects with the error of a subscription that is halted.
   */
  async idle(signal?: AbortSignal): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const halt = this.#firstHalt;
      if (halt !== undefined) throw halt;
      const head = await this.#store.events.head();
      if (this.#isIdleUpTo(head)) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if ((await this.#store.events.head()) === head && this.#isIdleUpTo(head)) return;
      } else await this.#nextChange(signal);
    }
  }

  /**
   * Delivers one subscription more, from now on; under a lease of this process's own (`owner`), if it brings one, which is
   * released if nothing can go on under it. Resolves when the store knows of it; a rejection leaves the lease to the caller.
   * @throws MortarError `MORTAR_APP_STATE` unless started and not stopped; `MORTAR_HANDLER_DUPLICATE`; `MORTAR_OPTIONS_INVALID`
   */
  async add(subscription: DurableSubscription, lease?: Lease): Promise<void> {
    const { name } = subscription;
    checkBatches(subscription);
    this.#checkNew(name);
    const processor = await this.#processorOf(subscription);
    this.#checkNew(name);
    this.#processors.set(name, processor);
    if (lease !== undefined) await this.#keeper?.adopt(processor, lease);
    this.#keeper?.hurry();
    processor.wake();
  }

  /**
   * Delivers a subscription no more in this process. What has begun ends and is committed, then its leases are released, so
   * that another process may go on. Nothing happens for one that this process does not have.
   */
  async remove(
    name: string,
    { timeoutMs = DEFAULT_STOP_MS }: Pick<StopOptions, 'timeoutMs'> = {},
  ): Promise<void> {
    checkWholeNumber('timeoutMs', timeoutMs, 0, MAX_DELAY_MS);
    const processor = this.#processors.get(name);
    if (processor === undefined || processor.isEnding || this.#state !== 'running') return;
    await this.#drainWithin(timeoutMs, (given) => processor.drain(() => 0, given));
    const leases = processor.stop();
    this.#processors.delete(name);
    this.#keeper?.forget(name);
    this.#changed();
    try {
      await this.#store.deliveries.release(leases);
    } catch (error) {
      // They expire by themselves.
      this.#logger.warn({ error, subscription: name }, 'Leases could not be released');
    }
  }

  /** Delivers nothing more of a subscription, in any process, until it is resumed. */
  async pause(subscription: string, actor?: string): Promise<void> {
    await this.#store.deliveries.setPaused(subscription, true, actor);
    await this.#refreshNow();
  }

  async resume(subscription: string, actor?: string): Promise<void> {
    await this.#store.deliveries.setPaused(subscription, false, actor);
    await this.#refreshNow();
  }

  /** How everything stands in this process. */
  async status(): Promise<DeliveriesStatus> {
    const head = await this.#store.events.head();
    const subscriptions = await Promise.all(
      [...this.#processors.values()].map((processor) => this.#statusOf(processor, head)),
    );
    return { owner: this.owner, head, subscriptions };
  }

  /** Removes what has been over for long enough, which is also done from time to time. */
  cleanUp(): Promise<Tidied> {
    return this.#upkeep.cleanUp();
  }

  /**
   * Removes a subscription that no code has any more from the store, with its checkpoints and held keys, and puts that on
   * record; its dead letters stay. Nothing happens for one that is not known. A process that still delivers it loses its
   * leases.
   * @throws MortarError `MORTAR_SUBSCRIPTION_IN_USE` for a subscription of this process, or of one that has announced itself, and for that of
   * a read model: folded from the beginning, its documents would have everything twice
   */
  async forget(subscription: string, actor?: string): Promise<void> {
    const { deliveries, projections } = this.#store;
    const isOfProjection = (await projections.generations()).some(
      (one) => subscriptionOf(one) === subscription,
    );
    if (isOfProjection)
      throw subscriptionInUse(
        subscription,
        'a read model is made by it, which app.projections.remove removes',
      );
    if (this.#processors.has(subscription)) throw subscriptionInUse(subscription, 'this process has it');
    const [presence] = await deliveries.announce(this.owner, [subscription], 0);
    const others = presence?.owners.filter((owner) => owner !== this.owner) ?? [];
    if (others.length > 0) throw subscriptionInUse(subscription, `delivered by ${others.join(', ')}`);
    await deliveries.forget(subscription, actor);
  }

  async #processorOf(subscription: DurableSubscription): Promise<Processor> {
    const { name, from, orderKey } = subscription;
    const partitions = orderKey === undefined ? subscription.partitions : 1;
    const info = await this.#store.deliveries.register(name, from, partitions);
    if (orderKey !== undefined && info.partitions !== 1) throw severalPartitions(info);
    return new Processor({
      store: this.#store,
      subscription,
      info,
      clock: this.#clock,
      pulse: this.#pulse,
      logger: this.#logger,
      solitude: this.#solitude,
      told: (told: Told) => this.#waits.tell(name, told),
      lostLease: () => this.#keeper?.hurry(),
      changed: () => this.#changed(),
    });
  }

  #wake(): void {
    for (const processor of this.#processors.values()) processor.wake();
  }

  /** The truth, whatever is heard: looks at everything from time to time, at the log once for all subscriptions. */
  #poll(): void {
    const { pollMs = DEFAULT_POLL_MS } = this.#options;
    const cancel = this.#pulse.after(pollMs, () => {
      this.#ends.splice(this.#ends.indexOf(cancel), 1);
      for (const processor of this.#processors.values()) processor.tick();
      void this.#look();
      this.#scheduler.wake();
      this.#upkeep.wake();
      this.#poll();
    });
    this.#ends.push(cancel);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const head = await this.#store.events.head();
      for (const processor of this.#processors.values()) processor.catchUpTo(head);
    } catch {
      // With the next heartbeat it is said that the store does not answer.
    } finally {
      this.#isLooking = false;
    }
  }

  /** Something of the subscriptions has changed in the store, or something was scheduled. */
  #refresh(): void {
    this.#scheduler.wake();
    this.#upkeep.wake();
    this.#isRefreshAsked = true;
    if (!this.#isRefreshing) void this.#refreshNow();
  }

  async #refreshNow(): Promise<void> {
    this.#isRefreshing = true;
    try {
      do {
        this.#isRefreshAsked = false;
        const revise = new Map([...this.#processors].map(([name, one]) => [name, one.asking()]));
        for (const info of await this.#store.deliveries.subscriptions()) revise.get(info.name)?.(info);
      } while (this.#isRefreshAsked && this.#state === 'running');
    } catch {
      // The next heartbeat tells.
    } finally {
      this.#isRefreshing = false;
      this.#changed();
    }
  }

  /** Leases are prolonged as long as something runs under them. */
  async #drain(timeoutMs: number, except: () => number): Promise<void> {
    const { leaseTtlMs = DEFAULT_TTL_MS } = this.#options;
    const beat = (): (() => void) =>
      this.#pulse.after(Math.max(1, Math.floor(leaseTtlMs / 3)), () => {
        this.#keeper?.renewAll().catch(() => undefined);
        cancelBeat = beat();
      });
    let cancelBeat = beat();
    await this.#drainWithin(timeoutMs, async (given) => {
      await Promise.race([Promise.all([this.#keeper?.stop(), this.#upkeep.stop()]), given]);
      const processors = [...this.#processors.values()];
      await Promise.all(processors.map((processor) => processor.drain(() => except(), given)));
    });
    cancelBeat();
  }

  /** `given` resolves when the time is over. */
  async #drainWithin(timeoutMs: number, drain: (given: Promise<void>) => Promise<void>): Promise<void> {
    let giveUp = (): void => undefined;
    const given = new Promise<void>((resolve) => {
      giveUp = resolve;
    });
    const cancel = this.#pulse.after(timeoutMs, giveUp);
    await drain(given);
    cancel();
    giveUp();
  }

  #checkNew(name: string): void {
    if (this.#state !== 'running') throw notRunning(this.#state);
    if (this.#processors.has(name)) throw twoOf(name);
  }

  async #giveUp(leases: Parameters<DeliveryStore['release']>[0]): Promise<void> {
    try {
      await this.#store.deliveries.release(leases);
      await this.#store.deliveries.withdraw(this.owner);
    } catch (error) {
      // They expire by themselves.
      this.#logger.warn({ error }, 'Leases could not be released');
    }
  }

  async #entryOf({ id, position }: { readonly id: string; readonly position: Position }): Promise<LogEntry> {
    const { entries } = await this.#store.events.readAll({
      after: (position - 1) as Position,
      to: position,
      limit: 1,
    });
    const [entry] = entries;
    if (entry?.id === id) return entry;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'An event that is waited for is in the log.',
      expected: `event ${describeValue(id)} at position ${position}`,
      got: entry === undefined ? 'nothing there' : `event ${entry.id}`,
    });
  }

  #isIdleUpTo(head: Position): boolean {
    const isResting = this.#scheduler.isResting && this.#upkeep.isResting && !this.#isRefreshing;
    const isTaking = this.#keeper?.isBusy ?? false;
    return (
      isResting &&
      !isTaking &&
      [...this.#processors.values()].every((processor) => processor.isIdleUpTo(head))
    );
  }

  #nextChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      this.#onChange.push(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
    });
  }

  #changed(): void {
    for (const resolve of this.#onChange.splice(0)) resolve();
  }

  get #firstHalt(): MortarError | undefined {
    return [...this.#processors.keys()]
      .map((name) => this.#keeper?.haltOf(name))
      .find((halt) => halt !== undefined);
  }

  async #statusOf(processor: Processor, head: Position): Promise<SubscriptionStatus> {
    const { name, partitions, held, low, heldKeys, outage, load } = processor;
    const halt = this.#keeper?.haltOf(name);
    const from = low ?? (await this.#leastLow(name)) ?? head;
    return {
      name,
      state: this.#stateOf(processor),
      partitions,
      held,
      low,
      lagEvents: Math.max(0, head - from),
      heldKeys,
      ...load,
      failuresInRow: outage.failuresInRow,
      ...(halt === undefined ? {} : { error: recordError(halt) }),
    };
  }

  /** As the store has it: what other processes have accounted for, or nobody. */
  async #leastLow(name: string): Promise<Position | undefined> {
    const lows = (await this.#store.deliveries.checkpoints(name)).map(({ low }) => low);
    return lows.length === 0 ? undefined : (Math.min(...lows) as Position);
  }

  #stateOf({ name, isPaused, outage, held }: Processor): SubscriptionStatus['state'] {
    if (this.#state === 'stopped') return 'stopped';
    if (this.#keeper?.haltOf(name) !== undefined) return 'halted';
    if (isPaused) return 'paused';
    if (outage.isOn) return 'out';
    return held.length === 0 ? 'waiting' : 'running';
  }
}

function checkOptions(options: DeliveriesOptions): void {
  checkKeys('deliveries', options, OPTION_KEYS);
  const { subscriptions, leaseTtlMs, pollMs, retention = {} } = options;
  if (leaseTtlMs !== undefined) checkWholeNumber('leaseTtlMs', leaseTtlMs, 30, MAX_DELAY_MS);
  if (pollMs !== undefined) checkWholeNumber('pollMs', pollMs, 1, MAX_DELAY_MS);
  checkKeys('retention', retention, ['endedLettersMs', 'inboxMs', 'auditMs']);
  for (const subscription of subscriptions) checkBatches(subscription);
  const names = subscriptions.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw twoOf(twice);
}

function twoOf(name: string): MortarError {
  return new MortarError('MORTAR_HANDLER_DUPLICATE', {
    rule: 'A subscription has a name of its own.',
    expected: 'one subscription of each name',
    got: `two of ${name}`,
  });
}

function severalPartitions({ name, partitions }: SubscriptionInfo): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A subscription with an order of its own has one partition.',
    expected: `one partition of ${name}`,
    got: `${partitions}, with which the store knows it`,
  });
}

function subscriptionInUse(name: string, got: string): MortarError {
  return new MortarError('MORTAR_SUBSCRIPTION_IN_USE', {
    rule: 'A subscription is forgotten when no process has it any more.',
    expected: `no process with a subscription ${describeValue(name)}`,
    got,
  });
}

function notRunning(state: string): MortarError {
  return new MortarError('MORTAR_APP_STATE', {
    rule: 'Subscriptions are added to deliveries that are running.',
    expected: 'deliveries between their start and their stop',
    got: state,
  });
}

function notNew(state: string): MortarError {
  return new MortarError('MORTAR_APP_STATE', {
    rule: 'Deliveries are started once.',
    expected: 'deliveries that were not started',
    got: state,
  });
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
function checkBatches({ name, batch, concurrency }: DurableSubscription): void {
  if (batch === undefined || concurrency === 1) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Batches are handled one after the other, in the order of the log.',
    expected: `concurrency 1 for ${name}, which has batches`,
    got: `${concurrency}`,
  });
}
