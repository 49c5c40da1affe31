import type { BusCore } from './internal/bus-core.js';
import type { RequestBus } from './requests/request-bus.js';
import type { AnySubscribeOptions } from './subscription.js';

/** Who handles a message. Plain data. */
export interface HandlerEntry {
  readonly kind: 'event' | 'command' | 'query' | 'port';
  /** Of the subscription or handler. */
  readonly name: string;
  /** The module it belongs to, if it was said. */
  readonly module: string | undefined;
  /** The messages it is for; of a subscription by pattern, the pattern. */
  readonly messages: readonly string[];
  readonly options: Readonly<AnySubscribeOptions>;
}

/** Lists who handles what. Always up to date. */
export class HandlerRegistry {
  readonly #core: BusCore;
  readonly #requests: RequestBus;

  constructor(core: BusCore, requests: RequestBus) {
    this.#core = core;
    this.#requests = requests;
  }

  /** All handlers, by kind and name. */
  list(): readonly HandlerEntry[] {
    return [...this.#ofEvents(this.#core.router.all()), ...this.#ofRequests()].sort(
      (a, b) => a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name),
    );
  }

  /** The handlers of one message, also those by pattern. */
  of(message: string): readonly HandlerEntry[] {
    const subscribed = this.#ofEvents(this.#core.router.routeOf(message).registrations);
    return [...subscribed, ...this.#ofRequests().filter(({ messages }) => messages.includes(message))];
  }

  #ofEvents(
    registrations: Iterable<Omit<HandlerEntry, 'kind' | 'messages'> & { readonly events: readonly string[] }>,
  ) {
    return Array.from(
      registrations,
      ({ name, module, events, options }): HandlerEntry => ({
        kind: 'event',
        name,
        module,
        messages: events,
        options,
      }),
    );
  }

  #ofRequests(): readonly HandlerEntry[] {
    return this.#requests.registrations().map(({ contract, name, module, sends }) => ({
      kind: contract.kind,
      name,
      module,
      messages: [contract.name],
      options: sends === undefined ? {} : { sends },
    }));
  }
}
