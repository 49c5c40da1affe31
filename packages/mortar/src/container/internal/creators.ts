import { finish, keep, MAKING, MAX_DEPTH, make, makeTimed, NOTHING } from './creation.js';
import { creationError, reentryError } from './failures.js';
import type { Getter, Node } from './graph/node.js';
import type { ServiceScope } from './service-scope.js';

type Class = new (...args: readonly unknown[]) => unknown;
type Create = (...args: readonly unknown[]) => unknown;

/** What is called for a service: a class; or a function, where there is no class. */
interface Maker {
  readonly node: Node;
  readonly Service: Class | undefined;
  readonly create: Create;
}

/** One in so many creations is timed, the first among them. */
const SAMPLE = 1_024 - 1;

/**
 * What makes a service anew each time it is called.
 *
 * This and `scopedGetter` are what takes the time of a message, so they are written out by number of arguments: no list is
 * made, and nothing is called but the constructors. What each does after a creation stands in it, not in `finish`, and a
 * scoped one is one function with its creation: each call less saves 1 to 2 ns a service, of about 20.
 */
export function creatorOf(node: Node): Getter {
  const maker = makerOf(node);
  const { how } = node.binding;
  if (how.kind === 'context' && node.depth <= MAX_DEPTH) return contextCreator(node, how.create);
  if (maker === undefined) return (scope) => make(node, scope);
  const getters = node.edges.map(({ get }) => get);
  const [a, b, c] = getters;
  if (a === undefined) return creatorOf0(maker);
  if (b === undefined) return creatorOf1(maker, a);
  if (c === undefined) return creatorOf2(maker, a, b);
  return getters.length === 3 ? creatorOf3(maker, a, b, c) : creatorOfMany(maker, getters);
}

/** What makes a service once in each scope. */
export function scopedGetter(node: Node): Getter {
  const maker = makerOf(node);
  if (maker === undefined) return generalScopedGetter(node);
  const getters = node.edges.map(({ get }) => get);
  const [a, b, c] = getters;
  if (a === undefined) return scopedOf0(maker);
  if (b === undefined) return scopedOf1(maker, a);
  if (c === undefined) return scopedOf2(maker, a, b);
  return getters.length === 3 ? scopedOf3(maker, a, b, c) : scopedOfMany(maker, getters);
}

/** Undefined for what is not made on the stack, or of something else than its dependencies. */
function makerOf(node: Node): Maker | undefined {
  if (node.depth > MAX_DEPTH) return undefined;
  const { how } = node.binding;
  // The types were checked where it was bound.
  if (how.kind === 'class') return { node, Service: how.create as Class, create: noFunction };
  if (how.kind === 'factory') return { node, Service: undefined, create: how.create as Create };
  return undefined;
}

function noFunction(): undefined {
  return undefined;
}

function generalScopedGetter(node: Node): Getter {
  const { slot } = node;
  return (scope) => {
    node.resolutions += 1;
    const present = scope.slots[slot];
    return present === undefined ? make(node, scope) : unwrap(node, present);
  };
}

/** What a slot that is not empty holds. */
function unwrap(node: Node, present: unknown): unknown {
  if (present === MAKING) throw reentryError(node);
  return present === NOTHING ? undefined : present;
}

/** Creations that are timed, or that may have to be refused, go the general way. */
function isSpecial(node: Node, scope: ServiceScope): boolean {
  return (node.created & SAMPLE) === 0 || scope.pending !== undefined || scope.kind !== 'scope';
}

function contextCreator(node: Node, create: (context: unknown) => unknown): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      return finish(node, create(scope.context), scope);
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOf0({ node, Service, create }: Maker): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      const service = Service === undefined ? create() : new Service();
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      return service;
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOf1({ node, Service, create }: Maker, a: Getter): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      const service = Service === undefined ? create(a(scope)) : new Service(a(scope));
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      return service;
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOf2({ node, Service, create }: Maker, a: Getter, b: Getter): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      const service = Service === undefined ? create(a(scope), b(scope)) : new Service(a(scope), b(scope));
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      return service;
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOf3({ node, Service, create }: Maker, a: Getter, b: Getter, c: Getter): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      const service =
        Service === undefined
          ? create(a(scope), b(scope), c(scope))
          : new Service(a(scope), b(scope), c(scope));
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      return service;
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOfMany({ node, Service, create }: Maker, getters: readonly Getter[]): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      const args = getters.map((get) => get(scope));
      const service = Service === undefined ? create(...args) : new Service(...args);
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      return service;
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function scopedOf0({ node, Service, create }: Maker): Getter {
  const { slot } = node;
  return (scope) => {
    node.resolutions += 1;
    const { slots } = scope;
    const present = slots[slot];
    if (present !== undefined) return unwrap(node, present);
    if (isSpecial(node, scope)) return make(node, scope);
    slots[slot] = MAKING;
    try {
      const service = Service === undefined ? create() : new Service();
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      slots[slot] = service === undefined ? NOTHING : service;
      return service;
    } catch (error) {
      slots[slot] = undefined;
      throw creationError(node, error);
    }
  };
}

function scopedOf1({ node, Service, create }: Maker, a: Getter): Getter {
  const { slot } = node;
  return (scope) => {
    node.resolutions += 1;
    const { slots } = scope;
    const present = slots[slot];
    if (present !== undefined) return unwrap(node, present);
    if (isSpecial(node, scope)) return make(node, scope);
    slots[slot] = MAKING;
    try {
      const service = Service === undefined ? create(a(scope)) : new Service(a(scope));
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      slots[slot] = service === undefined ? NOTHING : service;
      return service;
    } catch (error) {
      slots[slot] = undefined;
      throw creationError(node, error);
    }
  };
}

function scopedOf2({ node, Service, create }: Maker, a: Getter, b: Getter): Getter {
  const { slot } = node;
  return (scope) => {
    node.resolutions += 1;
    const { slots } = scope;
    const present = slots[slot];
    if (present !== undefined) return unwrap(node, present);
    if (isSpecial(node, scope)) return make(node, scope);
    slots[slot] = MAKING;
    try {
      const service = Service === undefined ? create(a(scope), b(scope)) : new Service(a(scope), b(scope));
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      slots[slot] = service === undefined ? NOTHING : service;
      return service;
    } catch (error) {
      slots[slot] = undefined;
      throw creationError(node, error);
    }
  };
}

function scopedOf3({ node, Service, create }: Maker, a: Getter, b: Getter, c: Getter): Getter {
  const { slot } = node;
  return (scope) => {
    node.resolutions += 1;
    const { slots } = scope;
    const present = slots[slot];
    if (present !== undefined) return unwrap(node, present);
    if (isSpecial(node, scope)) return make(node, scope);
    slots[slot] = MAKING;
    try {
      const service =
        Service === undefined
          ? create(a(scope), b(scope), c(scope))
          : new Service(a(scope), b(scope), c(scope));
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      slots[slot] = service === undefined ? NOTHING : service;
      return service;
    } catch (error) {
      slots[slot] = undefined;
      throw creationError(node, error);
    }
  };
}

function scopedOfMany({ node, Service, create }: Maker, getters: readonly Getter[]): Getter {
  const { slot } = node;
  return (scope) => {
    node.resolutions += 1;
    const { slots } = scope;
    const present = slots[slot];
    if (present !== undefined) return unwrap(node, present);
    if (isSpecial(node, scope)) return make(node, scope);
    slots[slot] = MAKING;
    try {
      const args = getters.map((get) => get(scope));
      const service = Service === undefined ? create(...args) : new Service(...args);
      if (node.disposal !== 'never') keep(node, service, scope);
      node.created += 1;
      slots[slot] = service === undefined ? NOTHING : service;
      return service;
    } catch (error) {
      slots[slot] = undefined;
      throw creationError(node, error);
    }
  };
}
