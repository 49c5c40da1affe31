import type { MadeEvent, MessageBus } from '../bus/index.js';
import { type Clock, type Contract, createEnvelope } from '../contracts/index.js';
import { MortarError } from '../errors/index.js';
import type { Logger } from '../logging/logger.js';
import type { Module, StartContext } from '../modules/index.js';

/** What the context of a hook is made of. */
export interface StartParts {
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Keeps an event until the whole app has started. */
  readonly publish: (made: MadeEvent) => void;
}

/** What a module may do while it starts. */
export function startContextOf(module: Module, parts: StartParts): StartContext {
  const { bus, clock, logger, signal, publish } = parts;
  const { publishes, dispatches, asks } = module.sends;
  return {
    signal,
    logger,
    async publish(event, data, options) {
      checkDeclared(module.name, 'publish', event, publishes);
      checkOwner(module.name, event);
      publish({ event, envelope: createEnvelope(event, data, options, clock) });
    },
    async dispatch(command, data, options) {
      checkDeclared(module.name, 'dispatch', command, dispatches);
      return bus.requests.dispatch(command, data, { signal, ...options });
    },
    async ask(query, data, options) {
      checkDeclared(module.name, 'ask', query, asks);
      return bus.requests.ask(query, data, { signal, ...options });
    },
  };
}

function checkOwner(module: string, event: Pick<Contract, 'name' | 'module'>): void {
  if (event.module === module) return;
  throw new MortarError('MORTAR_NOT_OWNER', {
    rule: 'Only the module named in the prefix of an event publishes it.',
    expected: `an event of module ${module}`,
    got: `${event.name}, published at the start of ${module}`,
  });
}

function checkDeclared(
  module: string,
  verb: string,
  { name }: Pick<Contract, 'name'>,
  declared: readonly Pick<Contract, 'name'>[] | undefined,
): void {
  if (declared === undefined || declared.some((contract) => contract.name === name)) return;
  throw new MortarError('MORTAR_SEND_UNDECLARED', {
    rule: 'A module that declares what it sends sends nothing else.',
    expected: `module ${module} to ${verb} ${declared.map((contract) => contract.name).join(', ') || 'nothing'}`,
    got: `${name}, at its start`,
  });
}
