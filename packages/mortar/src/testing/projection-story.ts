import type { DataOf, EventContract } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import type { StreamId, Version } from '../event-store/index.js';
import type { Projection, ReadModelOptions } from '../projections/index.js';
import { judgeDocuments } from './internal/story/documents.js';
import type { Expected } from './like.js';

/** An event that a projection is given. What is not said is what an event has that was published without it, at the time 0. */
export type GivenProjectedEvent<C extends EventContract> = C extends EventContract
  ? {
      readonly type: C['name'];
      readonly data: DataOf<C>;
      readonly streamId?: StreamId | string;
      readonly version?: Version | number;
      /** That of the contract unless said. */
      readonly key?: string;
      /** Those of the contract unless said. */
      readonly tags?: readonly string[];
      /** Milliseconds since the Unix epoch. */
      readonly occurredAt?: number;
      readonly actor?: string;
      readonly tenant?: string;
    }
  : never;

/**
 * A story of a projection. Each call of `given` answers with another story; each end tells it, at once, and throws an
 * `AssertionError` that says how the documents differ.
 */
export interface ProjectionStory<Doc, C extends EventContract> {
  /** These events have happened, after those that were given before. */
  given(...events: readonly GivenProjectedEvent<C>[]): ProjectionStory<Doc, C>;
  /** Exactly these documents have come of it, by key; of a tenant, where each has its own. */
  then(documents: { readonly [key: string]: Expected<Doc> }, options?: ReadModelOptions): void;
  /** No document has come of it. */
  thenNothing(options?: ReadModelOptions): void;
}

/** The story of a projection that nothing was said of. See `story`. */
export function projectionStory<Doc, C extends EventContract>(
  projection: Projection<string, Doc, C>,
  before: readonly GivenProjectedEvent<EventContract>[] = [],
): ProjectionStory<Doc, C> {
  return Object.freeze({
    given: (...events) => {
      for (const event of events) checkGiven(projection, event);
      return projectionStory(projection, [...before, ...events]);
    },
    // biome-ignore lint/suspicious/noThenProperty: given, then; an await of a story rejects
    then: (...said: readonly unknown[]) => {
      const [documents, options] = said;
      if (typeof documents === 'function') {
        if (typeof options === 'function') options(awaited());
        return;
      }
      judgeDocuments(projection, before, documents, options);
    },
    thenNothing: (options) => judgeDocuments(projection, before, {}, options),
  } satisfies ProjectionStory<Doc, C>);
}

function checkGiven({ name, events }: Projection, event: unknown): void {
  const isEvent = typeof event === 'object' && event !== null && 'type' in event && 'data' in event;
  if (isEvent && typeof event.type === 'string' && events.has(event.type)) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `given takes the events of projection ${name}, one by one.`,
    expected: `{ type, data } of ${[...events.keys()].join(', ')}`,
    got: isEvent ? `one of type ${describeValue(event.type)}` : describeValue(event),
  });
}

function awaited(): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A story of a projection is told at once, where its end is said.',
    expected: 'then(documents) or thenNothing()',
    got: 'an await',
  });
}
