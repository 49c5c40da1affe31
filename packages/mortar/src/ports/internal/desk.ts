import { isThenable } from '../../bus/handler.js';
import {
  type ClientOf,
  type Clock,
  checkModuleName,
  checkName,
  type PortCallOptions,
  type PortContract,
  type PortMethod,
} from '../../contracts/index.js';
import { checkKeys, MortarError } from '../../errors/index.js';
import { guardedLogger } from '../../logging/guarded-logger.js';
import type { Logger } from '../../logging/logger.js';
import { checkPortPolicy, type PortPolicy, type PortUse } from '../policy.js';
import type { PortCaller, PortsOptions } from '../ports.js';
import type { CallReport, PortStats } from '../stats.js';
import { Call, type CallSite } from './call.js';
import { checkCaller, checkCallOptions, checkPort } from './call-options.js';
import { Line } from './line.js';

const NO_CALLER: PortCaller = Object.freeze({});
const NO_OPTIONS: PortCallOptions = Object.freeze({});

/** Hands out clients and keeps, for each port and module, the line over which they call. */
export class Desk {
  readonly #options: PortsOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #policies: ReadonlyMap<string, PortPolicy>;
  readonly #lines = new Map<string, Line>();

  constructor(options: PortsOptions, clock: Clock, logger: Logger) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = guardedLogger(logger);
    this.#policies = policiesOf(options.policies ?? []);
  }

  client<P extends PortContract>(port: P, caller: PortCaller = NO_CALLER): ClientOf<P> {
    checkPort(port);
    checkCaller(port.name, caller);
    const site: CallSite = {
      ports: this.#options,
      clock: this.#clock,
      line: this.#line(port, caller.module),
      caller,
      tell: (report) => this.#tell(report),
    };
    const client: Record<string, unknown> = Object.create(null);
    for (const [name, method] of Object.entries(port.methods)) client[name] = callerOf(site, method);
    return Object.freeze(client) as ClientOf<P>;
  }

  locate<P extends PortContract>(port: P, caller?: PortCaller): ClientOf<P> {
    checkPort(port);
    const { local, transport } = this.#options;
    const isHere = Object.values(port.methods).some(({ name }) => local.has(name));
    if (isHere || transport !== undefined) return this.client(port, caller);
    const there = [...new Set(local.names().map((name) => name.slice(0, name.lastIndexOf('.'))))].sort();
    throw new MortarError('MORTAR_PORT_MISSING', {
      rule: 'A port that is located is implemented.',
      expected: there.length === 0 ? 'a loaded module that implements a port' : `one of ${there.join(', ')}`,
      got: port.name,
    });
  }

  stats(): readonly PortStats[] {
    return [...this.#lines.values()].flatMap((line) => line.stats());
  }

  #line(port: PortContract, module: string | undefined): Line {
    const key = keyOf(port.name, module);
    const present = this.#lines.get(key);
    if (present !== undefined) return present;
    const line = new Line(port.name, module, this.#policies.get(key) ?? {}, this.#clock);
    this.#lines.set(key, line);
    return line;
  }

  #tell(report: CallReport): void {
    const { onCall } = this.#options;
    if (onCall === undefined) return;
    try {
      const answer: unknown = onCall(report);
      if (isThenable(answer)) answer.then(undefined, (error: unknown) => this.#complain(error, report));
    } catch (error) {
      this.#complain(error, report);
    }
  }

  #complain(error: unknown, { port, method }: CallReport): void {
    this.#logger.warn({ error, port, method }, 'the observer of port calls failed');
  }
}

/** Not `async`, so that each call is one promise; nothing in it throws. */
function callerOf(site: CallSite, method: PortMethod): (data: unknown, options?: PortCallOptions) => unknown {
  return async (data, options = NO_OPTIONS) => {
    checkCallOptions(method.name, options);
    return new Call(site, method).make(data, options);
  };
}

function policiesOf(uses: readonly PortUse[]): ReadonlyMap<string, PortPolicy> {
  const policies = new Map<string, PortPolicy>();
  for (const use of uses) {
    checkKeys('a policy', use, ['module', 'port', 'policy']);
    const { module, port, policy } = use;
    checkModuleName(module);
    checkName(port);
    const key = keyOf(port, module);
    const where = `the policy of ${module} for port ${port}`;
    checkPortPolicy(where, policy);
    if (policies.has(key)) {
      throw new MortarError('MORTAR_OPTIONS_INVALID', {
        rule: 'A module calls a port by one policy.',
        expected: `${where} once`,
        got: 'a second one',
      });
    }
    policies.set(key, policy);
  }
  return policies;
}

/** Neither a port nor a module has a space in its name. */
function keyOf(port: string, module: string | undefined): string {
  return `${port} ${module ?? ''}`;
}
