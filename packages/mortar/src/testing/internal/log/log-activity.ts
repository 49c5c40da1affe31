import type { DurableApp } from '../../../app.js';
import { untilAborted } from '../../../resilience/abort.js';
import type { UnderWay } from '../under-way.js';

/** What an app with a store has under way between its log and its handlers. */
export class LogActivity {
  readonly #underWay: UnderWay;
  #deliveries: DurableApp['deliveries'] | undefined;
  #end: (() => void) | undefined;
  #isResting = false;
  #isLooking = false;
  #isTouched = false;
  #stop = new AbortController();

  constructor(underWay: UnderWay) {
    this.#underWay = underWay;
  }

  /** What it delivers is known once the app is made. */
  attach({ deliveries }: Pick<DurableApp, 'deliveries'>): void {
    this.#deliveries = deliveries;
  }

  /** Whether it waits for nothing but the time of a retry. */
  get isResting(): boolean {
    return this.#isResting;
  }

  /** Something has been committed, so that there may be something to deliver. */
  touch(): void {
    if (this.#stop.signal.aborted) return;
    this.#isTouched = true;
    this.#rest(false);
    if (!this.#isLooking) void this.#look();
  }

  /** The app has begun to deliver: from now on it is looked at. */
  begin(): void {
    this.#stop = new AbortController();
    this.touch();
  }

  /** The app has stopped: what is left stays in the log. */
  end(): void {
    this.#stop.abort();
    this.#isResting = false;
    this.#end?.();
    this.#end = undefined;
  }

  /** Until nothing is to be delivered, or only later. */
  async #look(): Promise<void> {
    const { signal } = this.#stop;
    this.#isLooking = true;
    try {
      while (this.#isTouched && !signal.aborted) {
        this.#isTouched = false;
        if (this.#deliveries !== undefined) await untilAborted(signal, this.#deliveries.idle());
        if (!this.#isTouched && !signal.aborted) await this.#settle();
      }
    } catch {
      // The app is not started, or has stopped: there is nothing that will be delivered.
      if (!this.#isTouched) this.#settled();
    } finally {
      this.#isLooking = false;
    }
  }

  async #settle(): Promise<void> {
    const { subscriptions = [] } = (await this.#deliveries?.status()) ?? {};
    if (this.#isTouched) return;
    if (subscriptions.some(({ heldKeys, state }) => heldKeys.retrying > 0 || state === 'out'))
      this.#rest(true);
    else this.#settled();
  }

  #settled(): void {
    this.#isResting = false;
    this.#end?.();
    this.#end = undefined;
  }

  /** What is being delivered may wait for something outside; what rests waits for the clock alone. */
  #rest(isResting: boolean): void {
    if (this.#end !== undefined && isResting === this.#isResting) return;
    const end = this.#end;
    this.#isResting = isResting;
    this.#end = isResting
      ? this.#underWay.begin('waiting', 'events of the log that are to be retried')
      : this.#underWay.begin('running', 'events of the log that are to be delivered');
    end?.();
  }
}
