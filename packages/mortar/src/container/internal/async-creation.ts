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
import type { ServiceScope } from './service-scope.js';

/** What a dependency leads to, awaiting what is asynchronous on the way. */
export function getEdgeAsync(edge: Edge, scope: ServiceScope, level = 0): Awaitable<unknown> {
  if (edge.isLazy || !edge.targets.some(({ isAsync }) => isAsync)) return edge.get(scope);
  const [target] = edge.targets;
  if (edge.form === 'all') return getEach(edge.targets, scope, level);
  return target === undefined ? undefined : getAsync(target, scope, level);
}

async function getEach(
  nodes: readonly Node[],
  scope: ServiceScope,
  level: number,
): Promise<readonly unknown[]> {
  const services: unknown[] = [];
  for (const node of nodes) services.push(await getAsync(node, scope, level));
  return services;
}

/** A service, awaiting what is asynchronous on the way. What is being made for others is shared. */
export function getAsync(node: Node, scope: ServiceScope, level = 0): Awaitable<unknown> {
  if (!node.isAsync) return node.get(scope);
  const { lifetime } = node.binding;
  node.resolutions += 1;
  const place = lifetime === 'singleton' ? node.home.root : scope;
  const present = peek(node, place);
  if (present !== ABSENT) return present;
  const isShared = lifetime === 'singleton' || lifetime === 'scoped';
  return (isShared ? place.pending?.get(node) : undefined) ?? begin(node, place, isShared ? node : {}, level);
}

/** The place waits at its end for what has begun. */
function begin(node: Node, place: ServiceScope, key: object, level: number): Promise<unknown> {
  const pending = place.pending ?? new Map<object, Promise<unknown>>();
  place.pending = pending;
  const work = make(node, place, level).finally(() => pending.delete(key));
  pending.set(key, work);
  return work;
}

async function make(node: Node, place: ServiceScope, level: number): Promise<unknown> {
  try {
    checkPlace(node, place);
    if (node.state === 'making') throw reentryError(node);
    // A new turn has a new stack.
    if (level > MAX_DEPTH) await undefined;
    const below = level > MAX_DEPTH ? 0 : level + 1;
    const args: unknown[] = [];
    for (const edge of node.edges) args.push(await getEdgeAsync(edge, place, below));
    checkPlace(node, place);
    const startedAt = performance.now();
    const made = call(node.binding.how, args, place.context);
    const service = node.binding.how.kind === 'async-factory' ? await made : refusePromise(node, made);
    record(node, performance.now() - startedAt);
    if (!place.isOpen) await refuseLate(node, service);
    finish(node, service, place);
    commit(node, place, service);
    return service;
  } catch (error) {
    throw creationError(node, error);
  }
}

/** Where it belongs has ended. */
async function refuseLate(node: Node, service: unknown): Promise<never> {
  const failures: DisposalFailure[] = [];
  if (mustDispose(node, service)) await disposeOf({ node, service }, failures);
  throw lateError(node, failures[0]?.error);
}
