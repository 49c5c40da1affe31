/// <reference lib="esnext.disposable" preserve="true" />
import type { BusOptions } from './bus-options.js';
import { type DrainOptions, type DrainReport, EventBus } from './event-bus.js';
import { HandlerRegistry } from './handler-registry.js';
import { BusCore } from './internal/bus-core.js';
import { RequestBus } from './request-bus.js';

/** Events, commands and queries of one application: their handlers may publish, dispatch and ask. */
export interface MessageBus extends AsyncDisposable {
  readonly events: EventBus;
  readonly requests: RequestBus;
  /** Who handles what. */
  readonly handlers: HandlerRegistry;
  /** Drains and ends both. */
  stop(options?: DrainOptions): Promise<DrainReport>;
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function createMessageBus(options: BusOptions = {}): MessageBus {
  const core = new BusCore(options, (context, contract, data) =>
    requests.request(contract, data, context.passedOn(), context),
  );
  const events = new EventBus(core);
  const requests = new RequestBus(core);
  return {
    events,
    requests,
    handlers: new HandlerRegistry(core, requests),
    stop: (drainOptions) => events.stop(drainOptions),
    [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
  };
}
