import type { DurableBus, HandlerOptions, MessageBus, RetryPolicy } from '../bus/index.js';
import type { PortMethod } from '../contracts/index.js';
import type { DurableSubscription } from '../delivery/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import {
  type Module,
  type ModuleHandler,
  type ModuleImplementation,
  type ModuleSubscription,
  splitOptions,
} from '../modules/index.js';
import type { AppDeliveryOptions } from './app-options.js';
import type { ModuleRuntime, WithServices } from './module-runtime.js';
import { LOG_RETRY, logSubscription } from './store/log-subscriptions.js';

/** Without a store nobody else can go on when the process ends, so what fails is soon a dead letter, unless its subscription says otherwise. */
const MEMORY_RETRY: RetryPolicy = {
  attempts: 3,
  backoff: { kind: 'exponential', delayMs: 100, maxDelayMs: 10_000 },
};

type Sends = NonNullable<HandlerOptions['sends']>;

/**
 * Brings what a module handles, answers and implements onto the bus. Over a log, its subscriptions are answered with: they get
 * their events from there.
 */
export function registerModule(
  runtime: ModuleRuntime,
  bus: MessageBus | DurableBus,
  { retry: logRetry = LOG_RETRY }: AppDeliveryOptions = {},
): readonly DurableSubscription[] {
  const { handlers, subscriptions, implementations } = runtime.module;
  for (const handler of handlers) registerHandler(runtime, handler, bus);
  for (const implementation of implementations) registerImplementation(runtime, implementation, bus);
  const usual = 'logHandlers' in bus ? logRetry : MEMORY_RETRY;
  return subscriptions.flatMap((subscription) => registerSubscription(runtime, subscription, bus, usual));
}

function registerHandler(runtime: ModuleRuntime, entry: ModuleHandler, bus: MessageBus): void {
  const { contract, handler, dependencies, options } = entry;
  const all = { ...options, ...identityOf(runtime.module, contract.name) };
  const { name } = contract;
  if (contract.kind === 'command')
    bus.requests.handle(contract, runtime.requestHandler(name, handler, dependencies), all);
  else bus.requests.answer(contract, runtime.requestHandler(name, handler, dependencies), all);
}

function registerSubscription(
  runtime: ModuleRuntime,
  { name, events, options, handler, dependencies }: ModuleSubscription,
  bus: MessageBus | DurableBus,
  usual: RetryPolicy,
): readonly DurableSubscription[] {
  const { bus: said, log } = splitOptions(options);
  const identity = { ...said, name, module: runtime.module.name, ...sendsOf(runtime.module) };
  const all = { ...identity, retry: said.retry ?? usual };
  const call = runtime.handler<unknown, never>(handler, dependencies);
  if (!('logHandlers' in bus)) {
    bus.events.subscribe(events, all, call);
    return [];
  }
  if (options.within === undefined)
    return [logSubscription({ name, events, bus: all, log, handler: call }, bus.logHandlers)];
  bus.logHandlers.subscribeWithin(events, identity, call);
  return [];
}

function registerImplementation(
  runtime: ModuleRuntime,
  implementation: ModuleImplementation,
  bus: MessageBus,
): void {
  const { port, dependencies } = implementation;
  for (const method of Object.values(port.methods)) {
    const call = functionOf(implementation, method);
    const handler = runtime.requestHandler<unknown, unknown>(method.name, call, dependencies);
    bus.requests.serve(method, handler, identityOf(runtime.module, method.name));
  }
}

/** The function of one method: said by itself, or a method of the one service. */
function functionOf({ methods, port, place }: ModuleImplementation, { method }: PortMethod): WithServices {
  const own = methods?.[method];
  if (own !== undefined) return own;
  return (context: unknown, service: Readonly<Record<string, unknown>>) => {
    const call = service[method];
    if (typeof call === 'function') return call.call(service, context);
    throw new MortarError('MORTAR_HANDLER_INVALID', {
      rule: `The service that implements port ${port.name}, at ${place}, has its methods.`,
      expected: `a method ${method}`,
      got: describeValue(call),
    });
  };
}

function identityOf(module: Module, message: string): Pick<HandlerOptions, 'name' | 'module' | 'sends'> {
  return { name: `${module.name}/${message}`, module: module.name, ...sendsOf(module) };
}

function sendsOf({ sends }: Module): { readonly sends?: Sends } {
  const { publishes, dispatches, asks } = sends;
  if (publishes === undefined && dispatches === undefined && asks === undefined) return {};
  return {
    sends: {
      ...(publishes === undefined ? {} : { publishes: namesOf(publishes) }),
      ...(dispatches === undefined ? {} : { dispatches: namesOf(dispatches) }),
      ...(asks === undefined ? {} : { asks: namesOf(asks) }),
    },
  };
}

function namesOf(contracts: readonly { readonly name: string }[]): readonly string[] {
  return contracts.map(({ name }) => name);
}
