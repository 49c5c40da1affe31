import type { PublishMiddleware } from '../../bus/index.js';
import { decode, type Envelope, encode } from '../../contracts/index.js';
import type { Module, ModuleSubscription } from '../../modules/index.js';

/** An event as it was published, and its data as a log would have kept it. */
interface Carried {
  readonly envelope: Envelope;
  readonly text: string;
}

type Context = { readonly envelope: Envelope };
type Handling = (given: Context | readonly Context[], ...services: readonly unknown[]) => unknown;

/**
 * Has events that wait in memory behave as those that lie in a log: what no codec carries is refused when it is published, and
 * each call of a handler gets data of its own.
 */
export class CarriedEvents {
  /** Of the envelopes that were published, and of those that handlers got. */
  readonly #carried = new WeakMap<Envelope, Carried>();

  /** @throws MortarError `MORTAR_CODEC_UNSUPPORTED`, `MORTAR_CODEC_TOO_DEEP`, `MORTAR_CODEC_TOO_LARGE` */
  readonly publish: PublishMiddleware = (envelope, next) => {
    const text = encode(envelope.data);
    const published = { ...envelope, data: decode(text) };
    this.#carried.set(published, { envelope: published, text });
    return next(published);
  };

  /** The modules, whose handlers of events get data of their own. */
  around(modules: readonly Module[]): readonly Module[] {
    return modules.map((module) => ({
      ...module,
      subscriptions: module.subscriptions.map((one) => ({ ...one, handler: this.#givenOwn(one.handler) })),
    }));
  }

  /** An event as it was published, whatever a handler made of its data. */
  asPublished(envelope: Envelope): Envelope {
    return this.#carried.get(envelope)?.envelope ?? envelope;
  }

  #givenOwn(handler: ModuleSubscription['handler']): ModuleSubscription['handler'] {
    // The types were checked where the module was defined.
    const call = handler as Handling;
    const given: Handling = (contexts, ...services) => {
      for (const context of 'envelope' in contexts ? [contexts] : contexts)
        Object.assign(context, { envelope: this.#ownOf(context.envelope) });
      return call(contexts, ...services);
    };
    return given;
  }

  #ownOf(envelope: Envelope): Envelope {
    // What an operator has edited comes past the publish middleware.
    const carried = this.#carried.get(envelope) ?? { envelope, text: encode(envelope.data) };
    const own = { ...envelope, data: decode(carried.text) };
    this.#carried.set(own, carried);
    return own;
  }
}
