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
  /** The call that is running. */
  context: HandlerContext | undefined = undefined;
  /** Whose slot and key it holds. */
  gate: Gate | undefined = undefined;
  /** Whether it holds one of the bus's slots. */
  hasSlot = false;
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

  settle(outcome: Outcome): void {
    this.outcome = outcome;
    this.#report?.settled(this.#place, outcome);
  }
}
