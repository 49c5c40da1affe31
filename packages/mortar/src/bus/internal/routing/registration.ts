import { availableParallelism } from 'node:os';
import type { EventContract } from '../../../contracts/index.js';
import type { HandledOutcome } from '../../outcome.js';
import type { Sends } from '../../sends.js';
import type { AnySubscribeOptions, Subscription } from '../../subscription.js';
import type { ContextServices } from '../handler-context.js';
import type { Gate, GateOptions } from '../queues/gate.js';
import type { Invocation } from './invocation.js';
import type { Pattern } from './pattern.js';
import type { Router } from './router.js';

/** What a registration listens to. One event is by far the most common, so it stands without an array. */
export type Source = EventContract | readonly EventContract[] | Pattern;

/** Options that let a handler be called at once, with nothing around it. */
const PLAIN_OPTIONS: readonly string[] = ['name', 'module', 'retry', 'sends'];
const NO_OPTIONS: Readonly<AnySubscribeOptions> = Object.freeze({});

/** What a registration asks of its bus. */
export interface RegistrationServices extends ContextServices {
  readonly router: Router;
  /** A registration has ended: what it held back may go on to others. */
  letGo(): void;
}

/**
 * A subscription as the bus keeps it. There may be a hundred thousand of them, so it has few fields: what most
 * don't need (options, a gate) is shared or made at first use, and names are put together when asked for.
 */
export class Registration implements Subscription {
  readonly services: RegistrationServices;
  readonly source: Source;
  readonly handler: Invocation;
  readonly options: Readonly<AnySubscribeOptions>;
  /** Its given name, or its number on the bus. */
  readonly label: string | number;
  /** Where deliveries wait; absent until something has to. */
  gate: Gate | undefined = undefined;
  /** Whether its handler may be called at once: without a limit, a timeout, a guard, a batch or a thread. */
  readonly isPlain: boolean;
  /** Whether its handler goes on asynchronously: declared so, or seen to do so; absent until it was seen to end. */
  isAsync: boolean | undefined;
  isClosed = false;
  #handled: HandledOutcome | undefined = undefined;

  constructor(
    services: RegistrationServices,
    source: Source,
    handler: Invocation,
    options: AnySubscribeOptions | undefined,
    label: string | number,
  ) {
    this.services = services;
    this.source = source;
    this.handler = handler;
    this.options = options === undefined ? NO_OPTIONS : Object.freeze({ ...options });
    this.label = label;
    this.isPlain = Object.keys(this.options).every((key) => PLAIN_OPTIONS.includes(key));
    this.isAsync = Object.prototype.toString.call(handler) === '[object AsyncFunction]' ? true : undefined;
  }

  get name(): string {
    return typeof this.label === 'string' ? this.label : `${this.events.join('|')}#${this.label}`;
  }

  get isReadOnly(): boolean {
    return false;
  }

  get module(): string | undefined {
    return this.options.module;
  }

  get sends(): Sends | undefined {
    return this.options.sends;
  }

  get events(): readonly string[] {
    return 'text' in this.source ? [this.source.text] : contractsOf(this.source).map(({ name }) => name);
  }

  /** How its gate lets through. Batches hold back twice their size, so that the next one fills while one is handled. */
  get gateOptions(): GateOptions {
    const { concurrency, batch, queue } = this.options;
    const limit = batch === undefined ? (concurrency ?? this.#defaultConcurrency) : 2 * batch.size;
    return {
      holdsKeys: batch === undefined,
      ...(limit === undefined ? {} : { limit }),
      ...(queue === undefined ? {} : { queue }),
    };
  }

  /** As many threads as there are processors do all there is to do; more deliveries would only wait inside the pool. */
  get #defaultConcurrency(): number | undefined {
    return this.options.runOn === 'thread' ? availableParallelism() : undefined;
  }

  /** The outcome of a handler that succeeded. The common one, at the first attempt, is made once. */
  handledOutcome(attempts: number): HandledOutcome {
    if (attempts > 1) return { subscription: this.name, status: 'handled', attempts };
    this.#handled ??= Object.freeze({ subscription: this.name, status: 'handled', attempts });
    return this.#handled;
  }

  [Symbol.dispose](): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.services.router.remove(this);
    this.services.letGo();
  }
}

/** The contracts of a source that is not a pattern. */
export function contractsOf(source: EventContract | readonly EventContract[]): readonly EventContract[] {
  return 'kind' in source ? [source] : source;
}
