import {
  type Clock,
  createEnvelope,
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  type Priority,
  priorities,
} from '../../../contracts/index.js';
import { checkKeys, describeValue, MortarError } from '../../../errors/index.js';
import { checkKind } from './kind.js';

const ENVELOPE_KEYS: readonly (keyof EnvelopeOptions)[] = [
  'id',
  'priority',
  'occurredAt',
  'correlationId',
  'causationId',
  'actor',
  'tenant',
  'traceparent',
  'metadata',
];

/**
 * The envelope of what is to be sent: an envelope already, or a contract and its data.
 * @throws MortarError `MORTAR_ENVELOPE_INVALID`, and those of `createEnvelope`
 */
export function toEnvelope(
  event: EventContract | Envelope,
  data: unknown,
  options: EnvelopeOptions | undefined,
  clock: Clock | undefined,
): Envelope {
  if (typeof event !== 'object' || event === null || !('kind' in event)) return checkEnvelope(event);
  checkKind('event', event);
  if (options !== undefined && options !== null) checkKeys('an event', options, ENVELOPE_KEYS);
  // `null` is no options either, and would not be taken for that further on.
  return createEnvelope(event, data, options ?? undefined, clock);
}

/**
 * Checks what the bus itself relies on; the rest is for handlers.
 * @throws MortarError `MORTAR_ENVELOPE_INVALID`
 */
export function checkEnvelope(value: Envelope): Envelope {
  if (typeof value === 'object' && value !== null) {
    const { id, type, key, priority } = value as Partial<Envelope>;
    const isValid =
      typeof id === 'string' &&
      typeof type === 'string' &&
      (key === undefined || typeof key === 'string') &&
      priorities.includes(priority as Priority);
    if (isValid) return value;
  }
  throw invalid(value);
}

function invalid(value: unknown): MortarError {
  return new MortarError('MORTAR_ENVELOPE_INVALID', {
    rule: 'What is delivered is an event.',
    expected: 'an event contract and its data, or an envelope',
    got: describeValue(value),
  });
}
