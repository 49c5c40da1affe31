import type { Awaitable } from '../binding.js';
import {
  ABSENT,
  call,
  checkPlace,
  commit,
  finish,
  MAX_DEPTH,
  mustDispose,
  peek,
  record,
  refusePromise,
} from './creation.js';
import { disposeOf } from './disposal.js';
import { creationError, type DisposalFailure, lateError, reentryError } from './failures.js';
import type { Edge, Node } from './graph/node.js';
import type { Boxed, Creation, ServiceScope } from './service-scope.js';

/** What a dependency leads to, awaiting what is asynchronous on the way. Who awaits it checks that there still is a scope. */
export function getEdgeAsync(edge: Edge, scope: ServiceScope, level = 0): Awaitable<Boxed> {
  if (edge.form === 'all' && isAwaited(edge)) return getEach(edge.targets, scope, level);
  const [target] = edge.targets;
  if (target === undefined || !isAwaited(edge)) return { service: edge.get(scope) };
  return getAsync(target, scope, level);
}

function isAwaited({ isLazy, targets }: Edge): boolean {
  return !isLazy && targets.some(({ isAsync }) => isAsync);
}

async function getEach(nodes: readonly Node[], scope: ServiceScope, level: number): Promise<Boxed> {
  const services: unknown[] = [];
  for (const node of nodes) {
    const { service } = await getAsync(node, scope, level);
    scope.checkOpen();
    services.push(service);
  }
  return { service: services };
}

/** A service, awaiting what is asynchronous on the way. What is being made for others is shared. */
export function getAsync(node: Node, scope: ServiceScope, level = 0): Awaitable<Boxed> {
  if (!node.isAsync) return { service: node.get(scope) };
  const { lifetime } = node.binding;
  node.resolutions += 1;
  const place = lifetime === 'singleton' ? node.home.root : scope;
  const present = peek(node, place);
  if (present !== ABSENT) return { service: present };
  const isShared = lifetime === 'singleton' || lifetime === 'scoped';
  const begun = isShared ? place.pending?.get(node) : undefined;
  if (begun === undefined) return begin(node, place, isShared ? node : {}, level);
  if (begun.isCalling) throw reentryError(node);
  return begun.work;
}

/** The place waits at its end for what has begun. It is told before that, since what begins may ask for the same service. */
function begin(node: Node, place: ServiceScope, key: object, level: number): Promise<Boxed> {
  const pending = place.pending ?? new Map<object, Creation>();
  place.pending = pending;
  let follow = (_made: Promise<Boxed>): void => undefined;
  const work = new Promise<Boxed>((resolve) => {
    follow = resolve;
  }).finally(() => pending.delete(key));
  const creation: Creation = { work, isCalling: false };
  pending.set(key, creation);
  follow(make(node, place, creation, level));
  return work;
}

async function make(node: Node, place: ServiceScope, creation: Creation, level: number): Promise<Boxed> {
  try {
    if (node.state === 'making') throw reentryError(node);
    // A new turn has a new stack.
    if (level > MAX_DEPTH) await undefined;
    checkPlace(node, place);
    const below = level > MAX_DEPTH ? 0 : level + 1;
    const args: unknown[] = [];
    for (const edge of node.edges) {
      const { service } = await getEdgeAsync(edge, place, below);
      checkPlace(node, place);
      args.push(service);
    }
    const startedAt = performance.now();
    const made = callFor(creation, node, args, place.context);
    const service = node.binding.how.kind === 'async-factory' ? await made : refusePromise(node, made);
    record(node, performance.now() - startedAt);
    if (!place.isOpen || !place.home.isOpen) await refuseLate(node, service, place);
    finish(node, service, place);
    commit(node, place, service);
    return { service };
  } catch (error) {
    throw creationError(node, error);
  }
}

/** Calls what makes a service. An asynchronous factory that asks for its own service meanwhile would wait for itself. */
function callFor(creation: Creation, node: Node, args: readonly unknown[], context: unknown): unknown {
  const { how } = node.binding;
  creation.isCalling = how.kind === 'async-factory';
  try {
    return call(how, args, context);
  } finally {
    creation.isCalling = false;
  }
}

/** Where it belongs has ended, or will not be used any more. */
async function refuseLate(node: Node, service: unknown, place: ServiceScope): Promise<never> {
  const failures: DisposalFailure[] = [];
  if (mustDispose(node, service)) await disposeOf({ node, service }, place, failures);
  throw lateError(node, failures[0]?.error);
}
