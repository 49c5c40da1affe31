import type { Clock } from '../../contracts/index.js';
import type { CheckpointInfo, Deliveries, OpenStore } from '../../delivery/index.js';
import { MortarError, messageOf } from '../../errors/index.js';
import type { Position } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import { type GenerationName, subscriptionOf } from '../../read-models/index.js';
import { delayOf } from '../../resilience/backoff.js';
import type { AnyProjection, ProjectionRun } from '../projection-run.js';
import { CatchUp, type CatchUpParts, isPassed } from './catch-up.js';
import { makePlace } from './generation-place.js';
import { generationSubscription } from './generation-subscription.js';
import type { CatchUpProgress } from './pace.js';

/** What the work at a generation is done with. */
export interface GenerationWorkParts {
  readonly generation: GenerationName;
  readonly projection: AnyProjection;
  readonly run: ProjectionRun;
  readonly store: OpenStore;
  readonly deliveries: Pick<Deliveries, 'owner' | 'add' | 'remove'>;
  readonly leaseTtlMs: number;
  readonly pageEvents: number;
  readonly pulse: Clock;
  readonly logger: Logger;
  readonly isPaused: () => boolean;
  readonly reachedEnd: CatchUpParts['reachedEnd'];
}

/** What a process is at with a generation. */
export type Activity = 'preparing' | 'catchingUp' | 'delivering' | 'ended';

const BACKOFF = { kind: 'exponential', delayMs: 50, maxDelayMs: 5_000, jitter: false } as const;
const OVER: readonly string[] = ['MORTAR_STORE_CLOSED', 'MORTAR_STORE_BROKEN', 'MORTAR_APP_STATE'];

/** With so many positions before it, what is delivered goes back to being caught up. */
const FAR_POSITIONS = 10_000;

/**
 * Keeps one generation up to date in this process, as long as it is not stopped: caught up first, then delivered to. Where catching up
 * has stopped far from the end of the log, at an event that could not be folded, it goes on once the delivery has taken care of that.
 */
export class GenerationWork {
  readonly subscription: string;
  readonly #parts: GenerationWorkParts;
  readonly #catchUp: CatchUp;
  #working: Promise<void>;
  #activity: Activity = 'preparing';
  #wakeUp: () => void = () => undefined;
  #isStopped = false;
  /** How far it had come when the delivery took over last, if it may go back from there. */
  #handedOverAt: Position | undefined = undefined;
  #isLooking = false;

  constructor(parts: GenerationWorkParts) {
    this.#parts = parts;
    this.subscription = subscriptionOf(parts.generation);
    this.#catchUp = new CatchUp({
      ...parts,
      subscription: this.subscription,
      owner: parts.deliveries.owner,
    });
    this.#working = this.#work();
  }

  get activity(): Activity {
    return this.#activity;
  }

  get progress(): CatchUpProgress | undefined {
    return this.#catchUp.progress;
  }

  /** Resolves when its delivery has begun, or it has ended. */
  get caughtUp(): Promise<void> {
    return this.#working;
  }

  get projection(): AnyProjection {
    return this.#parts.projection;
  }

  /** Something has changed that it may wait for. */
  wake(): void {
    this.#catchUp.wake();
    if (this.#activity === 'delivering' && this.#handedOverAt !== undefined) void this.#goBackIfFar();
  }

  /** Begins nothing more; resolves when what has begun is committed, and the lease free. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#catchUp.stop();
    this.#wakeUp();
    await this.#working;
    if (this.#activity === 'delivering') await this.#parts.deliveries.remove(this.subscription);
    this.#activity = 'ended';
  }

  /** The same, but for what the deliveries have, which are stopped themselves. */
  async stopCatchingUp(): Promise<void> {
    this.#isStopped = true;
    this.#catchUp.stop();
    this.#wakeUp();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { logger } = this.#parts;
    for (let tries = 1; !this.#isStopped; tries += 1) {
      try {
        await makePlace(this.#parts.store, this.#parts.generation, this.#parts.run);
        this.#activity = 'catchingUp';
        await this.#begin();
        return;
      } catch (error) {
        const { subscription } = this;
        if (error instanceof MortarError && OVER.includes(error.code)) break;
        if (tries === 1)
          logger.warn({ subscription, error: messageOf(error) }, 'A read model could not be begun');
        await this.#rest(delayOf(BACKOFF, tries));
      }
    }
    this.#activity = 'ended';
  }

  /** Never rejects. */
  async #goBackIfFar(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const isFar = await this.#isFarBehind();
      if (!isFar || this.#isStopped || this.#activity !== 'delivering') return;
      this.#activity = 'catchingUp';
      this.#working = this.#goBack();
    } catch {
      // It is looked at again.
    } finally {
      this.#isLooking = false;
    }
  }

  async #goBack(): Promise<void> {
    const { deliveries, logger } = this.#parts;
    try {
      // It ends in order, and frees the lease; whoever takes that then goes on from there.
      await deliveries.remove(this.subscription);
    } catch (error) {
      logger.warn(
        { subscription: this.subscription, error: messageOf(error) },
        'A delivery did not end well',
      );
    }
    await this.#work();
  }

  /**
   * Whether much is left, and nothing of it is for the delivery: it has come past where it took over, and what failed waits for an
   * operator or for nobody.
   */
  async #isFarBehind(): Promise<boolean> {
    const { store, run, isPaused } = this.#parts;
    const [checkpoint] = await store.deliveries.checkpoints(this.subscription);
    if (checkpoint === undefined || isPaused() || !this.#hasComeOn(checkpoint)) return false;
    const head = await store.events.head();
    if (head - checkpoint.low < FAR_POSITIONS) {
      this.#handedOverAt = undefined;
      return false;
    }
    const heldKeys = await store.deliveries.heldKeys(this.subscription, [0]);
    return heldKeys.every((key) => isPassed(key, run));
  }

  #hasComeOn({ owner, isLeased, low, unclean }: CheckpointInfo): boolean {
    const isOwn = isLeased && owner === this.#parts.deliveries.owner;
    return isOwn && unclean === 0 && low > (this.#handedOverAt ?? low);
  }

  async #begin(): Promise<void> {
    const { projection, run, deliveries, logger } = this.#parts;
    const end = await this.#catchUp.run();
    if (end.kind === 'ended') {
      this.#activity = 'ended';
      return;
    }
    const { subscription } = this;
    this.#handedOverAt = end.isEarly ? end.lease?.low : undefined;
    if (end.error !== undefined)
      logger.warn(
        { subscription, error: messageOf(end.error) },
        'An event could not be folded; its key will wait',
      );
    try {
      if (this.#isStopped) this.#activity = 'ended';
      else {
        await deliveries.add(generationSubscription(subscription, projection, run), end.lease);
        this.#activity = 'delivering';
      }
    } finally {
      if (this.#activity !== 'delivering' && end.lease !== undefined)
        await this.#parts.store.deliveries.release([end.lease]);
    }
  }

  #rest(ms: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.pulse.after(ms, resolve);
      this.#wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }
}
