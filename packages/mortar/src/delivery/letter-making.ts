import type { DeadDelivery } from '../bus/index.js';
import { decode, type Envelope, newId } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import type { EncodedEvent, LogEntry } from '../event-store/index.js';
import type { DeadLetter, DeadLetterReason, DeadLetterState, LetterChange } from './dead-letter-store.js';
import type { FailedAttempt } from './delivery-store.js';
import { fingerprintOf, recordError } from './recorded-error.js';

/** How many failed attempts a letter keeps. */
const MAX_FAILURES = 50;

/** A delivery that is over in vain, as stores keep it. */
export interface Death {
  readonly subscription: string;
  readonly envelope: Envelope;
  readonly entry: LogEntry | undefined;
  readonly reason: DeadLetterReason;
  readonly attempts: number;
  /** At least one. */
  readonly failures: readonly FailedAttempt[];
}

/** The death of a delivery of the in-process bus. */
export function deathOnBus(dead: DeadDelivery, at: number): Death {
  const { subscription, envelope, reason, attempts } = dead;
  return {
    subscription,
    envelope,
    entry: undefined,
    reason,
    attempts,
    failures: [{ at, error: recordError(dead.error) }],
  };
}

/** The death of a delivery of the log. */
export function deathInLog(
  subscription: string,
  { entry, reason, attempts, failures }: Extract<LetterChange, { kind: 'dead' }>,
): Death {
  return { subscription, envelope: envelopeOf(entry), entry, reason, attempts, failures };
}

/**
 * The letter that a death leaves, where one of the event and the subscription is present, or none. Attempts are added,
 * but for a letter that is dead already: the delivery may be the one it was made of.
 */
export function letterOf(death: Death, present: DeadLetter | undefined, now: number): DeadLetter {
  const { subscription, envelope, entry, reason } = death;
  const last = death.failures.at(-1) ?? { at: now, error: recordError(undefined) };
  const isSame = present?.state === 'dead';
  return {
    id: present?.id ?? newId(),
    state: 'dead',
    subscription,
    envelope,
    entry,
    reason,
    attempts: isSame ? Math.max(present.attempts, death.attempts) : (present?.attempts ?? 0) + death.attempts,
    error: last.error,
    fingerprint: fingerprintOf(last.error),
    replays: (present?.replays ?? 0) + (present?.state === 'replaying' ? 1 : 0),
    firstDeadAt: present?.firstDeadAt ?? now,
    lastDeadAt: now,
    endedAt: undefined,
    note: present?.note,
    actor: present?.actor,
    failures: [...(isSame ? [] : (present?.failures ?? [])), ...death.failures].slice(-MAX_FAILURES),
    edited: present?.edited,
  };
}

/** An event of the log as an envelope. Its data is undefined where it can't be decoded. */
export function envelopeOf(event: EncodedEvent): Envelope {
  const { id, type, schemaVersion, key, priority, occurredAt, correlationId, causationId } = event;
  const { actor, tenant, traceparent, metadata, payload } = event;
  return {
    id,
    type,
    schemaVersion,
    key,
    priority,
    occurredAt,
    correlationId,
    causationId,
    actor,
    tenant,
    traceparent,
    metadata,
    data: dataOf(payload),
  };
}

function dataOf(payload: string): unknown {
  try {
    return decode(payload);
  } catch {
    return undefined;
  }
}

/** The error for the id of a letter that is not kept. */
export function letterMissing(id: string): MortarError {
  return new MortarError('MORTAR_DEAD_LETTER_MISSING', {
    rule: 'A dead letter is named by its id.',
    expected: 'the id of a dead letter that is kept',
    got: describeValue(id),
  });
}

/** The error for a letter that is not in the state that a change expects. */
export function letterInOtherState(
  { id, state }: Pick<DeadLetter, 'id' | 'state'>,
  expected: DeadLetterState,
): MortarError {
  return new MortarError('MORTAR_DEAD_LETTER_STATE', {
    rule: 'A dead letter is replayed or discarded once.',
    expected: `letter ${id} to be ${expected}`,
    got: state,
  });
}

/** The error for the id of a job that is not kept. */
export function jobMissing(id: string): MortarError {
  return new MortarError('MORTAR_REPLAY_MISSING', {
    rule: 'A replay of many dead letters is named by the id of its job.',
    expected: 'the id of a job that is kept',
    got: describeValue(id),
  });
}

/** The error for the name of a subscription that no process has registered. */
export function subscriptionMissing(name: string): MortarError {
  return new MortarError('MORTAR_SUBSCRIPTION_MISSING', {
    rule: 'A subscription is known to the store once a process has registered it.',
    expected: 'the name of a registered subscription',
    got: describeValue(name),
  });
}

/** The error of a write under leases that somebody else has taken. */
export function leaseLost(subscription: string, partitions: readonly number[]): MortarError {
  return new MortarError('MORTAR_LEASE_LOST', {
    rule: 'Only the holder of a lease writes under it.',
    expected: `the lease of each partition of ${subscription} that is written`,
    got: `none of ${partitions.join(', ')}`,
    details: { subscription, partitions },
  });
}
