import type { How } from '../binding.js';
import { disposeOf, isDisposable, isThenable } from './disposal.js';
import {
  asyncError,
  creationError,
  type DisposalFailure,
  lateError,
  promiseError,
  reentryError,
  unscopedError,
} from './failures.js';
import type { Edge, Node } from './graph/node.js';
import type { ServiceScope } from './service-scope.js';

/** In a slot: the service is being made. */
export const MAKING: unique symbol = Symbol('making');
/** In a slot: the service is made, and is undefined. */
export const NOTHING: unique symbol = Symbol('nothing');
/** There is no such service yet. */
export const ABSENT: unique symbol = Symbol('absent');

/** Beyond so many services made one in another, a loop makes them, and not the stack. */
export const MAX_DEPTH = 400;

/** What the creation of one service is about. */
interface Frame {
  readonly node: Node;
  readonly place: ServiceScope;
  readonly args: unknown[];
  /** What the dependency at hand has come to so far. */
  list: unknown[];
}

/** Makes a service, takes the time, and keeps it as its lifetime says. */
export function make(node: Node, place: ServiceScope): unknown {
  if (node.depth > MAX_DEPTH) return makeDeep(node, place);
  begin(node, place);
  try {
    const service = construct(node, argsOf(node, place), place);
    commit(node, place, service);
    return service;
  } catch (error) {
    abandon(node, place);
    throw creationError(node, error);
  }
}

/** As `make`, for a graph of any depth. */
function makeDeep(start: Node, scope: ServiceScope): unknown {
  const frames: Frame[] = [enter(start, scope)];
  try {
    for (;;) {
      const frame = frames[frames.length - 1];
      if (frame === undefined) return undefined;
      const edge = frame.node.edges[frame.args.length];
      if (edge !== undefined) {
        advance(frame, edge, frames);
        continue;
      }
      const service = construct(frame.node, frame.args, frame.place);
      commit(frame.node, frame.place, service);
      frames.pop();
      const above = frames[frames.length - 1];
      if (above === undefined) return service;
      above.list.push(service);
    }
  } catch (error) {
    const last = frames[frames.length - 1]?.node ?? start;
    for (const { node, place } of frames) abandon(node, place);
    throw creationError(last, error);
  }
}

/** Resolves the next dependency of a frame, or the next of several, or has it made by a frame of its own. */
function advance(frame: Frame, edge: Edge, frames: Frame[]): void {
  const { place, args, list } = frame;
  if (edge.isLazy || !edge.targets.some(({ depth }) => depth > MAX_DEPTH)) {
    args.push(edge.get(place));
    return;
  }
  const target = edge.targets[list.length];
  if (target === undefined) {
    args.push(edge.form === 'all' ? list : list[0]);
    frame.list = [];
  } else if (target.depth <= MAX_DEPTH) list.push(target.get(place));
  else {
    target.resolutions += 1;
    const present = peek(target, place);
    if (present === ABSENT) frames.push(enter(target, place));
    else list.push(present);
  }
}

function enter(node: Node, scope: ServiceScope): Frame {
  const place = node.binding.lifetime === 'singleton' ? node.home.root : scope;
  begin(node, place);
  return { node, place, args: [], list: [] };
}

/** What is there already. */
export function peek(node: Node, scope: ServiceScope): unknown {
  const { lifetime } = node.binding;
  if (lifetime === 'singleton') return node.state === 'made' ? node.value : ABSENT;
  if (lifetime !== 'scoped') return ABSENT;
  const present = scope.slots[node.slot];
  if (present === undefined || present === MAKING) return ABSENT;
  return present === NOTHING ? undefined : present;
}

/** @throws MortarError where it can't be made now */
function begin(node: Node, place: ServiceScope): void {
  const { lifetime, how } = node.binding;
  if (how.kind === 'async-factory' || place.pending?.has(node) === true) throw asyncError(node);
  checkPlace(node, place);
  if (lifetime === 'singleton') {
    if (node.state === 'making') throw reentryError(node);
    node.state = 'making';
  } else if (lifetime === 'scoped') {
    if (place.slots[node.slot] === MAKING) throw reentryError(node);
    place.slots[node.slot] = MAKING;
  }
}

/** @throws MortarError `MORTAR_CONTAINER_STATE` after the end of where a service would belong, or of its container; `MORTAR_SCOPE_MISSING` */
export function checkPlace(node: Node, place: ServiceScope): void {
  if (node.binding.lifetime === 'scoped' && place.kind !== 'scope') throw unscopedError(node);
  place.checkOpen();
}

/** Keeps what was made. */
export function commit(node: Node, place: ServiceScope, service: unknown): void {
  const { lifetime } = node.binding;
  if (lifetime === 'singleton') {
    node.value = service;
    node.state = 'made';
  } else if (lifetime === 'scoped') place.slots[node.slot] = service === undefined ? NOTHING : service;
}

function abandon(node: Node, place: ServiceScope): void {
  const { lifetime } = node.binding;
  if (lifetime === 'singleton') node.state = 'unmade';
  else if (lifetime === 'scoped') place.slots[node.slot] = undefined;
}

/** Calls what makes a service, and takes the time. Throws what it throws. */
function construct(node: Node, args: readonly unknown[], place: ServiceScope): unknown {
  const startedAt = performance.now();
  const service = call(node.binding.how, args, place.context);
  record(node, performance.now() - startedAt);
  return finish(node, service, place);
}

/** Calls a constructor or a function with what it depends on. */
export function call(how: How, args: readonly unknown[], context: unknown): unknown {
  switch (how.kind) {
    case 'class':
      return Reflect.construct(how.create, args);
    case 'value':
      return how.value;
    case 'context':
      return how.create(context);
    default:
      return Reflect.apply(how.create, undefined, args);
  }
}

function argsOf({ edges }: Node, scope: ServiceScope): unknown[] {
  return edges.map((edge) => edge.get(scope));
}

/** A service that is made anew each time, of which the time is taken. */
export function makeTimed(node: Node, scope: ServiceScope): unknown {
  try {
    return construct(node, argsOf(node, scope), scope);
  } catch (error) {
    throw creationError(node, error);
  }
}

/** Adds a creation to what is known of them. */
export function record(node: Node, durationMs: number): void {
  const { times } = node;
  if (times === undefined) {
    node.times = { count: 1, totalMs: durationMs, longestMs: durationMs };
    return;
  }
  times.count += 1;
  times.totalMs += durationMs;
  if (durationMs > times.longestMs) times.longestMs = durationMs;
}

/** @throws MortarError `MORTAR_BINDING_FAILED` */
export function refusePromise(node: Node, service: unknown): unknown {
  if (node.binding.how.kind !== 'factory' || !isThenable(service)) return service;
  // Its failure is no one's any more.
  service.then(undefined, () => undefined);
  throw promiseError(node);
}

/** Counts what was made, and hands it to where it belongs. Throws what `keep` does. */
export function finish(node: Node, service: unknown, place: ServiceScope): unknown {
  if (node.disposal !== 'never') keep(node, service, place);
  node.created += 1;
  return service;
}

/**
 * Hands a service to where it belongs, which disposes of it.
 * @throws MortarError `MORTAR_BINDING_FAILED` for the promise of a synchronous factory, `MORTAR_CONTAINER_STATE` after
 * the end of where it belongs
 */
export function keep(node: Node, service: unknown, place: ServiceScope): void {
  if (isHarmless(node, service)) return;
  refusePromise(node, service);
  if (!mustDispose(node, service)) {
    if (node.disposal === 'each') node.harmless = classPrototypeOf(service);
    return;
  }
  if (place.kind === 'caller') return;
  if (place.isOpen) {
    if (place.made === undefined) place.made = [{ node, service }];
    else place.made.push({ node, service });
    return;
  }
  const failures: DisposalFailure[] = [];
  disposeOf({ node, service }, place, failures);
  throw lateError(node, failures[0]?.error);
}

/** Of a class, the first instance decides for all. */
export function mustDispose(node: Node, service: unknown): boolean {
  if (node.disposal === 'each') return isDisposable(service);
  if (node.disposal === 'ask') node.disposal = isDisposable(service) ? 'always' : 'never';
  return node.disposal === 'always';
}

/** Saves three lookups a service, 25 ns: what a factory makes is mostly of the class that it made before. */
function isHarmless({ harmless }: Node, service: unknown): boolean {
  if (harmless === undefined || typeof service !== 'object' || service === null) return false;
  return Object.getPrototypeOf(service) === harmless;
}

/** The prototype that instances of a class share. Plain objects share one that says nothing of them, in any realm. */
function classPrototypeOf(service: unknown): object | undefined {
  if (typeof service !== 'object' || service === null) return undefined;
  const prototype: object | null = Object.getPrototypeOf(service);
  return prototype === null || Object.getPrototypeOf(prototype) === null ? undefined : prototype;
}
