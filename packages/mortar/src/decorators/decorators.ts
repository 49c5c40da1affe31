import type {
  CommandHandler,
  CommandOptions,
  EventHandler,
  QueryHandler,
  QueryOptions,
  SubscribeOptions,
} from '../bus/index.js';
import type { CommandContract, EventContract, QueryContract } from '../contracts/index.js';
import { markAs } from './marks.js';

/** A decorator of methods, under standard and under legacy (`experimentalDecorators`) semantics alike. */
export interface MethodDecorator<H> {
  <M extends H>(method: M, context: ClassMethodDecoratorContext): void;
  <M extends H>(target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/**
 * Marks a method as a handler of an event. May be given more than once. A context that names its module may publish
 * the events of that module alone: another one's are a compile error.
 * @example
 * @on(OrderPlaced, { retry: { attempts: 5 } })
 * async charge({ data, publish }: EventContext<typeof OrderPlaced, 'billing'>): Promise<void> {
 *   await publish(CardCharged, { orderId: data.orderId });
 * }
 */
export function on<C extends EventContract>(
  contract: C,
  options: SubscribeOptions = {},
): MethodDecorator<EventHandler<C>> {
  return markAs({ kind: 'event', contract, options });
}

/**
 * Marks a method as the handler of a command. Its context may name its module, as with `on`.
 * @example
 * @handles(ChargeCard, { validate: [({ data }) => (data.amount > 500 ? 'Ask the customer first.' : undefined)] })
 * charge({ data }: RequestContext<typeof ChargeCard, 'billing'>): void {
 *   this.#charged.add(data.orderId);
 * }
 */
export function handles<C extends CommandContract>(
  contract: C,
  options: CommandOptions<NoInfer<C>> = {},
): MethodDecorator<CommandHandler<C>> {
  return markAs({ kind: 'command', contract, options });
}

/**
 * Marks a method as the one that answers a query. Its context may name its module, as with `on`.
 * @example
 * @answers(Balance, { cache: { ttlMs: 60_000, invalidatedBy: [CardCharged] } })
 * balance({ data }: RequestContext<typeof Balance, 'billing'>): number {
 *   return this.#balances.get(data.orderId) ?? 0;
 * }
 */
export function answers<C extends QueryContract>(
  contract: C,
  options: QueryOptions<NoInfer<C>> = {},
): MethodDecorator<QueryHandler<C>> {
  return markAs({ kind: 'query', contract, options });
}
