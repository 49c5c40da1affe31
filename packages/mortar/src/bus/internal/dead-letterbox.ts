import { MortarError } from '../../errors/index.js';
import type { LogFields } from '../../logging/logger.js';
import type { DeadDelivery, DeadLetterSink } from '../dead-letter-sink.js';
import { type Awaitable, isThenable } from '../handler.js';
import type { Outcome } from '../outcome.js';
import type { Alarm } from './alarm.js';

/** Posts dead deliveries to the sink, and logs each; also where the sink fails or is missing: none ends in silence. */
export class DeadLetterbox {
  readonly #sink: DeadLetterSink | undefined;
  readonly #alarm: Alarm;

  constructor(sink: DeadLetterSink | undefined, alarm: Alarm) {
    this.#sink = sink;
    this.#alarm = alarm;
  }

  /** Never throws or rejects. */
  post(dead: DeadDelivery): Awaitable<Outcome> {
    if (this.#sink === undefined) return this.#lose(dead, dead.error);
    try {
      const id = this.#sink.add(dead);
      if (!isThenable(id)) return this.#keep(dead, id);
      return Promise.resolve(id).then(
        (kept) => this.#keep(dead, kept),
        (error) => this.#lose(dead, sinkError(dead, error)),
      );
    } catch (error) {
      return this.#lose(dead, sinkError(dead, error));
    }
  }

  /** The same for a caller who can't wait: an asynchronous sink goes on by itself, and the outcome lacks its id. */
  postSync(dead: DeadDelivery): Outcome {
    const outcome = this.post(dead);
    return isThenable(outcome) ? deadOutcome(dead, undefined) : outcome;
  }

  #keep(dead: DeadDelivery, deadLetterId: string): Outcome {
    this.#alarm.warn(
      { ...fieldsOf(dead), error: dead.error, deadLetterId },
      'A delivery is kept as a dead letter',
    );
    return deadOutcome(dead, deadLetterId);
  }

  #lose(dead: DeadDelivery, error: unknown): Outcome {
    const { subscription, attempts } = dead;
    this.#alarm.error({ ...fieldsOf(dead), error }, 'A delivery failed for good and no dead letter keeps it');
    return { subscription, status: 'lost', attempts, error };
  }
}

function fieldsOf({ subscription, attempts, reason, envelope }: DeadDelivery): LogFields {
  const { id, type, key, correlationId } = envelope;
  return { subscription, attempts, reason, messageId: id, type, key, correlationId };
}

function deadOutcome(
  { subscription, attempts, error }: DeadDelivery,
  deadLetterId: string | undefined,
): Outcome {
  return {
    subscription,
    status: 'dead',
    attempts,
    error,
    ...(deadLetterId === undefined ? {} : { deadLetterId }),
  };
}

function sinkError(dead: DeadDelivery, cause: unknown): MortarError {
  return new MortarError('MORTAR_DEAD_LETTER_LOST', {
    rule: 'A delivery whose attempts are over is kept as a dead letter.',
    expected: 'the dead-letter sink to keep it',
    got: `a sink that failed for ${dead.subscription}`,
    cause: new AggregateError([cause, dead.error], 'The failure of the sink, and that of the delivery'),
  });
}
