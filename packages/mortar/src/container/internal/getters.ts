import { type AnyDependency, isMarked } from '../token.js';
import { make } from './creation.js';
import { creatorOf, scopedGetter } from './creators.js';
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
  // Services are mostly resolved after what they need: saves the lists that the loop keeps.
  if (start.needs.every(isReady)) {
    prepare(start);
    return;
  }
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
    if (!node.isReady) prepare(node);
  }
}

function isReady(node: Node): boolean {
  return node.isReady;
}

function prepare(node: Node): void {
  for (const edge of node.edges) edge.get = getterOf(edge.dependency, edge.targets, node.home);
  if (node.binding.lifetime === 'scoped') node.slot = node.home.takeSlot();
  node.get = getterByLifetime(node);
  node.isReady = true;
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
