import { type AnyDependency, isMarked } from '../token.js';
import { finish, MAKING, MAX_DEPTH, make, makeTimed, NOTHING, refusePromise } from './creation.js';
import { asyncError, creationError, reentryError, unscopedError } from './failures.js';
import type { Edge, Getter, Home, Node } from './graph/node.js';
import type { ServiceScope } from './service-scope.js';

/** Makes a dependency's getter ready, and all that it will call: closures by number of arguments, made once. */
export function getReady(edge: Edge, home: Home): void {
  if (!edge.isLazy) for (const target of edge.targets) getNodeReady(target);
  edge.get = getterOf(edge.dependency, edge.targets, home);
}

/** A loop, so that no chain is too deep. Dependencies are ready before what needs them. */
export function getNodeReady(start: Node): void {
  if (start.isReady) return;
  const open: { readonly node: Node; at: number }[] = [{ node: start, at: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { node } = top;
    const needed = node.needs[top.at];
    top.at += 1;
    if (needed !== undefined) {
      if (!needed.isReady) open.push({ node: needed, at: 0 });
      continue;
    }
    open.pop();
    if (node.isReady) continue;
    for (const edge of node.edges) edge.get = getterOf(edge.dependency, edge.targets, node.home);
    if (node.binding.lifetime === 'scoped') node.slot = node.home.takeSlot();
    node.get = getterByLifetime(node);
    node.isReady = true;
  }
}

function getterOf(dependency: AnyDependency, targets: readonly Node[], home: Home): Getter {
  if (!isMarked(dependency)) return targets[0]?.get ?? nothing;
  const { kind, of } = dependency;
  if (kind === 'optional') return targets.length === 0 && !isAll(of) ? nothing : getterOf(of, targets, home);
  if (kind === 'lazy') return (scope) => lazily(of, home, scope);
  const getters = targets.map(({ get }) => get);
  return (scope) => getters.map((get) => get(scope));
}

function isAll(dependency: AnyDependency): boolean {
  let inner = dependency;
  while (isMarked(inner)) {
    if (inner.kind === 'all') return true;
    inner = inner.of;
  }
  return false;
}

function nothing(): undefined {
  return undefined;
}

/** What a service is given for a lazy dependency. */
function lazily(of: AnyDependency, home: Home, scope: ServiceScope): () => unknown {
  let isResolved = false;
  let service: unknown;
  return () => {
    if (isResolved) return service;
    service = home.resolveLate(of, scope);
    isResolved = true;
    return service;
  };
}

function getterByLifetime(node: Node): Getter {
  const { lifetime, how } = node.binding;
  if (how.kind === 'value') {
    const { value } = how;
    return () => value;
  }
  if (lifetime === 'singleton') return singletonGetter(node);
  if (lifetime === 'scoped') return scopedGetter(node);
  return creatorOf(node);
}

function singletonGetter(node: Node): Getter {
  const { root } = node.home;
  return () => {
    node.resolutions += 1;
    if (node.value !== undefined) return node.value;
    return node.state === 'made' ? undefined : make(node, root);
  };
}

function scopedGetter(node: Node): Getter {
  const { slot } = node;
  const create = node.depth > MAX_DEPTH ? undefined : creatorOf(node);
  const makeIn = (scope: ServiceScope): unknown => {
    if (scope.kind !== 'scope') throw unscopedError(node);
    if (create === undefined) return make(node, scope);
    if (scope.pending?.has(node) === true) throw asyncError(node);
    const { slots } = scope;
    slots[slot] = MAKING;
    let service: unknown;
    try {
      service = create(scope);
    } catch (error) {
      slots[slot] = undefined;
      throw error;
    }
    slots[slot] = service === undefined ? NOTHING : service;
    return service;
  };
  return (scope) => {
    node.resolutions += 1;
    const present = scope.slots[slot];
    if (present === undefined) return makeIn(scope);
    if (present === MAKING) throw reentryError(node);
    return present === NOTHING ? undefined : present;
  };
}

/** What makes a service anew each time it is called. */
function creatorOf(node: Node): Getter {
  const { how } = node.binding;
  const getters = node.edges.map(({ get }) => get);
  if (how.kind === 'async-factory') {
    return () => {
      throw asyncError(node);
    };
  }
  if (node.depth > MAX_DEPTH) return (scope) => make(node, scope);
  // The types were checked where it was bound.
  if (how.kind === 'class') return classCreator(node, how.create as Class, getters);
  const create = (how.kind === 'factory' ? how.create : undefined) as Create | undefined;
  return create === undefined ? contextCreator(node) : factoryCreator(node, create, getters);
}

type Class = new (...args: readonly unknown[]) => unknown;
type Create = (...args: readonly unknown[]) => unknown;

/** One in so many creations is timed, the first among them. */
const SAMPLE = 1_024 - 1;

function contextCreator(node: Node): Getter {
  const { how } = node.binding;
  return (scope) => {
    if ((node.created & SAMPLE) === 0 || how.kind !== 'context') return makeTimed(node, scope);
    try {
      return finish(node, how.create(scope.context), scope);
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function factoryCreator(node: Node, create: Create, getters: readonly Getter[]): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      const args = getters.map((get) => get(scope));
      return finish(node, refusePromise(node, create(...args)), scope);
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

/**
 * Written out by number of arguments, since this is what takes the time of a message: no list is made, and nothing is
 * called but the constructors.
 */
function classCreator(node: Node, Service: Class, getters: readonly Getter[]): Getter {
  const [a, b, c] = getters;
  if (a === undefined) return creatorOf0(node, Service);
  if (b === undefined) return creatorOf1(node, Service, a);
  if (c === undefined) return creatorOf2(node, Service, a, b);
  if (getters.length === 3) return creatorOf3(node, Service, a, b, c);
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      return finish(node, new Service(...getters.map((get) => get(scope))), scope);
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOf0(node: Node, Service: Class): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      return finish(node, new Service(), scope);
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOf1(node: Node, Service: Class, a: Getter): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      return finish(node, new Service(a(scope)), scope);
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOf2(node: Node, Service: Class, a: Getter, b: Getter): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      return finish(node, new Service(a(scope), b(scope)), scope);
    } catch (error) {
      throw creationError(node, error);
    }
  };
}

function creatorOf3(node: Node, Service: Class, a: Getter, b: Getter, c: Getter): Getter {
  return (scope) => {
    if ((node.created & SAMPLE) === 0) return makeTimed(node, scope);
    try {
      return finish(node, new Service(a(scope), b(scope), c(scope)), scope);
    } catch (error) {
      throw creationError(node, error);
    }
  };
}
