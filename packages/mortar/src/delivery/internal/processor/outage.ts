import type { FailureDecision } from '../../../bus/index.js';
import type { ErrorCategory } from '../../../errors/index.js';
import { type Backoff, delayOf } from '../../../resilience/backoff.js';
import type { Delivery } from './delivery.js';

/** How many failures in a row are an outage. */
const FAILURES_IN_A_ROW = 20;
const PROBE_BACKOFF: Backoff = { kind: 'exponential', delayMs: 200, maxDelayMs: 5_000, jitter: false };
/** These say that the event is bad, not that anything is out. */
const ABOUT_THE_EVENT: readonly ErrorCategory[] = ['validation', 'permission', 'corrupt'];

/**
 * Whether what handlers need is out: an error of the category `unavailable`, or many deliveries in a row that fail at their
 * first attempt. Then nothing begins but a probe from time to time; its success is the end of it.
 */
export class Outage {
  #failuresInRow = 0;
  #successes = 0;
  #probes = 0;
  #probeAt: number | undefined = undefined;
  #isProbing = false;

  get isOn(): boolean {
    return this.#probeAt !== undefined;
  }

  /** When the next probe is due, unless one is under way. */
  get probeAt(): number | undefined {
    return this.#isProbing ? undefined : this.#probeAt;
  }

  get failuresInRow(): number {
    return this.#failuresInRow;
  }

  /**
   * Whether the next probe is to be a delivery that has not been attempted yet, as every second one: keys that fail for a
   * reason of their own would else keep an outage up that is over.
   */
  get prefersNew(): boolean {
    return this.#probes % 2 === 1;
  }

  /** Whether a probe may begin, or anything else where nothing is out. */
  isOpen(underWay: number, now: number): boolean {
    return this.#probeAt === undefined || (underWay === 0 && !this.#isProbing && now >= this.#probeAt);
  }

  /** Whether a delivery may begin. One that is let through during an outage is the probe. */
  lets(underWay: number, now: number): boolean {
    if (!this.isOpen(underWay, now)) return false;
    this.#isProbing = this.isOn;
    return true;
  }

  succeeded(): void {
    this.#successes += 1;
    this.#failuresInRow = 0;
    if (this.#probeAt === undefined) return;
    this.#probeAt = undefined;
    this.#probes = 0;
    this.#isProbing = false;
  }

  /** The probe has come to nothing, neither good nor bad. */
  unanswered(): void {
    this.#isProbing = false;
  }

  /**
   * Takes a failure in. Answers whether it says nothing of the delivery, which is then put off until the outage is over.
   * A delivery that was put off, and fails so again though others have succeeded meanwhile, is to blame for itself.
   */
  explains(delivery: Delivery, category: ErrorCategory, { kind }: FailureDecision, now: number): boolean {
    const wasProbe = this.#isProbing;
    this.#isProbing = false;
    if (category === 'unavailable' && (kind === 'retry' || kind === 'deadLetter')) {
      if (delivery.putOffAfter !== undefined && delivery.putOffAfter < this.#successes) return false;
      delivery.putOffAfter = this.#successes;
      this.#begin(wasProbe, now);
      return true;
    }
    // One that has failed before says nothing new.
    if (delivery.attempts === 1 && !ABOUT_THE_EVENT.includes(category)) this.#failuresInRow += 1;
    if (this.#failuresInRow >= FAILURES_IN_A_ROW || wasProbe) this.#begin(wasProbe, now);
    return false;
  }

  /** What was under way when it began fails too, and puts the probe off no further. */
  #begin(wasProbe: boolean, now: number): void {
    if (this.#probeAt !== undefined && !wasProbe) return;
    this.#probes += 1;
    this.#probeAt = now + delayOf(PROBE_BACKOFF, this.#probes);
  }
}
