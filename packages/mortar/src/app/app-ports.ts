/// <reference lib="esnext.disposable" preserve="true" />
import type { MessageBus } from '../bus/index.js';
import type { Clock } from '../contracts/index.js';
import type { Logger } from '../logging/logger.js';
import type { Module } from '../modules/index.js';
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
  /** Begins to answer calls that come over the transport, if there is one, until what it answers with is disposed of. */
  serve(): Promise<AsyncDisposable | undefined>;
}

/** Loaded here, so that `import 'mortar'` loads no dependency: calls are guarded by a library's circuit breaker. */
export async function appPortsOf(options: AppPortsOptions): Promise<AppPorts> {
  const { modules, bus, logger, clock, transport, authorize } = options;
  const { createPorts, serveRemotely } = await import('../ports/index.js');
  const implemented = modules.flatMap(({ implementations }) =>
    implementations.flatMap(({ port }) => Object.values(port.methods)),
  );
  const local = localPorts(
    implemented.map(({ name }) => name),
    bus,
  );
  const decider = authorize === undefined ? {} : { authorize };
  const ports = createPorts({
    local,
    policies: modules.flatMap(({ name, uses }) =>
      uses.map(({ port, policy }) => ({ module: name, port: port.name, policy })),
    ),
    logger,
    clock,
    ...decider,
    ...(transport === undefined ? {} : { transport }),
  });
  return {
    ports,
    async serve() {
      if (transport === undefined || implemented.length === 0) return undefined;
      return serveRemotely(transport, implemented, local, { logger, clock, ...decider });
    },
  };
}

function localPorts(names: readonly string[], bus: MessageBus): LocalPorts {
  const known = new Set(names);
  return {
    has: (method) => known.has(method),
    names: () => names,
    call: (method, data, call) => bus.requests.call(method, data, call),
  };
}
