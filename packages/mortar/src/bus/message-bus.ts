/// <reference lib="esnext.disposable" preserve="true" />
import type { BusOptions } from './bus-options.js';
import { type DrainOptions, type DrainReport, EventBus } from './event-bus.js';
import { HandlerRegistry } from './handler-registry.js';
import { BusCore } from './internal/bus-core.js';
import { type IdempotencyKeys, MemoryIdempotencyKeys } from './requests/idempotency-keys.js';
import { RequestBus } from './requests/request-bus.js';

/** Events, commands and queries of one application: their handlers may publish, dispatch and ask. */
export interface MessageBus extends AsyncDisposable {
  readonly events: EventBus;
  readonly requests: RequestBus;
  /** Who handles what. */
  readonly handlers: HandlerRegistry;
  /** Drains and ends both. */
  stop(options?: DrainOptions): Promise<DrainReport>;
}

/**
 * Makes a bus. The results of commands are kept for their idempotency keys in memory, as the option `idempotency` says,
 * unless something else is given to keep them.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function createMessageBus(options: BusOptions = {}, keys?: IdempotencyKeys): MessageBus {
  const core = new BusCore(options, (context, contract, data, requestOptions) =>
    requests.requestResult(contract, data, requestOptions, context),
  );
  const events = new EventBus(core);
  const requests = new RequestBus(core, keys ?? new MemoryIdempotencyKeys(core.clock, options.idempotency));
  return {
    events,
    requests,
    handlers: new HandlerRegistry(core, requests),
    stop: (drainOptions) => events.stop(drainOptions),
    [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
  };
}
