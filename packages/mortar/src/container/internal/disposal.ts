import type { Awaitable } from '../binding.js';
import { nameOf } from '../token.js';
import type { DisposalFailure } from './failures.js';
import { componentsOf } from './graph/components.js';
import type { Node } from './graph/node.js';

/** Where services belong, as far as their disposal goes. */
export interface Ending {
  /** One of its services is being disposed of, on the stack. */
  isDisposing: boolean;
}

/** A service that is disposed of with the scope or the container that it belongs to. */
export interface Kept {
  readonly node: Node;
  readonly service: unknown;
}

/**
 * Disposes of services one after the other. Answers with a promise only where something is to be awaited. Never throws:
 * what fails is added to `failures`.
 */
export function disposeOfAll(
  kept: readonly Kept[],
  place: Ending,
  failures: DisposalFailure[],
): Awaitable<void> {
  for (const [index, one] of kept.entries()) {
    const work = disposeOf(one, place, failures);
    if (work !== undefined) return disposeOfRest(work, kept.slice(index + 1), place, failures);
  }
}

async function disposeOfRest(
  work: Awaitable<void>,
  rest: readonly Kept[],
  place: Ending,
  failures: DisposalFailure[],
): Promise<void> {
  await work;
  for (const one of rest) await disposeOf(one, place, failures);
}

/** Disposes of one service. Never throws. */
export function disposeOf(
  { node, service }: Kept,
  place: Ending,
  failures: DisposalFailure[],
): Awaitable<void> | undefined {
  const fail = (error: unknown): void => {
    failures.push({ path: nameOf(node.binding.service), error });
  };
  const { isDisposing } = place;
  place.isDisposing = true;
  try {
    const work = callDispose(node, service);
    return isThenable(work) ? work.then(() => undefined, fail) : undefined;
  } catch (error) {
    fail(error);
    return undefined;
  } finally {
    place.isDisposing = isDisposing;
  }
}

function callDispose({ binding }: Node, service: unknown): unknown {
  // Whoever bound it said what it is disposed of by.
  if (binding.dispose !== undefined) return binding.dispose(service as never);
  if (!isObject(service)) return undefined;
  const end = Reflect.get(service, Symbol.asyncDispose) ?? Reflect.get(service, Symbol.dispose);
  return typeof end === 'function' ? Reflect.apply(end, service, []) : undefined;
}

/** Whether a service has a disposal of its own. */
export function isDisposable(service: unknown): boolean {
  return isObject(service) && (Symbol.asyncDispose in service || Symbol.dispose in service);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether a value is a promise, or acts like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function';
}

/**
 * The order of disposal of what is listed in the order of creation. A dependency that was made before its dependent is
 * disposed of after it by going backwards. One that a lazy dependency made later is not, so that where there are such,
 * the graph decides, and the order of creation where the graph leaves it free.
 */
export function orderOfDisposal(kept: readonly Kept[], hasLate: boolean): readonly Kept[] {
  const backwards = kept.toReversed();
  if (!hasLate) return backwards;
  const byNode = new Map<Node, Kept[]>();
  for (const one of backwards) {
    const others = byNode.get(one.node);
    if (others === undefined) byNode.set(one.node, [one]);
    else others.push(one);
  }
  const nodes = kept.map(({ node }) => node);
  return dependenciesFirst(nodes)
    .reverse()
    .flatMap((node) => byNode.get(node) ?? []);
}

/** In services that need each other by lazy dependencies, the other dependencies decide. */
function dependenciesFirst(nodes: readonly Node[]): Node[] {
  const components = componentsOf(nodes, ({ needs, later }) => [...needs, ...later]);
  return components.flatMap((component) => {
    if (component.length === 1) return component;
    const inside = new Set(component);
    const created = [...new Set([...nodes, ...component])].filter((node) => inside.has(node));
    return componentsOf(created, ({ needs }) => needs.filter((node) => inside.has(node))).flat();
  });
}
