import {
  type Clock,
  type CodecOptions,
  type EnvelopeOptions,
  type EventContract,
  envelopeOf,
  tagsOf,
} from '../../contracts/index.js';
import {
  type Append,
  type AppendResult,
  type EncodedEvent,
  encodeEvent,
  type StreamId,
} from '../../event-store/index.js';
import type { DomainEvent } from '../decider.js';

/** How decided events are put into envelopes. */
export interface EnvelopeParts {
  readonly events: ReadonlyMap<string, EventContract>;
  readonly codec: CodecOptions | undefined;
  readonly clock: Clock;
}

/**
 * Decided events as a store keeps them. Those of one decision share a correlation id, that of the first where none is given.
 * @throws MortarError `MORTAR_ENVELOPE_INVALID`, `MORTAR_KEY_INVALID`, `MORTAR_TAGS_INVALID`, and as `encode` of the codec
 */
export function encodeDecided(
  events: readonly DomainEvent[],
  parts: EnvelopeParts,
  options: EnvelopeOptions,
): readonly EncodedEvent[] {
  let shared = options;
  const encoded: EncodedEvent[] = [];
  for (const { type, data } of events) {
    const contract = parts.events.get(type);
    // Each decided event has a contract: `decide` has looked at that.
    if (contract === undefined) continue;
    const envelope = envelopeOf(contract, data, shared, parts.clock);
    encoded.push(encodeEvent(envelope, tagsOf(contract, data), parts.codec));
    if (shared.correlationId === undefined) shared = { ...options, correlationId: envelope.correlationId };
  }
  return encoded;
}

/** Encoded events as appends to the streams they go to, or to none: the events of one stream together, in their order. */
export class StreamedEvents {
  readonly #streams = new Map<StreamId | undefined, EncodedEvent[]>();
  readonly #events: readonly EncodedEvent[];

  constructor(events: readonly EncodedEvent[], streams: readonly (StreamId | undefined)[]) {
    this.#events = events;
    events.forEach((event, index) => {
      const stream = streams[index];
      const there = this.#streams.get(stream);
      if (there === undefined) this.#streams.set(stream, [event]);
      else there.push(event);
    });
  }

  get appends(): readonly Append[] {
    return [...this.#streams].map(([streamId, events]) =>
      streamId === undefined ? { events } : { streamId, events },
    );
  }

  /** The same result, with the positions in the order of the events. */
  inOrder(result: AppendResult): AppendResult {
    const placed = [...this.#streams.values()].flat();
    const positions = this.#events.flatMap((event) => result.positions[placed.indexOf(event)] ?? []);
    return { ...result, positions };
  }
}
