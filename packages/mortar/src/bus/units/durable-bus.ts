import type { BusOptions } from '../bus-options.js';
import { EventBus } from '../event-bus.js';
import { HandlerRegistry } from '../handler-registry.js';
import { BusCore, type RequestSender } from '../internal/bus-core.js';
import type { Units } from '../internal/units/unit-committer.js';
import { UnitServices } from '../internal/units/unit-services.js';
import type { MessageBus } from '../message-bus.js';
import { RequestBus } from '../requests/request-bus.js';
import { LogHandlers } from './log-handlers.js';
import { Publisher } from './publisher.js';
import { StoredKeys } from './stored-keys.js';

/**
 * Commands and queries of one application, and its events by way of a durable log: what a handler does is committed with
 * what it publishes, and its events come back through `logHandlers`. Nothing is to be sent through `events` but what may be
 * lost.
 */
export interface DurableBus extends MessageBus {
  readonly logHandlers: LogHandlers;
  readonly publisher: Publisher;
  /** Tells the caches of queries that what these events have led to is committed. */
  settled(types: readonly string[]): void;
  /** Commands, queries, attempts and commits under way. */
  readonly open: number;
}

/**
 * Makes a bus over a store, which may be opened later: before the first message is sent.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function createDurableBus(options: BusOptions, store: Units): DurableBus {
  const core = new DurableCore(store, options, (context, contract, data, requestOptions) =>
    requests.requestResult(contract, data, requestOptions, context),
  );
  const { units } = core;
  const events = new EventBus(core);
  const requests = new RequestBus(core, new StoredKeys(store, core.clock, options.idempotency));
  return {
    events,
    requests,
    handlers: new HandlerRegistry(core, requests),
    logHandlers: new LogHandlers(core, units),
    publisher: new Publisher(core, units),
    settled: (types) => {
      for (const type of types) core.eventWatch.settled({ type });
    },
    get open() {
      return core.open;
    },
    stop: (drainOptions) => events.stop(drainOptions),
    [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
  };
}

/** A bus whose handlers collect what they do. */
class DurableCore extends BusCore {
  override readonly units: UnitServices;

  constructor(store: Units, options: BusOptions, requests: RequestSender) {
    super(options, requests);
    this.units = new UnitServices(this, store);
  }
}
