/// <reference lib="esnext.disposable" preserve="true" />
import type { MessageBus } from '../bus/index.js';
import type { Clock, PortMethod } from '../contracts/index.js';
import { type Issue, MortarError } from '../errors/index.js';
import type { Logger } from '../logging/logger.js';
import type { Module, ModulePortUse } from '../modules/index.js';
import type { LocalPorts, PortAuthorizer, Ports, RequestTransport } from '../ports/index.js';

/** What the ports of an app are made of. */
export interface AppPortsOptions {
  readonly modules: readonly Module[];
  readonly bus: MessageBus;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly transport: RequestTransport | undefined;
  readonly authorize: PortAuthorizer | undefined;
}

/** The ports of an app: those its modules call, and those it serves to other processes. */
export interface AppPorts {
  readonly ports: Ports;
  /** What is wrong with the policies of the modules. */
  readonly faults: readonly Issue[];
  /** Begins to answer calls that come over the transport, if there is one, until what it answers with is disposed of. */
  serve(): Promise<AsyncDisposable | undefined>;
}

/** Loaded here, so that `import 'mortar'` loads no dependency: calls are guarded by a library's circuit breaker. */
export async function appPortsOf(options: AppPortsOptions): Promise<AppPorts> {
  const { modules, bus, logger, clock, transport, authorize } = options;
  const { checkPortPolicy, createPorts, serveRemotely } = await import('../ports/index.js');
  const faults = new Map<ModulePortUse, Issue>();
  for (const { name, uses } of modules) {
    for (const use of uses) {
      const fault = policyFault(name, use, checkPortPolicy);
      if (fault !== undefined) faults.set(use, fault);
    }
  }
  const implemented = modules.flatMap(({ implementations }) =>
    implementations.flatMap(({ port }) => Object.values(port.methods)),
  );
  const local = localPorts(new Map(implemented.map((method) => [method.name, method])), bus);
  const decider = authorize === undefined ? {} : { authorize };
  const ports = createPorts({
    local,
    policies: modules.flatMap(({ name, uses }) =>
      onePerPort(uses.filter((use) => !faults.has(use))).map(({ port, policy }) => ({
        module: name,
        port: port.name,
        policy,
      })),
    ),
    logger,
    clock,
    ...decider,
    ...(transport === undefined ? {} : { transport }),
  });
  return {
    ports,
    faults: [...faults.values()],
    async serve() {
      if (transport === undefined || implemented.length === 0) return undefined;
      return serveRemotely(transport, implemented, local, { logger, clock, ...decider });
    },
  };
}

function policyFault(
  module: string,
  { port, policy, place }: ModulePortUse,
  check: (where: string, policy: unknown) => void,
): Issue | undefined {
  const path = `module ${module} uses → port ${port.name}`;
  try {
    check(path, policy);
    return undefined;
  } catch (error) {
    if (!(error instanceof MortarError)) throw error;
    const message = `has a policy, at ${place}, that is wrong: ${error.rule} Expected ${error.expected}; got ${error.got}`;
    return { path, message, code: error.code };
  }
}

/** A second one is a fault of the graph. */
function onePerPort(uses: readonly ModulePortUse[]): readonly ModulePortUse[] {
  return [...new Map(uses.map((use) => [use.port.name, use])).values()];
}

function localPorts(methods: ReadonlyMap<string, PortMethod>, bus: MessageBus): LocalPorts {
  return {
    has: (name) => methods.has(name),
    methodOf: (name) => methods.get(name),
    names: () => [...methods.keys()],
    call: (method, data, call) => bus.requests.call(method, data, call),
  };
}
