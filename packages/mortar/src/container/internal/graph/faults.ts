import { nameOf } from '../../token.js';
import type { Fault } from '../failures.js';
import { cyclesOf } from './cycles.js';
import type { Graph } from './graph.js';
import { type Edge, isAnew, isMet, leadsToScoped, type Node } from './node.js';
import { type Asker, pathOf, reach, Ways } from './paths.js';

/** More of one kind are not looked for: a graph with so many has one cause. */
const MAX_OF_KIND = 1_000;

/** Everything that is wrong with what a container sees, and with what is asked of it. Makes nothing. */
export function faultsOf(graph: Graph, askers: readonly Asker[]): readonly Fault[] {
  const finder = new FaultFinder(graph.isSound ? [] : graph.nodes, askers);
  finder.findTwice(graph);
  finder.findAll();
  return finder.faults;
}

/** What keeps one dependency from being resolved now: that which is resolved later does not count. */
export function faultsOfResolve(asker: Asker): readonly Fault[] {
  const start = asker.edges.flatMap(({ isLazy, targets }) => (isLazy ? [] : targets));
  const nodes = reach(
    start,
    () => true,
    ({ needs }) => needs,
  ).map(({ node }) => node);
  const finder = new FaultFinder(nodes, [asker], true);
  finder.findAll();
  return finder.faults;
}

/** Looks at each node and edge a fixed number of times, as long as nothing is wrong. */
class FaultFinder {
  readonly faults: Fault[] = [];
  readonly #nodes: readonly Node[];
  readonly #askers: readonly Asker[];
  /** Asked by a resolve: lazy dependencies are not looked at, and what is made is not asynchronous any more. */
  readonly #isNow: boolean;
  #ways: Ways | undefined;

  constructor(nodes: readonly Node[], askers: readonly Asker[], isNow = false) {
    this.#nodes = nodes;
    this.#askers = askers;
    this.#isNow = isNow;
  }

  /** Classes and ports that are bound several times. */
  findTwice({ byKey, nodes: bound }: Graph): void {
    if (byKey.size === bound.length) return;
    for (const [service, nodes] of byKey) {
      if (nodes.length === 1 || isForSeveral(service)) continue;
      this.#add('MORTAR_BINDING_DUPLICATE', [nameOf(service)], `is bound by ${ownersOf(nodes)}`);
    }
  }

  findAll(): void {
    for (const { owner, edges } of this.#askers) {
      const way = owner === undefined ? [] : [owner];
      for (const edge of edges) this.#checkTargets(edge, () => way);
    }
    for (const node of this.#nodes) this.#findIn(node);
    for (const asker of this.#askers) this.#findInAsker(asker);
    for (const cycle of cyclesOf(this.#nodes)) this.#addCycle(cycle);
  }

  #findIn(node: Node): void {
    const isSingleton = node.binding.lifetime === 'singleton';
    let isCaptor = false;
    for (const edge of node.edges) {
      if (this.#isNow && edge.isLazy) continue;
      if (!isMet(edge)) this.#checkTargets(edge, () => this.#wayTo(node));
      if (isSingleton && leadsToScoped(edge)) isCaptor = true;
      if (edge.isLazy) this.#checkLazy(edge, () => this.#wayTo(node));
    }
    if (isCaptor) this.#addCaptives(node);
  }

  #findInAsker({ owner, edges, isSync, isUnscoped }: Asker): void {
    const way = owner === undefined ? [] : [owner];
    const now = edges.filter(({ isLazy }) => !isLazy);
    for (const edge of edges) if (edge.isLazy && !this.#isNow) this.#checkLazy(edge, () => way);
    if (isSync) this.#addAsync(now, way, owner ?? 'a synchronous resolve');
    if (isUnscoped && edges.some(leadsToScoped)) {
      this.#addScoped(edges, (names, name) =>
        this.#add('MORTAR_SCOPE_MISSING', [...way, ...names], `${name} is scoped, and there is no scope`),
      );
    }
  }

  #checkTargets(edge: Edge, wayTo: () => readonly string[]): void {
    if (isMet(edge)) return;
    const { key, targets } = edge;
    const name = nameOf(key);
    const way = [...wayTo(), name];
    if (targets.length === 0) this.#add('MORTAR_BINDING_MISSING', way, `${name} is not bound`);
    else this.#add('MORTAR_BINDING_DUPLICATE', way, `${name} is bound by ${ownersOf(targets)}`);
  }

  /** A lazy dependency is called like any function, so it can't await. */
  #checkLazy(edge: Edge, wayTo: () => readonly string[]): void {
    if (edge.targets.some(({ isAsync }) => isAsync)) this.#addAsync([edge], wayTo(), 'a lazy dependency');
  }

  #addAsync(edges: readonly Edge[], way: readonly string[], who: string): void {
    const start = edges.flatMap(({ targets }) => targets.filter(({ isAsync }) => isAsync));
    if (start.length === 0 || this.faults.length >= MAX_OF_KIND) return;
    const found = reach(
      start,
      (node) => this.#isPending(node),
      ({ needs }) => needs.filter(({ isAsync }) => isAsync),
    );
    for (const { node, names } of found) {
      if (node.binding.how.kind !== 'async-factory' || !this.#isPending(node)) continue;
      const name = nameOf(node.binding.service);
      const message = `${name} is made asynchronously, and ${who} can not wait for it`;
      this.#add('MORTAR_BINDING_ASYNC', [...way, ...names()], message);
    }
  }

  #isPending(node: Node): boolean {
    return !this.#isNow || node.state !== 'made';
  }

  #addCaptives(singleton: Node): void {
    const edges = this.#isNow ? singleton.edges.filter(({ isLazy }) => !isLazy) : singleton.edges;
    const holder = nameOf(singleton.binding.service);
    this.#addScoped(edges, (names, name) => {
      const message = `${name} is scoped, and the singleton ${holder} would keep it beyond its scope`;
      this.#add('MORTAR_BINDING_CAPTIVE', [...this.#wayTo(singleton), ...names], message);
    });
  }

  /** Each scoped service that edges lead to, directly or through transient ones. */
  #addScoped(edges: readonly Edge[], add: (names: readonly string[], name: string) => void): void {
    if (this.faults.length >= MAX_OF_KIND) return;
    const start = edges.flatMap(({ targets }) => targets.filter(({ holdsScoped }) => holdsScoped));
    const found = reach(
      start,
      ({ binding }) => isAnew(binding),
      ({ needs, later }) => [...needs, ...later].filter(({ holdsScoped }) => holdsScoped),
    );
    for (const { node, names } of found) {
      if (node.binding.lifetime === 'scoped') add(names(), nameOf(node.binding.service));
    }
  }

  #addCycle(cycle: readonly Node[]): void {
    const names = cycle.map(({ binding }) => nameOf(binding.service));
    this.#add('MORTAR_BINDING_CYCLE', [...names, ...names.slice(0, 1)], 'is a cycle');
  }

  #wayTo(node: Node): readonly string[] {
    this.#ways ??= new Ways(this.#askers, this.#nodes);
    return this.#ways.to(node);
  }

  #add(code: Fault['code'], way: readonly string[], message: string): void {
    this.faults.push({ path: pathOf(way), message, code });
  }
}

function isForSeveral(service: Node['binding']['service']): boolean {
  return typeof service !== 'function' && service.kind === 'token';
}

function ownersOf(nodes: readonly Node[]): string {
  return nodes.map(({ binding }) => binding.owner).join(' and by ');
}
