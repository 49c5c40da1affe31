import { MortarError } from '../../errors/index.js';
import type { Awaitable, Binding, How, Lifetime, Root } from '../binding.js';
import type { ContainerOptions, FactoryOptions } from '../container.js';
import type { ContainerStats } from '../stats.js';
import { type AnyDependency, isMarked } from '../token.js';
import { getAsync, getEdgeAsync } from './async-creation.js';
import {
  checkBinding,
  checkContainerOptions,
  checkDependencies,
  checkDependency,
  checkFactoryOptions,
  checkList,
  checkRoots,
} from './checks.js';
import {
  captiveError,
  type DisposalFailure,
  disposalError,
  endedError,
  type Fault,
  graphError,
  resolveError,
  stateError,
} from './failures.js';
import { getNodeReady, getReady } from './getters.js';
import { faultsOf, faultsOfResolve } from './graph/faults.js';
import { type Graph, graphOf } from './graph/graph.js';
import { Edge, type Getter, type Home, isMet, leadsToScoped } from './graph/node.js';
import type { Asker } from './graph/paths.js';
import { LeakWatch } from './leak-watch.js';
import { PreparedList } from './prepared.js';
import { type Boxed, type ScopeHome, ServiceScope } from './service-scope.js';
import { statsOf } from './service-stats.js';

type AnyClass = new (...args: never) => unknown;

/** The container without its types: `createContainer` answers with it as a `Container`. */
export class ServiceContainer implements Home, ScopeHome {
  readonly name: string | undefined;
  readonly root: ServiceScope;
  readonly inScopes: Map<AnyDependency, Getter> = new Map();
  slots: number;
  /** What was resolved outside of scopes before. Empty after the end, so that a resolve asks whether there still is a container. */
  readonly #direct = new Map<AnyDependency, Getter>();
  /** By key and by marks: a marked dependency may be made for one call, so that it is no key itself. */
  readonly #edges = new Map<AnyDependency, Map<string, Edge>>();
  readonly #caller: ServiceScope;
  readonly #parent: ServiceContainer | undefined;
  readonly #children = new Set<ServiceContainer>();
  readonly #bindings: Binding[] = [];
  readonly #owner: string;
  readonly #leaks: LeakWatch | undefined;
  #graph: { readonly graph: Graph; readonly parent: Graph | undefined } | undefined;
  #isSealed = false;
  #openScopes = 0;
  #end: Promise<void> | undefined;

  constructor(options: ContainerOptions, parent?: ServiceContainer) {
    checkContainerOptions(options);
    this.name = options.name;
    this.#owner = options.name === undefined ? 'the container' : `container ${options.name}`;
    this.#parent = parent;
    this.slots = 0;
    this.root = new ServiceScope(this, 'root', undefined);
    this.#caller = new ServiceScope(this, 'caller', undefined);
    this.#leaks = LeakWatch.of(options);
  }

  get isOpen(): boolean {
    return this.root.isOpen;
  }

  bind(binding: Binding): void {
    checkBinding(binding);
    this.#checkOpen();
    if (this.#isSealed)
      throw stateError('All is bound before anything is resolved.', 'a bind before that', 'one after it');
    this.#bindings.push(binding);
    this.#graph = undefined;
  }

  singleton(service: AnyClass, dependencies: readonly AnyDependency[] = []): void {
    this.#bind(service, 'singleton', dependencies, { kind: 'class', create: service });
  }

  transient(service: AnyClass, dependencies: readonly AnyDependency[] = []): void {
    this.#bind(service, 'transient', dependencies, { kind: 'class', create: service });
  }

  scoped(service: AnyClass, dependencies: readonly AnyDependency[] = []): void {
    this.#bind(service, 'scoped', dependencies, { kind: 'class', create: service });
  }

  value(service: AnyDependency, value: unknown): void {
    this.#bind(service, 'value', [], { kind: 'value', value });
  }

  factory(
    service: AnyDependency,
    dependencies: readonly AnyDependency[],
    create: () => unknown,
    options: FactoryOptions<never> = {},
  ): void {
    checkFactoryOptions(options);
    const { lifetime = 'singleton', dispose } = options;
    this.#bind(service, lifetime, dependencies, { kind: 'factory', create }, dispose);
  }

  asyncFactory(
    service: AnyDependency,
    dependencies: readonly AnyDependency[],
    create: () => PromiseLike<unknown>,
    options: FactoryOptions<never> = {},
  ): void {
    checkFactoryOptions(options);
    const { lifetime = 'singleton', dispose } = options;
    this.#bind(service, lifetime, dependencies, { kind: 'async-factory', create }, dispose);
  }

  contextual(service: AnyDependency, create: (context: unknown) => unknown): void {
    this.#bind(service, 'contextual', [], { kind: 'context', create });
  }

  #bind(
    service: AnyDependency,
    lifetime: Lifetime,
    dependencies: readonly AnyDependency[],
    how: How,
    dispose?: FactoryOptions<never>['dispose'],
  ): void {
    const owner = this.#owner;
    if (dispose === undefined) this.bind({ service, lifetime, dependencies, how, owner });
    else this.bind({ service, lifetime, dependencies, how, owner, dispose });
  }

  faults(roots: readonly Root[] = []): readonly Fault[] {
    checkRoots(roots);
    this.#checkOpen();
    const { byKey } = this.graph;
    const askers = roots.map(({ owner, dependencies, isSync = false, isUnscoped = false }): Asker => {
      return { owner, edges: dependencies.map((needed) => new Edge(needed, byKey)), isSync, isUnscoped };
    });
    return faultsOf(this.graph, askers);
  }

  verify(roots: readonly Root[] = []): void {
    const faults = this.faults(roots);
    if (faults.length > 0) throw graphError(faults);
  }

  resolve(dependency: AnyDependency): unknown {
    const get = this.#direct.get(dependency);
    return get === undefined ? this.#getDirect(dependency)(this.#caller) : get(this.#caller);
  }

  resolveAll(dependencies: readonly AnyDependency[]): unknown[] {
    checkList(dependencies);
    return dependencies.map((dependency) => this.resolve(dependency));
  }

  resolveAsync(dependency: AnyDependency): Promise<unknown> {
    return this.#caller.resolveAsync(dependency);
  }

  resolveAllAsync(dependencies: readonly AnyDependency[]): Promise<unknown[]> {
    return this.#caller.resolveAllAsync(dependencies);
  }

  prepare(dependencies: readonly AnyDependency[]): PreparedList {
    checkDependencies('a prepared list', dependencies);
    const edges = dependencies.map((dependency) => this.#edgeOf(dependency, false));
    return new PreparedList(edges, this, this.#caller);
  }

  async makeSingletons(): Promise<void> {
    this.#seal();
    for (const node of this.graph.own) {
      if (node.binding.lifetime !== 'singleton' || node.state === 'made') continue;
      const edge = new Edge(node.binding.service, this.graph.byKey, [node]);
      this.#checkEdge(edge, false);
      getNodeReady(node);
      await getAsync(node, this.#caller);
    }
  }

  openScope(context?: unknown): ServiceScope {
    if (!this.root.isOpen) this.#checkOpen();
    const scope = new ServiceScope(this, 'scope', context);
    this.#openScopes += 1;
    if (this.#leaks !== undefined) this.#leaks.watch(scope);
    return scope;
  }

  child(options: ContainerOptions = {}): ServiceContainer {
    this.#checkOpen();
    const child = new ServiceContainer(options, this);
    this.#children.add(child);
    return child;
  }

  bindings(): readonly Binding[] {
    return [...this.#bindings];
  }

  stats(): ContainerStats {
    const leakedScopes = this.#leaks?.count ?? 0;
    const services = statsOf(this.graph.own);
    return { name: this.name, openScopes: this.#openScopes - leakedScopes, leakedScopes, services };
  }

  dispose(): Promise<void> {
    this.#end ??= this.#dispose();
    if (!this.#isDisposing()) return this.#end;
    // A disposal that awaited the end that it is a part of would wait for itself. Who asks next is told of what fails.
    this.#end.catch(() => undefined);
    return Promise.resolve();
  }

  /** Whether this is called, on the stack, by what its end waits for. */
  #isDisposing(): boolean {
    if (this.root.isDisposing || this.#caller.isDisposing) return true;
    return [...this.#children].some((child) => child.#isDisposing());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #dispose(): Promise<void> {
    const failures: DisposalFailure[] = [];
    await this.#endWith(failures);
    if (failures.length > 0) throw disposalError(this.#owner, failures);
  }

  /** Closed at once, so that nothing is made while it ends. */
  async #endWith(failures: DisposalFailure[]): Promise<void> {
    this.root.isOpen = false;
    this.#caller.isOpen = false;
    this.#direct.clear();
    this.inScopes.clear();
    this.#edges.clear();
    for (const child of [...this.#children].reverse()) await child.#endUnder(failures);
    await this.#caller.end(failures);
    await this.root.end(failures);
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
  }

  /** Ends with its parent: what fails is told by the parent, and by itself to whoever disposes of it too. */
  async #endUnder(failures: DisposalFailure[]): Promise<void> {
    // It is ending already, and tells what fails to whoever ended it.
    if (this.#end !== undefined) return this.#end.catch(() => undefined);
    const own: DisposalFailure[] = [];
    const end = this.#endWith(own);
    this.#end = end.then(() => {
      if (own.length > 0) throw disposalError(this.#owner, own);
    });
    this.#end.catch(() => undefined);
    await end;
    failures.push(...own);
  }

  get graph(): Graph {
    const parent = this.#parent?.graph;
    if (this.#graph === undefined || this.#graph.parent !== parent) {
      this.#graph = { graph: graphOf(this.#bindings, this, parent), parent };
      // Those of the parent come first, so that both may be in one scope.
      this.slots = parent?.scoped ?? 0;
    }
    return this.#graph.graph;
  }

  takeSlot(): number {
    this.slots += 1;
    return this.slots - 1;
  }

  getInScope(dependency: AnyDependency): Getter {
    const get = this.#simpleGetter(dependency, false) ?? this.#explained(this.#edgeOf(dependency, false));
    if (!isMarked(dependency)) this.inScopes.set(dependency, get);
    return get;
  }

  getAsyncIn(dependency: AnyDependency, scope: ServiceScope): Awaitable<Boxed> {
    return getEdgeAsync(this.#edgeOf(dependency, scope.kind !== 'scope'), scope);
  }

  resolveLate(dependency: AnyDependency, scope: ServiceScope): unknown {
    if (!scope.isOpen)
      throw stateError(
        'A lazy dependency is resolved before the end of what holds it.',
        'an earlier call',
        'one after that',
      );
    const edge = this.#edgeOf(dependency, scope.kind === 'caller');
    if (scope.kind === 'root' && leadsToScoped(edge)) throw captiveError(edge.key);
    scope.hasLate = true;
    return this.#explained(edge)(scope);
  }

  scopeClosed(scope: ServiceScope): void {
    this.#openScopes -= 1;
    if (this.#leaks !== undefined) this.#leaks.forget(scope);
  }

  #getDirect(dependency: AnyDependency): Getter {
    const get = this.#simpleGetter(dependency, true) ?? this.#explained(this.#edgeOf(dependency, true));
    if (!isMarked(dependency)) this.#direct.set(dependency, get);
    return get;
  }

  /** Of what can be had at once, as most can. Saves a first resolve the edge, which tells why something can't be had. */
  #simpleGetter(dependency: AnyDependency, isUnscoped: boolean): Getter | undefined {
    const nodes = this.graph.byKey.get(dependency);
    const node = nodes?.length === 1 ? nodes[0] : undefined;
    if (node === undefined || node.isBroken || node.isAsync) return undefined;
    if (isUnscoped && node.holdsScoped) return undefined;
    this.#seal();
    getNodeReady(node);
    return node.get;
  }

  /** A dependency of whoever resolves, ready to be called. */
  #edgeOf(dependency: AnyDependency, isUnscoped: boolean): Edge {
    checkDependency(dependency);
    const { key, marks } = peel(dependency);
    const known = this.#edges.get(key)?.get(marks);
    if (known !== undefined) {
      if (isUnscoped) this.#checkEdge(known, isUnscoped);
      return known;
    }
    this.#seal();
    const edge = new Edge(dependency, this.graph.byKey);
    this.#checkEdge(edge, isUnscoped);
    getReady(edge, this);
    if (edge.targets.length > 0) this.#edges.set(key, (this.#edges.get(key) ?? new Map()).set(marks, edge));
    return edge;
  }

  #checkEdge(edge: Edge, isUnscoped: boolean): void {
    if (edge.isLazy) return;
    const isBroken = !isMet(edge) || edge.targets.some((target) => target.isBroken);
    if (!isBroken && !(isUnscoped && leadsToScoped(edge))) return;
    throw resolveError(faultsOfResolve({ owner: undefined, edges: [edge], isSync: false, isUnscoped }));
  }

  /** Of what is asynchronous, it is known only when it is called whether it is made by then. */
  #explained(edge: Edge): Getter {
    const { get } = edge;
    if (edge.isLazy || !edge.targets.some(({ isAsync }) => isAsync)) return get;
    const asker: Asker = { owner: undefined, edges: [edge], isSync: true, isUnscoped: false };
    return (scope) => {
      try {
        return get(scope);
      } catch (error) {
        if (!(error instanceof MortarError) || error.code !== 'MORTAR_BINDING_ASYNC') throw error;
        const faults = faultsOfResolve(asker);
        throw faults.length > 0 ? resolveError(faults) : error;
      }
    };
  }

  #seal(): void {
    this.#checkOpen();
    for (let at: ServiceContainer | undefined = this; at !== undefined && !at.#isSealed; at = at.#parent)
      at.#isSealed = true;
  }

  #checkOpen(): void {
    if (this.isOpen) return;
    throw endedError();
  }
}

/** What a dependency is of, and its marks as text. */
function peel(dependency: AnyDependency): { readonly key: AnyDependency; readonly marks: string } {
  let key = dependency;
  let marks = '';
  while (isMarked(key)) {
    marks = `${marks}${key.kind} `;
    key = key.of;
  }
  return { key, marks };
}
