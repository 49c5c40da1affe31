import { defuse, describeValue, MortarError } from '../errors/index.js';
import type { EventContract } from './contract.js';
import type { Clock } from './internal/clock.js';
import { checkEnvelopeOptions } from './internal/envelope-check.js';
import { newId } from './internal/ids.js';
import type { Priority } from './internal/priority.js';
import { summarize, validate } from './schema.js';

/** An event and all that is known about it. Plain, frozen in type, shared by every handler: never change one. */
export interface Envelope<Data = unknown, N extends string = string> {
  /** UUIDv7. */
  readonly id: string;
  /** The contract's name. */
  readonly type: N;
  readonly schemaVersion: number;
  /** Events with one key are handled in order. */
  readonly key: string | undefined;
  readonly priority: Priority;
  /** Milliseconds since the Unix epoch. */
  readonly occurredAt: number;
  /** Shared by all that follows from one request; the event's own id where it is the first. */
  readonly correlationId: string;
  /** The id of the message that caused this one. */
  readonly causationId: string | undefined;
  /** Who asked for it, at the edge. */
  readonly actor: string | undefined;
  readonly tenant: string | undefined;
  /** W3C Trace Context. */
  readonly traceparent: string | undefined;
  /** The user's own. */
  readonly metadata: Metadata;
  readonly data: Data;
}

/** Metadata of the user's own, carried with an event. */
export type Metadata = Readonly<Record<string, string>>;

/** What a publisher may say about an event besides its data. */
export interface EnvelopeOptions {
  /** A UUIDv7 of the caller's own; publishing twice with one id is how a retry is made safe. */
  readonly id?: string;
  readonly priority?: Priority;
  /** Milliseconds since the Unix epoch; now unless said. */
  readonly occurredAt?: number;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly actor?: string;
  readonly tenant?: string;
  readonly traceparent?: string;
  readonly metadata?: Metadata;
}

const NO_OPTIONS: EnvelopeOptions = {};
const NO_METADATA: Metadata = Object.freeze({});

/**
 * Checks data against an event's schema and puts it into an envelope. `clock` says when it occurred, where the options do
 * not; the machine's unless given.
 * @throws MortarError `MORTAR_DATA_INVALID` with every issue, `MORTAR_KEY_INVALID`, `MORTAR_ENVELOPE_INVALID` for an option
 */
export function createEnvelope<Out, In, N extends string>(
  contract: EventContract<N, Out, In>,
  data: In,
  options?: EnvelopeOptions,
  clock?: Clock,
): Envelope<Out, N> {
  const result = validate(contract.data, data);
  if (result.ok) return envelopeOf(contract, result.value, options, clock);
  throw new MortarError('MORTAR_DATA_INVALID', {
    rule: `The data of event ${contract.name} follows its schema.`,
    expected: 'data without issues',
    got: summarize(result.issues),
    issues: result.issues,
  });
}

/**
 * Puts data that is known to follow the schema into an envelope, without a check of the data.
 * @throws MortarError `MORTAR_KEY_INVALID`, `MORTAR_ENVELOPE_INVALID` for an option
 */
export function envelopeOf<Out, In, N extends string>(
  contract: EventContract<N, Out, In>,
  data: Out,
  options: EnvelopeOptions = NO_OPTIONS,
  clock?: Clock,
): Envelope<Out, N> {
  if (options !== NO_OPTIONS) checkEnvelopeOptions(options);
  const now = Date.now();
  const id = options.id ?? newId(now);
  return {
    id,
    type: contract.name,
    schemaVersion: contract.schemaVersion,
    key: contract.key === undefined ? undefined : checkedKey(contract, data),
    priority: options.priority ?? contract.priority,
    occurredAt: options.occurredAt ?? (clock === undefined ? now : clock.now()),
    correlationId: options.correlationId ?? id,
    causationId: options.causationId,
    actor: options.actor,
    tenant: options.tenant,
    traceparent: options.traceparent,
    metadata: options.metadata === undefined ? NO_METADATA : copyOf(options.metadata),
    data,
  };
}

/** What a message carries on to the messages that it causes. */
export function passedOnBy(
  message: Pick<Envelope, 'id' | 'correlationId' | 'actor' | 'tenant' | 'traceparent'>,
): EnvelopeOptions {
  const { correlationId, id, actor, tenant, traceparent } = message;
  return {
    correlationId,
    causationId: id,
    ...(actor === undefined ? {} : { actor }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** The caller may go on to change its own object while the event waits. */
function copyOf(metadata: Metadata): Metadata {
  return Object.freeze({ ...metadata });
}

function keyOf<Out>(contract: EventContract<string, Out>, data: Out): unknown {
  try {
    return contract.key?.(data);
  } catch (cause) {
    throw new MortarError('MORTAR_KEY_INVALID', {
      rule: `The key of event ${contract.name} is computed from its data.`,
      expected: 'a key function that does not throw',
      got: 'one that threw',
      cause,
    });
  }
}

function checkedKey<Out>(contract: EventContract<string, Out>, data: Out): string {
  const key = keyOf(contract, data);
  if (typeof key === 'string' && key !== '') return key;
  defuse(key);
  throw new MortarError('MORTAR_KEY_INVALID', {
    rule: `The key of event ${contract.name} says which events are handled in order.`,
    expected: 'a string of one character or more',
    got: describeValue(key),
  });
}
