import { systemClock } from '../bus/bus-options.js';
import type { RequestOrigin } from '../bus/index.js';
import type { AnyMessageContext } from '../bus/requests/message-context.js';
import type { ClientOf, Clock, PortContract } from '../contracts/index.js';
import { type Logger, silentLogger } from '../logging/logger.js';
import type { PortAuthorizer } from './authorization.js';
import { checkPortsOptions } from './internal/call-options.js';
import { Desk } from './internal/desk.js';
import type { LocalPorts } from './local-ports.js';
import type { PortUse } from './policy.js';
import type { CallObserver, PortStats } from './stats.js';
import type { RequestTransport } from './transport.js';

/** What `createPorts` takes. */
export interface PortsOptions {
  /** What is implemented in this process; it is asked first. */
  readonly local: LocalPorts;
  /** The way to the rest. Whoever made it closes it. */
  readonly transport?: RequestTransport;
  /** Where a module does not call a port as the defaults say. */
  readonly policies?: readonly PortUse[];
  /** Decides on methods that name a permission; without it, none of them can be called. */
  readonly authorize?: PortAuthorizer;
  readonly onCall?: CallObserver;
  /** None unless given. */
  readonly logger?: Logger;
  /** Whose time limits, delays, cooldowns and durations these are; the machine's unless given. */
  readonly clock?: Clock;
}

/** Who calls, for every call of one client. */
export interface PortCaller {
  /** The module that calls; absent at an edge. It has a circuit breaker and a bulkhead of its own for each port. */
  readonly module?: string;
  /** What is being handled, as the bus made it: calls carry on from it, unless they say `from`. */
  readonly context?: AnyMessageContext;
  /** What calls carry where there is no context, at an edge. */
  readonly identity?: RequestOrigin;
  /** Ends every call of the client. */
  readonly signal?: AbortSignal;
}

/** The ports of one app, for those who call them. */
export interface Ports {
  /**
   * A client of a port: a frozen object with the port's methods and nothing else, not even a prototype. Whether anyone
   * implements the port shows when it is called.
   *
   * Data is copied when the call is made: what its owner does to it later is not seen.
   *
   * A call rejects with `MORTAR_DATA_INVALID` before anything leaves, `MORTAR_PERMISSION_DENIED`, `MORTAR_BULKHEAD_FULL`,
   * `MORTAR_CIRCUIT_OPEN`, `MORTAR_TIMEOUT`, `MORTAR_PORT_MISSING`, `MORTAR_RESULT_INVALID`, or the error of the
   * implementation: as it is, or, from another process, as a `MortarError` with the same code, and `MORTAR_PORT_FAILED`
   * for what is none.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_ENVELOPE_INVALID`
   */
  client<P extends PortContract>(port: P, caller?: PortCaller): ClientOf<P>;
  /**
   * A client of a port that is there, for edges such as scripts. With a transport, a port that is not implemented here
   * is taken to be elsewhere; a call says `MORTAR_PORT_UNREACHABLE` if it is not.
   * @throws MortarError `MORTAR_PORT_MISSING`, which lists the ports there are; and as `client`
   */
  locate<P extends PortContract>(port: P, caller?: PortCaller): ClientOf<P>;
  /** How calls went so far, by port, method and module. */
  stats(): readonly PortStats[];
}

/**
 * Makes the ports of an app.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function createPorts(options: PortsOptions): Ports {
  checkPortsOptions(options);
  const desk = new Desk(options, options.clock ?? systemClock, options.logger ?? silentLogger);
  return Object.freeze({
    client: <P extends PortContract>(port: P, caller?: PortCaller) => desk.client(port, caller),
    locate: <P extends PortContract>(port: P, caller?: PortCaller) => desk.locate(port, caller),
    stats: () => desk.stats(),
  });
}
