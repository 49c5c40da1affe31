import type { MessageBus, Subscription } from '../bus/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import type { ModuleBuilder } from '../modules/index.js';
import { type Mark, type MarkedMethod, markedMethods } from './marks.js';

/**
 * Registers the marked methods of an object, those of its base classes included; a method that was overridden counts
 * as its class's own says. Subscriptions are named `<Class>.<method>`, with the event's name behind where there are several.
 * @throws MortarError `MORTAR_HANDLER_INVALID` if there are none, `MORTAR_HANDLER_DUPLICATE`
 */
export function registerHandlers(bus: MessageBus, instance: object): readonly Subscription[] {
  const marked = markedMethods(Object.getPrototypeOf(instance));
  if (marked.length === 0) throw noHandlers(instance.constructor?.name ?? describeValue(instance));
  return marked.flatMap(({ method, name, marks }) =>
    marks.flatMap((mark) =>
      register(bus, mark, method.bind(instance), labelOf(instance.constructor.name, name, mark, marks)),
    ),
  );
}

/** A module, as far as marks are concerned: what they are on was checked where they were given. */
interface Registrar {
  on(event: unknown, options: object, services: readonly unknown[], handler: unknown): void;
  handle(command: unknown, options: object, services: readonly unknown[], handler: unknown): void;
  answer(query: unknown, options: object, services: readonly unknown[], handler: unknown): void;
}

/**
 * Registers the marked methods of a class in a module; the module binds the class itself, as a singleton or scoped. Its
 * messages are the module's own, as with `module.handle` and `module.answer`. Subscriptions are named
 * `<module>/<Class>.<method>`.
 * @example
 * export const billing = defineModule('billing', (module) => {
 *   module.singleton(Billing, [Payments]);
 *   registerClass(module, Billing);
 * });
 * @throws MortarError `MORTAR_HANDLER_INVALID` if there are none; as `module.on`, `handle` and `answer` do. A handler
 * throws it too, where what the module binds for the class lacks its method
 */
export function registerClass<N extends string, A extends readonly unknown[], T extends object>(
  module: ModuleBuilder<N>,
  service: new (...args: A) => T,
): void {
  if (typeof service !== 'function' || service.prototype === undefined)
    throw noHandlers(describeValue(service));
  const marked = markedMethods(service.prototype);
  if (marked.length === 0) throw noHandlers(service.name);
  for (const { name, marks } of marked)
    for (const mark of marks)
      registerIn(
        module as Registrar,
        service,
        name,
        `${module.name}/${labelOf(service.name, name, mark, marks)}`,
        mark,
      );
}

function registerIn(
  module: Registrar,
  service: { readonly name: string },
  method: string,
  name: string,
  mark: Mark,
): void {
  const handler = (context: unknown, instance: object): unknown => {
    // By its name, so that what stands in for the class may have a method of its own.
    const found: unknown = Reflect.get(instance, method);
    if (typeof found !== 'function') throw noMethod(`${service.name}.${method}`, found);
    return Reflect.apply(found, instance, [context]);
  };
  if (mark.kind === 'event') module.on(mark.contract, { name, ...mark.options }, [service], handler);
  else if (mark.kind === 'command') module.handle(mark.contract, mark.options, [service], handler);
  else module.answer(mark.contract, mark.options, [service], handler);
}

function register(
  bus: MessageBus,
  mark: Mark,
  handler: MarkedMethod['method'],
  name: string,
): readonly Subscription[] {
  if (mark.kind === 'event') return [bus.events.subscribe(mark.contract, { name, ...mark.options }, handler)];
  if (mark.kind === 'command') bus.requests.handle(mark.contract, handler, { name, ...mark.options });
  else bus.requests.answer(mark.contract, handler, { name, ...mark.options });
  return [];
}

function labelOf(owner: string, method: string, mark: Mark, marks: readonly Mark[]): string {
  return marks.length > 1 ? `${owner}.${method}/${mark.contract.name}` : `${owner}.${method}`;
}

function noHandlers(got: string): MortarError {
  return new MortarError('MORTAR_HANDLER_INVALID', {
    rule: 'A class whose handlers are registered has some.',
    expected: 'a method decorated with @on, @handles or @answers',
    got: `none in ${got}`,
  });
}

function noMethod(name: string, got: unknown): MortarError {
  return new MortarError('MORTAR_HANDLER_INVALID', {
    rule: 'What stands in for a class with decorated handlers has its methods.',
    expected: `a method for ${name}`,
    got: describeValue(got),
  });
}
