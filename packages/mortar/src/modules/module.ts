import type { HandlerOptions } from '../bus/index.js';
import type { Settings } from '../config/index.js';
import type { AnyDependency, Binding, Token } from '../container/index.js';
import {
  type CommandContract,
  type Contract,
  checkModuleName,
  type EventContract,
  type PortContract,
  type QueryContract,
  type Schema,
} from '../contracts/index.js';
import type { HealthCheck } from '../patterns/index.js';
import type { PortPolicy } from '../ports/index.js';
import { recordModule } from './internal/module-recorder.js';
import type { ModuleBuilder } from './module-builder.js';
import type { ModuleProjection } from './projection-list.js';
import type { ModuleSchedule } from './schedule.js';
import type { ModuleSubscribeOptions } from './subscribe-options.js';

/** A bounded context: what it binds, handles, answers and offers, as data. */
export interface Module<N extends string = string> {
  readonly name: N;
  readonly bindings: readonly Binding[];
  readonly handlers: readonly ModuleHandler[];
  readonly subscriptions: readonly ModuleSubscription[];
  readonly implementations: readonly ModuleImplementation[];
  readonly uses: readonly ModulePortUse[];
  /** Events that it publishes by the calendar. */
  readonly schedules: readonly ModuleSchedule[];
  /** Read models that it makes of events. */
  readonly projections: readonly ModuleProjection[];
  readonly hooks: readonly ModuleHook[];
  readonly healthChecks: readonly ModuleHealthCheck[];
  readonly settings: readonly ModuleSettings[];
  /** The contracts that it says are its own. */
  readonly exposes: readonly (Contract | PortContract)[];
  readonly sends: DeclaredSends;
  /** The names of modules that are started before it. */
  readonly startsAfter: readonly string[];
}

/** What was registered, and where in the source, such as `src/shop/module.ts:12`; for messages. */
interface Registered {
  readonly place: string;
}

/** A function of the module and the services it is given after its context. */
interface WithServices extends Registered {
  readonly dependencies: readonly AnyDependency[];
  readonly handler: (context: never, ...services: never) => unknown;
}

/** The handler of a command or query. */
export interface ModuleHandler extends WithServices {
  readonly contract: CommandContract | QueryContract;
  readonly options: ModuleHandlerOptions;
}

/** How a command or query is handled; the module itself is known. */
export type ModuleHandlerOptions = Omit<HandlerOptions, 'name' | 'module' | 'sends'>;

/** The handler of an event, or of several. */
export interface ModuleSubscription extends WithServices {
  readonly name: string;
  readonly events: readonly EventContract[];
  readonly options: ModuleSubscribeOptions;
}

/** What does the work of a port: a function for each method, or one service that has them. */
export interface ModuleImplementation extends Registered {
  readonly port: PortContract;
  readonly dependencies: readonly AnyDependency[];
  /** Absent where the one dependency has the methods. */
  readonly methods: Readonly<Record<string, WithServices['handler']>> | undefined;
}

/** How the module guards its calls of a port. */
export interface ModulePortUse extends Registered {
  readonly port: PortContract;
  readonly policy: PortPolicy;
}

/** What is called when the app starts or stops. */
export interface ModuleHook extends WithServices {
  readonly when: 'start' | 'stop';
}

/** What may be said about a health check. */
export type ModuleHealthOptions = Pick<HealthCheck, 'isCritical' | 'timeoutMs'>;

/** A check of the module's health. */
export interface ModuleHealthCheck extends WithServices {
  readonly name: string;
  readonly options: ModuleHealthOptions;
}

/** Settings that are read from the environment when the app is made, and injected by their token. */
export interface ModuleSettings extends Registered {
  readonly token: Token<unknown>;
  readonly schema: Schema;
  readonly settings: Settings<never>;
}

/** What a module says it sends. An absent list says nothing. */
export interface DeclaredSends {
  readonly publishes?: readonly EventContract[];
  readonly dispatches?: readonly CommandContract[];
  readonly asks?: readonly QueryContract[];
}

/**
 * Defines a module. The function runs at once and records what it says; nothing is made or started before the app is.
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_MODULE_INVALID`, `MORTAR_NOT_OWNER`, `MORTAR_OPTIONS_INVALID`
 */
export function defineModule<const N extends string>(
  name: N,
  register: (module: ModuleBuilder<NoInfer<N>>) => void,
): Module<N> {
  checkModuleName(name);
  return recordModule(name, register);
}
