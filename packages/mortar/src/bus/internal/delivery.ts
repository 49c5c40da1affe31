import type { Envelope, Priority } from '../../contracts/index.js';
import type { Outcome } from '../outcome.js';
import type { HandlerContext } from './handler-context.js';
import type { Gate } from './queues/gate.js';
import type { Waiting } from './queues/waiting-room.js';
import type { Registration } from './routing/registration.js';

/** Who wants to know how deliveries end. */
export interface Report {
  settled(place: number, outcome: Outcome): void;
}

/** One event on its way to one handler, from when it could not be finished at once until it is settled. */
export class Delivery implements Waiting {
  readonly registration: Registration;
  readonly envelope: Envelope;
  /** How often the handler has been called. */
  attempts: number;
  /** The call that is running; absent while it waits, rests, or has come to its end. */
  context: HandlerContext | undefined = undefined;
  /** Whose slot and key it holds. */
  gate: Gate | undefined = undefined;
  /** Whether it holds one of the bus's slots. */
  hasSlot = false;
  /** Resolves when its dead letter is kept, where that takes time. From then on, what its handler does counts no more. */
  burial: Promise<Outcome> | undefined = undefined;
  /** Its neighbours among those that are open. */
  previous: Delivery | undefined = undefined;
  next: Delivery | undefined = undefined;
  /** How it ended. */
  outcome: Outcome | undefined = undefined;
  #report: Report | undefined = undefined;
  #place = 0;
  #resolve: ((outcomes: readonly Outcome[]) => void) | undefined = undefined;

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

  /** Whether it is settled, or will be without its handler. */
  get isOver(): boolean {
    return this.outcome !== undefined || this.burial !== undefined;
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

  /** For an event with one handler: resolves with its only outcome. To be called once. */
  whenSettled(): Promise<readonly Outcome[]> {
    if (this.outcome !== undefined) return Promise.resolve([this.outcome]);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  settle(outcome: Outcome): void {
    this.outcome = outcome;
    this.#report?.settled(this.#place, outcome);
    this.#resolve?.([outcome]);
  }
}
