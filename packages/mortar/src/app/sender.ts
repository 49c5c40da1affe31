import type {
  DispatchOptions,
  DispatchTerms,
  MessageBus,
  Outcome,
  Published,
  RequestOptions,
  RequestTerms,
  Result,
  ScheduleVerbs,
} from '../bus/index.js';
import {
  type ClientOf,
  type Clock,
  type CommandContract,
  checkEnvelopeOptions,
  type EnvelopeOptions,
  type EventContract,
  type FailureContract,
  type FailureOut,
  type PortContract,
  type QueryContract,
} from '../contracts/index.js';
import {
  checkKeys,
  checkOneOf,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from '../errors/index.js';
import type { Ports } from '../ports/index.js';
import type { Lifecycle } from './lifecycle.js';
import type { Durability } from './store/durability.js';
import { withinTime } from './time-limit.js';

/** On whose behalf an edge (HTTP, a script) speaks. */
export interface Identity {
  /** Who asks for it; what handlers do in consequence is done for this actor too. */
  readonly actor?: string;
  readonly tenant?: string;
  /** Shared by all that follows; made for each message unless given. */
  readonly correlationId?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
}

/** How `publish` answers when it waits. */
export interface WaitForHandlers {
  /**
   * Resolve only when every handler has finished, with the outcomes. Over a store: when each subscription of this app has
   * handled it, in whichever process, or keeps it as a dead letter, or it is `held` behind an earlier one of its key.
   */
  readonly wait: 'handled';
  /** How long `wait` waits; no limit unless said. Then `MORTAR_WAIT_TIMEOUT` says so; the event is handled all the same. */
  readonly timeoutMs?: number;
}

/** Under which name an event waits that is published later: of one name, the last counts. */
export interface WaitUnderName {
  /** 1 to 200 printable characters; the id of the event unless said. */
  readonly name?: string;
}

/** Sends messages to the modules of an app, from outside of them. `Options` is what a call may say beside its data. */
export interface Sender<
  Asking extends RequestTerms = RequestOptions,
  Dispatching extends DispatchTerms = DispatchOptions,
  Publishing = EnvelopeOptions,
> extends ScheduleVerbs<string, Publishing & WaitUnderName> {
  /**
   * Resolves with the result, when the command's handler has finished and its events are accepted. Rejects with its
   * error; a failure that the contract names is the cause of `MORTAR_REQUEST_REFUSED`.
   */
  dispatch<In, Value>(
    command: CommandContract<string, unknown, In, Value>,
    data: NoInfer<In>,
    options?: Dispatching,
  ): Promise<Value>;
  /** The same, but answers with a failure where there is one. Everything else is thrown. */
  tryDispatch<In, Value, F extends FailureContract>(
    command: CommandContract<string, unknown, In, Value, unknown, F>,
    data: NoInfer<In>,
    options?: Dispatching,
  ): Promise<Result<Value, FailureOut<F>>>;
  /** Resolves with the answer. */
  ask<In, Value>(
    query: QueryContract<string, unknown, In, Value>,
    data: NoInfer<In>,
    options?: Asking,
  ): Promise<Value>;
  /** The same, but answers with a failure where there is one. Everything else is thrown. */
  tryAsk<In, Value, F extends FailureContract>(
    query: QueryContract<string, unknown, In, Value, unknown, F>,
    data: NoInfer<In>,
    options?: Asking,
  ): Promise<Result<Value, FailureOut<F>>>;
  /**
   * Resolves when every handler of the event has finished, with the outcomes.
   * @throws MortarError `MORTAR_MODULE_MISSING` for an event whose module is not loaded; `MORTAR_WAIT_TIMEOUT`
   */
  publish<In>(
    event: EventContract<string, unknown, In>,
    data: NoInfer<In>,
    options: Publishing & WaitForHandlers,
  ): Promise<readonly Outcome[]>;
  /**
   * Resolves when the event is accepted; in an app with a store, when it is committed to the log. Where it is not known whether
   * it was, publishing it again with the same `id` is safe.
   * @throws MortarError `MORTAR_MODULE_MISSING` for an event whose module is not loaded
   */
  publish<In>(
    event: EventContract<string, unknown, In>,
    data: NoInfer<In>,
    options?: Publishing,
  ): Promise<void>;
  /**
   * A client of a port, of an app that is started.
   * @throws MortarError `MORTAR_PORT_MISSING`, which lists the ports there are; `MORTAR_APP_STATE`
   */
  locate<P extends PortContract>(port: P): ClientOf<P>;
}

type AnyCall = (...args: readonly unknown[]) => Promise<unknown>;
type PublishOptions = EnvelopeOptions & Partial<WaitForHandlers>;

/** The verbs of someone: who it is, is said already. */
export type SenderAs = Sender<RequestTerms, DispatchTerms, Omit<EnvelopeOptions, keyof Identity>>;

/** What a sender sends through. */
export interface SenderParts {
  readonly bus: MessageBus;
  readonly ports: Ports;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  /** Of an app with a store. */
  readonly durability: Durability | undefined;
  /** The names of the loaded modules. */
  readonly modules: ReadonlySet<string>;
}

const ENVELOPE_KEYS = [
  'id',
  'priority',
  'occurredAt',
  'correlationId',
  'causationId',
  'actor',
  'tenant',
  'traceparent',
  'metadata',
] as const satisfies readonly (keyof EnvelopeOptions)[];
const PUBLISH_KEYS: readonly (keyof EnvelopeOptions | keyof WaitForHandlers)[] = [
  'wait',
  'timeoutMs',
  ...ENVELOPE_KEYS,
];
const IDENTITY_KEYS: readonly (keyof Identity)[] = ['actor', 'tenant', 'correlationId', 'traceparent'];

/** The verbs of an app. What an identity says, no call may say otherwise. */
export function senderOf(parts: SenderParts, identity: Identity = {}): Sender {
  const { bus, lifecycle, ports } = parts;
  const { requests } = bus;
  const isKnown = Object.keys(identity).length > 0;
  /** The options of a call, and the identity. */
  const known = <T extends object>(options: T | undefined): T & Identity => {
    if (options !== undefined) checkOptions(options, isKnown);
    return { ...options, ...identity } as T & Identity;
  };
  return {
    async dispatch(command, data, options) {
      lifecycle.checkStarted('dispatch');
      return requests.dispatch(command, data, known(options));
    },
    async tryDispatch(command, data, options) {
      lifecycle.checkStarted('tryDispatch');
      return requests.tryDispatch(command, data, known(options));
    },
    async ask(query, data, options) {
      lifecycle.checkStarted('ask');
      return requests.ask(query, data, known(options));
    },
    async tryAsk(query, data, options) {
      lifecycle.checkStarted('tryAsk');
      return requests.tryAsk(query, data, known(options));
    },
    // With `wait` there are outcomes, without there are none: that is what the overloads say.
    publish: (async (event: EventContract, data: unknown, options: PublishOptions | undefined) => {
      lifecycle.checkStarted('publish');
      return publish(parts, event, data, known(options));
    }) as Sender['publish'],
    ...scheduleVerbsOf(parts, known),
    locate(port) {
      lifecycle.checkStarted('locate');
      return whileStarted(ports.locate(port, { identity }), lifecycle);
    },
  };
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_ENVELOPE_INVALID` */
export function checkIdentity(identity: Identity): void {
  checkKeys('as', identity, IDENTITY_KEYS);
  checkEnvelopeOptions(identity);
}

/** A client that is kept beyond the stop of its app is refused, as the other verbs are. */
function whileStarted<C extends object>(client: C, lifecycle: Lifecycle): C {
  const calls = Object.entries(client as Readonly<Record<string, AnyCall>>);
  const methods = calls.map(([name, call]): [string, AnyCall] => [
    name,
    async (...args) => {
      lifecycle.checkStarted(name);
      return call(...args);
    },
  ]);
  // Each method is the client's own, with the same parameters and result.
  return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(methods))) as C;
}

/** Publishing later, which takes a store. */
function scheduleVerbsOf(
  { lifecycle, durability, modules }: SenderParts,
  known: <T extends object>(options: T | undefined) => T & Identity,
): ScheduleVerbs<string, EnvelopeOptions & WaitUnderName> {
  const publisherFor = (verb: string): Durability['publisher'] => {
    lifecycle.checkStarted(verb);
    if (durability === undefined) throw storeMissing(verb);
    return durability.publisher;
  };
  const scheduled = <T extends object>(event: EventContract, options: T | undefined): T & Identity => {
    checkLoaded(modules, event);
    const all = known(options);
    checkKeys('publishAt', all, [...ENVELOPE_KEYS, 'name']);
    return all;
  };
  return {
    async publishAt(event, data, at, options) {
      return publisherFor('publishAt').publishAt(event, data, at, scheduled(event, options));
    },
    async publishAfter(event, data, delayMs, options) {
      return publisherFor('publishAfter').publishAfter(event, data, delayMs, scheduled(event, options));
    },
    async unschedule(name) {
      return publisherFor('unschedule').unschedule(name);
    },
  };
}

async function publish<In>(
  { bus, modules, clock, durability }: SenderParts,
  event: EventContract<string, unknown, In>,
  data: In,
  options: PublishOptions,
): Promise<readonly Outcome[] | undefined> {
  checkKeys('publish', options, PUBLISH_KEYS);
  const { wait, timeoutMs, ...envelopeOptions } = options;
  if (wait !== undefined) checkOneOf('wait', wait, ['handled']);
  if (timeoutMs !== undefined) checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  checkLoaded(modules, event);
  if (wait === undefined && timeoutMs !== undefined) throw noWait();
  if (durability !== undefined) {
    const published = await durability.publisher.publish(event, data, envelopeOptions);
    if (wait === undefined) return undefined;
    return published === undefined ? [] : handledWithin(published, durability, timeoutMs, clock);
  }
  if (wait === 'handled') {
    const handled = bus.events.deliverInTurn(event, data, envelopeOptions);
    if (timeoutMs === undefined) return handled;
    return withinTime(handled, { timeoutMs, clock }, () => stillAtWork(event.name, timeoutMs));
  }
  await bus.events.enqueue(event, data, envelopeOptions);
  return undefined;
}

/** The limit is for the wait: the event is committed already. */
async function handledWithin(
  published: Published,
  durability: Durability,
  timeoutMs: number | undefined,
  clock: Clock,
): Promise<readonly Outcome[]> {
  const controller = new AbortController();
  const handled = durability.whenHandled(published, controller);
  if (timeoutMs === undefined) return handled;
  try {
    const late = (): MortarError => stillAtWork(published.envelope.type, timeoutMs);
    return await withinTime(handled, { timeoutMs, clock }, late);
  } finally {
    controller.abort();
  }
}

/** @throws MortarError `MORTAR_MODULE_MISSING` */
export function checkLoaded(modules: ReadonlySet<string>, event: EventContract): void {
  if (typeof event?.module !== 'string' || modules.has(event.module)) return;
  throw new MortarError('MORTAR_MODULE_MISSING', {
    rule: 'An app publishes the events of its own modules; others tell of theirs themselves.',
    expected: `an event of ${[...modules].sort().join(', ') || 'a module, of which there is none'}`,
    got: describeValue(event.name),
  });
}

/** The rest of the options is checked by whoever takes them. */
function checkOptions(options: unknown, isKnown: boolean): void {
  if (typeof options !== 'object' || options === null) {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'What a call says beside its data, are options.',
      expected: 'an object',
      got: describeValue(options),
    });
  }
  const said = isKnown ? IDENTITY_KEYS.find((key) => Object.hasOwn(options, key)) : undefined;
  if (said === undefined) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Who speaks is said once, with as.',
    expected: `no ${said} in the options of the call`,
    got: 'one',
  });
}

function storeMissing(verb: string): MortarError {
  return new MortarError('MORTAR_STORE_MISSING', {
    rule: 'What is published later is kept in a durable store.',
    expected: 'an app with the option store',
    got: `${verb} of an app without one`,
  });
}

function noWait(): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option timeoutMs limits how long publish waits for handlers.',
    expected: "wait: 'handled' beside it",
    got: 'no wait',
  });
}

/** The event is handled all the same. */
function stillAtWork(name: string, timeoutMs: number): MortarError {
  return new MortarError('MORTAR_WAIT_TIMEOUT', {
    rule: 'A wait for the handlers of an event has an end.',
    expected: `all handlers of ${name} to finish within ${timeoutMs} ms`,
    got: 'some that are still at work; the event is accepted and will be handled',
  });
}
