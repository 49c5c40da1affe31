import type { Envelope, Priority } from '../../contracts/index.js';
import type { Awaitable } from '../handler.js';
import type { Outcome } from '../outcome.js';
import type { HandlerContext } from './handler-context.js';
import type { Gate } from './queues/gate.js';
import type { Waiting } from './queues/waiting-room.js';
import type { Registration } from './routing/registration.js';

/** Who wants to know how deliveries end. */
export interface Report {
  settled(place: number, outcome: Outcome): void;
}

const NO_OUTCOMES: readonly Outcome[] = Object.freeze([]);

/** One event on its way to one handler, from when it could not be finished at once until it is settled. */
export class Delivery implements Waiting {
  readonly registration: Registration;
  readonly envelope: Envelope;
  /** How often the handler has been called. */
  attempts: number;
  /** The call that is running. */
  context: HandlerContext | undefined = undefined;
  /** Whose slot and key it holds. */
  gate: Gate | undefined = undefined;
  /** Whether it holds one of the bus's slots. */
  hasSlot = false;
  /** The first attempt, where it began at once: resolves with the only outcome. */
  settling: Promise<readonly Outcome[]> | undefined = undefined;
  /** Its neighbours among those that run. */
  previous: Delivery | undefined = undefined;
  next: Delivery | undefined = undefined;
  /** How it ended. */
  outcome: Outcome | undefined = undefined;
  #report: Report | undefined = undefined;
  #place = 0;

  constructor(registration: Registration, envelope: Envelope, attempts: number) {
    this.registration = registration;
    this.envelope = envelope;
    this.attempts = attempts;
  }

  get key(): string | undefined {
    return this.envelope.key;
  }

  get priority(): Priority {
    return this.envelope.priority;
  }

  /** Has the outcome reported, at once if there is one already. */
  reportTo(report: Report, place: number): void {
    if (this.outcome !== undefined) {
      report.settled(place, this.outcome);
    } else {
      this.#report = report;
      this.#place = place;
    }
  }

  /** For an event with one handler: its only outcome. */
  whenSettled(): Promise<readonly Outcome[]> {
    return this.settling ?? Promise.resolve(this.outcomes());
  }

  /** The only outcome, when there is one; nothing if it is reported otherwise. */
  outcomes(): Awaitable<readonly Outcome[]> {
    const { outcome, registration } = this;
    if (this.#report !== undefined) return NO_OUTCOMES;
    if (outcome === undefined) {
      return new Promise((resolve) => this.reportTo({ settled: (_, settled) => resolve([settled]) }, 0));
    }
    const { handledAlone } = registration;
    return outcome === handledAlone[0] ? handledAlone : [outcome];
  }

  settle(outcome: Outcome): void {
    this.outcome = outcome;
    this.#report?.settled(this.#place, outcome);
  }
}
