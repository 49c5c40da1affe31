import {
  type AnySubscribeOptions,
  decide,
  type FailureDecision,
  type LogHandlers,
  type RetryPolicy,
} from '../../bus/index.js';
import type { EventContract } from '../../contracts/index.js';
import type { DurableSubscription } from '../../delivery/index.js';
import { MortarError } from '../../errors/index.js';
import { decodeEntryAs, type LogEntry, type RecordedEvent } from '../../event-store/index.js';
import type { LogSubscribeOptions } from '../../modules/index.js';

/** A subscription as a module has made it, with all that the bus is told of it. */
export interface ModuleSource {
  readonly name: string;
  readonly events: readonly EventContract[];
  readonly bus: AnySubscribeOptions & { readonly retry: RetryPolicy };
  readonly log: LogSubscribeOptions;
  readonly handler: unknown;
}

const DEFAULT_CONCURRENCY = 16;
const AGAIN: FailureDecision = Object.freeze({ kind: 'retry', afterMs: 0 });

/** A subscription to the log whose handler is called through the bus. */
export function logSubscription(
  { name, events, bus, log, handler }: ModuleSource,
  logHandlers: LogHandlers,
): DurableSubscription {
  const { retry, batch, concurrency = DEFAULT_CONCURRENCY } = bus;
  const contracts = new Map(events.map((event) => [event.name, event]));
  const { attempt } = logHandlers.subscribe(events, bus, handler);
  return {
    name,
    types: [...contracts.keys()],
    from: log.from ?? 'now',
    concurrency: batch === undefined ? concurrency : 1,
    batch,
    onDead: log.onDead ?? 'hold',
    onUnreadable: log.onUnreadable ?? 'deadLetter',
    ...(log.partitions === undefined ? {} : { partitions: log.partitions }),
    read: (entry) => readAs(contracts, entry),
    decide: (error, attempts) => (isGivenUp(error) ? AGAIN : decide(retry, error, attempts)),
    attempt: (deliveries, signal) =>
      attempt(
        deliveries.map(({ event, attempt: count }) => ({ envelope: event, attempt: count })),
        signal,
      ),
  };
}

function readAs(contracts: ReadonlyMap<string, EventContract>, entry: LogEntry): RecordedEvent {
  const contract = contracts.get(entry.type);
  // The filter of the subscription lets its own types through, and nothing else.
  if (contract === undefined) throw new Error(`an event of another type, ${entry.type}`);
  return decodeEntryAs(contract, entry);
}

/** An app that stops and has no more time for a handler does not count that as its failure. */
function isGivenUp(error: unknown): boolean {
  return error instanceof MortarError && error.code === 'MORTAR_HANDLER_ABORTED';
}
