import type { CommandHandler, EventHandler, QueryHandler, SubscribeOptions } from '../bus/index.js';
import type { CommandContract, EventContract, QueryContract } from '../contracts/index.js';
import { markAs } from './marks.js';

/** A decorator of methods, under standard and under legacy (`experimentalDecorators`) semantics alike. */
export interface MethodDecorator<H> {
  <M extends H>(method: M, context: ClassMethodDecoratorContext): void;
  <M extends H>(target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/** Marks a method as a handler of an event. May be given more than once. */
export function on<C extends EventContract>(
  contract: C,
  options: SubscribeOptions = {},
): MethodDecorator<EventHandler<C>> {
  return markAs({ kind: 'event', contract, options });
}

/** Marks a method as the handler of a command. */
export function handles<C extends CommandContract>(contract: C): MethodDecorator<CommandHandler<C>> {
  return markAs({ kind: 'command', contract });
}

/** Marks a method as the one that answers a query. */
export function answers<C extends QueryContract>(contract: C): MethodDecorator<QueryHandler<C>> {
  return markAs({ kind: 'query', contract });
}
