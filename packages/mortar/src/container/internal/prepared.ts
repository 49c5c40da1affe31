import type { Awaitable } from '../binding.js';
import { getEdgeAsync } from './async-creation.js';
import { invalid } from './checks.js';
import { closedError, endedError, unscopedError } from './failures.js';
import type { Edge, Getter, Node } from './graph/node.js';
import { reach } from './graph/paths.js';
import type { ScopeHome, ServiceScope } from './service-scope.js';

/** A list of services that is resolved many times: all that can be known before is found out once. */
export class PreparedList {
  readonly needsScope: boolean;
  readonly isAsync: boolean;
  readonly #edges: readonly Edge[];
  readonly #home: ScopeHome;
  readonly #caller: ServiceScope;
  readonly #list: (scope: ServiceScope) => unknown[];
  /** The first scoped service, which can't be had without a scope. */
  readonly #scoped: Node | undefined;
  /** What has to be made before the list is there at once; undefined where something is asynchronous each time. */
  #awaited: readonly Node[] | undefined;

  constructor(edges: readonly Edge[], home: ScopeHome, caller: ServiceScope) {
    this.#edges = edges;
    this.#home = home;
    this.#caller = caller;
    this.#list = listOf(edges.map(({ get }) => get));
    const targets = edges.flatMap((edge) => edge.targets);
    this.needsScope = targets.some((target) => target.needsScope);
    this.#scoped = edges
      .flatMap(({ isLazy, targets: now }) => (isLazy ? [] : now))
      .find((node) => node.holdsScoped);
    this.#awaited = awaitedBy(edges);
    this.isAsync = this.#awaited === undefined || this.#awaited.length > 0;
  }

  resolve(scope: ServiceScope = this.#caller): Awaitable<unknown[]> {
    if (scope?.home !== this.#home)
      throw invalid('A prepared list is resolved in a scope of its container.', 'such a scope', scope);
    if (!this.#caller.isOpen) throw endedError();
    if (!scope.isOpen) throw closedError();
    if (this.#scoped !== undefined && scope.kind !== 'scope') throw unscopedError(this.#scoped);
    return this.isAsync && !this.#isSettled() ? this.#resolveAsync(scope) : this.#list(scope);
  }

  #isSettled(): boolean {
    const awaited = this.#awaited;
    if (awaited === undefined) return false;
    if (awaited.length === 0) return true;
    if (awaited.some(({ state }) => state !== 'made')) return false;
    this.#awaited = [];
    return true;
  }

  async #resolveAsync(scope: ServiceScope): Promise<unknown[]> {
    const services: unknown[] = [];
    for (const edge of this.#edges) {
      const { service } = await getEdgeAsync(edge, scope);
      scope.checkOpen();
      services.push(service);
    }
    return services;
  }
}

/** The asynchronous services that edges lead to; undefined where one of them is made more than once. */
function awaitedBy(edges: readonly Edge[]): readonly Node[] | undefined {
  const start = edges.flatMap(({ isLazy, targets }) => (isLazy ? [] : targets));
  const found = reach(
    start,
    ({ isAsync }) => isAsync,
    ({ needs }) => needs,
  );
  const awaited = found.map(({ node }) => node).filter(({ binding }) => binding.how.kind === 'async-factory');
  return awaited.every(({ binding }) => binding.lifetime === 'singleton') ? awaited : undefined;
}

/** Written out by length, since handlers are called often. */
function listOf(getters: readonly Getter[]): (scope: ServiceScope) => unknown[] {
  const [a, b, c] = getters;
  if (a === undefined) return () => [];
  if (b === undefined) return (scope) => [a(scope)];
  if (c === undefined) return (scope) => [a(scope), b(scope)];
  if (getters.length === 3) return (scope) => [a(scope), b(scope), c(scope)];
  return (scope) => getters.map((get) => get(scope));
}
