import { MortarError } from '../../../errors/index.js';
import type { Outcome } from '../../outcome.js';
import type { Invocation } from './invocation.js';
import { contractsOf, type Registration } from './registration.js';

/** From here on, a list of handlers is searched for duplicates by a set. */
const LARGE_LIST = 16;
/** So that events of made-up types can't fill the memory. */
const MAX_ROUTES = 100_000;
const NONE: readonly Registration[] = Object.freeze([]);

/** Who gets the events of one type. A new registration makes a new route. */
export class Route {
  readonly registrations: readonly Registration[];
  /** Whether all handlers are known to be plain and synchronous: the deliverer finds out, by calling them. */
  isSimple = false;
  #handled: readonly Outcome[] | undefined;
  #settled: Promise<readonly Outcome[]> | undefined;

  constructor(registrations: readonly Registration[]) {
    this.registrations = registrations;
  }

  /** The outcomes when every handler succeeds at once: made once, since that is the common case. */
  get handled(): readonly Outcome[] {
    this.#handled ??= Object.freeze(this.registrations.map((registration) => registration.handledOutcome(1)));
    return this.#handled;
  }

  /** The same as a promise. */
  get settled(): Promise<readonly Outcome[]> {
    this.#settled ??= Promise.resolve(this.handled);
    return this.#settled;
  }
}

/** Knows every registration, and finds those of an event's type. */
export class Router {
  /** By event type: one registration, or several. */
  readonly #exact = new Map<string, Registration | Registration[]>();
  readonly #byPattern: Registration[] = [];
  readonly #byName = new Map<string, Registration>();
  readonly #handlersOfLargeLists = new Map<string, Set<Invocation>>();
  readonly #routes = new Map<string, Route>();

  routeOf(type: string): Route {
    return this.#routes.get(type) ?? this.#makeRoute(type);
  }

  /** @throws MortarError `MORTAR_HANDLER_DUPLICATE` */
  add(registration: Registration): void {
    this.#checkName(registration);
    for (const key of keysOf(registration)) this.#checkHandler(registration, key);
    if (typeof registration.label === 'string') this.#byName.set(registration.label, registration);
    if ('text' in registration.source) {
      this.#byPattern.push(registration);
      this.#routes.clear();
      return;
    }
    for (const type of keysOf(registration)) this.#addExact(type, registration);
  }

  remove(registration: Registration): void {
    if (typeof registration.label === 'string') this.#byName.delete(registration.label);
    if ('text' in registration.source) {
      removeFrom(this.#byPattern, registration);
      this.#routes.clear();
      return;
    }
    for (const type of keysOf(registration)) this.#removeExact(type, registration);
  }

  /** Every registration, once. */
  all(): Iterable<Registration> {
    return new Set([...this.#exact.values()].flat().concat(this.#byPattern));
  }

  find(name: string): Registration | undefined {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    for (const registration of this.all()) if (registration.name === name) return registration;
    return undefined;
  }

  #makeRoute(type: string): Route {
    const found = this.#exact.get(type);
    const exact = found === undefined ? NONE : Array.isArray(found) ? found : [found];
    const matching = this.#byPattern.filter(({ source }) => 'text' in source && source.matches(type));
    const route = new Route([...exact, ...matching]);
    if (this.#routes.size >= MAX_ROUTES) this.#routes.clear();
    this.#routes.set(type, route);
    return route;
  }

  #addExact(type: string, registration: Registration): void {
    const present = this.#exact.get(type);
    if (present === undefined) this.#exact.set(type, registration);
    else if (Array.isArray(present)) present.push(registration);
    else this.#exact.set(type, [present, registration]);
    this.#handlersOfLargeLists.get(type)?.add(registration.handler);
    this.#routes.delete(type);
  }

  #removeExact(type: string, registration: Registration): void {
    const present = this.#exact.get(type);
    if (Array.isArray(present)) removeFrom(present, registration);
    const isStillThere =
      Array.isArray(present) && present.some(({ handler }) => handler === registration.handler);
    if (present === registration || (Array.isArray(present) && present.length === 0))
      this.#exact.delete(type);
    if (!isStillThere) this.#handlersOfLargeLists.get(type)?.delete(registration.handler);
    this.#routes.delete(type);
  }

  #checkName({ label }: Registration): void {
    const present = typeof label === 'string' ? this.#byName.get(label) : undefined;
    if (present === undefined) return;
    throw new MortarError('MORTAR_HANDLER_DUPLICATE', {
      rule: 'The name of a subscription is unique on its bus.',
      expected: 'another name, or one registration only',
      got: `a second subscription named "${label}" (the first listens to ${present.events.join(', ')})`,
    });
  }

  /** The same function twice for one event would do everything twice, unless each has a name of its own. */
  #checkHandler({ handler, label }: Registration, key: string): void {
    if (typeof label === 'string') return;
    const isByPattern = this.#byPattern.some(
      ({ source, handler: other }) => other === handler && 'text' in source && source.text === key,
    );
    if (!isByPattern && !this.#isByContract(handler, key)) return;
    throw new MortarError('MORTAR_HANDLER_DUPLICATE', {
      rule: 'One handler is registered once for an event.',
      expected: 'one registration, or a name of its own for each',
      got: `a second registration of the same handler for ${key}`,
    });
  }

  #isByContract(handler: Invocation, key: string): boolean {
    const present = this.#exact.get(key);
    if (!Array.isArray(present)) return present?.handler === handler;
    if (present.length > LARGE_LIST) return this.#handlersOf(key, present).has(handler);
    return present.some((other) => other.handler === handler);
  }

  #handlersOf(key: string, list: readonly Registration[]): ReadonlySet<Invocation> {
    const known = this.#handlersOfLargeLists.get(key);
    if (known !== undefined) return known;
    const handlers = new Set(list.map((other) => other.handler));
    this.#handlersOfLargeLists.set(key, handlers);
    return handlers;
  }
}

/** The event types of a registration, or its pattern. */
function keysOf({ source }: Registration): readonly string[] {
  return 'text' in source ? [source.text] : contractsOf(source).map(({ name }) => name);
}

function removeFrom(list: Registration[], registration: Registration): void {
  const index = list.indexOf(registration);
  if (index >= 0) list.splice(index, 1);
}
