import { MortarError } from '../errors/index.js';
import type { KeptResult, Unit } from './unit.js';
import type { KnownResult } from './unit-store.js';

/** The error of a unit whose result is kept already: of the same command, or of another one under the same key. */
export function resultKnown(keep: KeptResult, known: Pick<KnownResult, 'digest'>): MortarError {
  const { key } = keep;
  if (known.digest === keep.digest)
    return new MortarError('MORTAR_COMMAND_REPEATED', {
      rule: 'A command with an idempotency key is carried out once.',
      expected: 'a key without a result',
      got: `the key ${key} with the result of the same command`,
      details: { key },
    });
  return new MortarError('MORTAR_IDEMPOTENCY_CONFLICT', {
    rule: 'An idempotency key belongs to one command with one set of data.',
    expected: 'the same command and data, or a key of its own',
    got: `the key ${key} with another digest`,
    details: { key },
  });
}

/** The error of a unit whose message is in the inbox already. */
export function messageHandled(inbox: NonNullable<Unit['inbox']>): MortarError {
  const { subscription, messageId } = inbox;
  return new MortarError('MORTAR_MESSAGE_HANDLED', {
    rule: 'A message is handled once by each subscription.',
    expected: 'a message that is not in the inbox',
    got: `message ${messageId}, which ${subscription} has handled`,
    details: { subscription, messageId },
  });
}

/** The error of a write that breaks a constraint of its store, such as a unique key. */
export function constraintViolated(constraint: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_CONSTRAINT_VIOLATED', {
    rule: 'What a write changes keeps the constraints of its store.',
    expected: `data that keeps ${constraint}`,
    got: 'data that breaks it',
    details: { constraint },
    cause,
  });
}
