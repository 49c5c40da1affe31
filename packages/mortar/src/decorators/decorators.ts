import type {
  CommandHandler,
  EventHandler,
  MessageBus,
  QueryHandler,
  SubscribeOptions,
  Subscription,
} from '../bus/index.js';
import type { CommandContract, EventContract, QueryContract } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';

/** A decorator of methods, under standard and under legacy (`experimentalDecorators`) semantics alike. */
export interface MethodDecorator<H> {
  <M extends H>(method: M, context: ClassMethodDecoratorContext): void;
  <M extends H>(target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/** What a method is marked as. */
type Mark =
  | { readonly kind: 'event'; readonly contract: EventContract; readonly options: SubscribeOptions }
  | { readonly kind: 'command'; readonly contract: CommandContract }
  | { readonly kind: 'query'; readonly contract: QueryContract };

/** The marks stand beside the functions, not on them: a decorated class is the same class. */
const marksOf = new WeakMap<object, readonly Mark[]>();

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

/**
 * Registers the marked methods of an object, those of its base classes included; a method that was overridden counts
 * as its class's own says. Subscriptions are named `<Class>.<method>`, with the event's name behind where there are several.
 * @throws MortarError `MORTAR_HANDLER_INVALID` if there are none, `MORTAR_HANDLER_DUPLICATE`
 */
export function registerHandlers(bus: MessageBus, instance: object): readonly Subscription[] {
  const marked = markedMethods(instance);
  if (marked.length === 0) {
    throw new MortarError('MORTAR_HANDLER_INVALID', {
      rule: 'An object whose handlers are registered has some.',
      expected: 'a method decorated with @on, @handles or @answers',
      got: `none in ${instance.constructor?.name ?? describeValue(instance)}`,
    });
  }
  return marked.flatMap(({ method, name, marks }) =>
    marks.flatMap((mark) => {
      const label = `${instance.constructor.name}.${name}`;
      return register(
        bus,
        mark,
        method.bind(instance),
        marks.length > 1 ? `${label}/${mark.contract.name}` : label,
      );
    }),
  );
}

/** A method as it is found on a prototype. */
interface MarkedMethod {
  readonly method: (context: unknown) => undefined;
  readonly name: string;
  readonly marks: readonly Mark[];
}

function register(
  bus: MessageBus,
  mark: Mark,
  handler: MarkedMethod['method'],
  name: string,
): readonly Subscription[] {
  if (mark.kind === 'event') return [bus.events.subscribe(mark.contract, { name, ...mark.options }, handler)];
  if (mark.kind === 'command') bus.requests.handle(mark.contract, handler, { name });
  else bus.requests.answer(mark.contract, handler, { name });
  return [];
}

function markAs(mark: Mark): (...parts: readonly unknown[]) => void {
  return (target, nameOrContext, descriptor) => {
    const isLegacy = typeof nameOrContext !== 'object';
    const method = isLegacy ? (descriptor as PropertyDescriptor | undefined)?.value : target;
    const isOnPrototype = isLegacy ? typeof target !== 'function' : isPublicMethod(nameOrContext);
    if (typeof method !== 'function' || !isOnPrototype) {
      throw new MortarError('MORTAR_HANDLER_INVALID', {
        rule: 'A decorated handler is found on the prototype of its class.',
        expected: 'a public method that is not static',
        got: `a decorator for ${mark.contract.name} on something else`,
      });
    }
    marksOf.set(method, [...(marksOf.get(method) ?? []), mark]);
  };
}

function isPublicMethod(context: unknown): boolean {
  const { kind, static: isStatic, private: isPrivate } = context as ClassMethodDecoratorContext;
  return kind === 'method' && !isStatic && !isPrivate;
}

function markedMethods(instance: object): readonly MarkedMethod[] {
  const found = new Map<string, MarkedMethod>();
  for (const prototype of prototypesOf(instance)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value !== 'function' || found.has(name)) continue;
      found.set(name, { method: value, name, marks: marksOf.get(value) ?? [] });
    }
  }
  return [...found.values()].filter(({ marks }) => marks.length > 0);
}

/** From the object's own class to the last base class. */
function prototypesOf(instance: object): readonly object[] {
  const prototypes: object[] = [];
  for (
    let prototype = Object.getPrototypeOf(instance);
    prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    prototypes.push(prototype);
  }
  return prototypes;
}
