import type { AnyDependency, Binding } from '../../container/index.js';
import type { CommandContract, EventContract, QueryContract } from '../../contracts/index.js';
import { describeValue, MortarError } from '../../errors/index.js';
import type {
  Module,
  ModuleBuilder,
  ModuleHandler,
  ModuleSubscribeOptions,
  ModuleSubscription,
} from '../module.js';

/** The parts of a registration after its message, told apart by what they are. */
interface Arguments {
  readonly options: ModuleSubscribeOptions;
  readonly dependencies: readonly AnyDependency[];
  readonly handler: ModuleHandler['handler'];
}

/** Runs a module's registrations and keeps them as data. */
export function recordModule<const N extends string>(
  name: N,
  register: (module: ModuleBuilder<N>) => void,
): Module<N> {
  const bindings: Binding[] = [];
  const handlers: ModuleHandler[] = [];
  const subscriptions: ModuleSubscription[] = [];
  const builder = {
    singleton(service: new (...args: never) => unknown, dependencies: readonly AnyDependency[] = []): void {
      bindings.push(bindingOf(name, service, dependencies));
    },
    value(service: AnyDependency, value: unknown): void {
      bindings.push({ service, dependencies: [], create: () => value, owner: name });
    },
    handle(contract: CommandContract, ...rest: readonly unknown[]): void {
      handlers.push(handlerOf(name, 'command', contract, rest));
    },
    answer(contract: QueryContract, ...rest: readonly unknown[]): void {
      handlers.push(handlerOf(name, 'query', contract, rest));
    },
    on(events: EventContract | readonly EventContract[], ...rest: readonly unknown[]): void {
      const subscription = subscriptionOf(name, events, rest);
      checkNew(name, subscriptions, subscription);
      subscriptions.push(subscription);
    },
  };
  // The overloads of ModuleBuilder give types to what is untyped here.
  register(builder as ModuleBuilder<N>);
  return Object.freeze({ name, bindings, handlers, subscriptions });
}

function bindingOf(
  owner: string,
  service: new (...args: never) => unknown,
  dependencies: readonly AnyDependency[],
): Binding {
  if (typeof service !== 'function' || !Array.isArray(dependencies)) {
    throw invalid(
      owner,
      'A service is bound by its class and the list of what its constructor takes.',
      service,
    );
  }
  const construct = service as new (...args: readonly unknown[]) => unknown;
  return { service, dependencies, create: (resolved) => new construct(...resolved), owner };
}

function handlerOf(
  module: string,
  kind: 'command' | 'query',
  contract: CommandContract | QueryContract,
  rest: readonly unknown[],
): ModuleHandler {
  if (contract?.kind !== kind)
    throw invalid(module, `handle takes a command, answer takes a query.`, contract);
  if (contract.module !== module) {
    throw new MortarError('MORTAR_NOT_OWNER', {
      rule: `Only the module named in the prefix of a ${kind} handles it.`,
      expected: `a ${kind} of module ${module}`,
      got: contract.name,
    });
  }
  const { dependencies, handler } = argumentsOf(module, contract.name, rest);
  return { contract, dependencies, handler };
}

function subscriptionOf(
  module: string,
  selected: EventContract | readonly EventContract[],
  rest: readonly unknown[],
): ModuleSubscription {
  const events = Array.isArray(selected) ? selected : [selected as EventContract];
  if (events.length === 0 || !events.every((event) => event?.kind === 'event')) {
    throw invalid(module, 'on takes an event, or several.', selected);
  }
  const label = events.map((event) => event.name).join(', ');
  const { options, dependencies, handler } = argumentsOf(module, label, rest);
  const name = options.name ?? (events.length === 1 ? `${module}/${label}` : undefined);
  if (name !== undefined) return { name, events, options, dependencies, handler };
  throw invalid(module, `A subscription on several events (${label}) needs a name.`, options.name);
}

function argumentsOf(module: string, message: string, rest: readonly unknown[]): Arguments {
  const handler = rest.at(-1);
  if (typeof handler !== 'function')
    throw invalid(module, `The handler of ${message} is a function.`, handler);
  const dependencies = rest.slice(0, -1).find(Array.isArray) ?? [];
  const options = rest.slice(0, -1).find((part) => !Array.isArray(part)) ?? {};
  return { options, dependencies, handler: handler as ModuleHandler['handler'] };
}

function checkNew(
  module: string,
  present: readonly ModuleSubscription[],
  { name }: ModuleSubscription,
): void {
  if (!present.some((other) => other.name === name)) return;
  throw invalid(module, `A second subscription ${name} needs a name of its own.`, name);
}

function invalid(module: string, rule: string, got: unknown): MortarError {
  const isContract = typeof got === 'object' && got !== null && 'kind' in got && 'name' in got;
  return new MortarError('MORTAR_MODULE_INVALID', {
    rule: `${rule}`,
    expected: `module ${module} to keep to it`,
    got: isContract ? `${got.kind} ${got.name}` : describeValue(got),
  });
}
