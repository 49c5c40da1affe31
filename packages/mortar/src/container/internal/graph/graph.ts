import type { Binding } from '../../binding.js';
import type { AnyDependency } from '../../token.js';
import { componentsOf, newWalk } from './components.js';
import { Edge, type Home, isAnew, isMet, Node } from './node.js';

/** What a container can make: its own bindings, those of its parents that they do not hide, and how they lead to each other. */
export interface Graph {
  /** Everything that can be seen, in the order of binding, parents first. */
  readonly nodes: readonly Node[];
  /** What this container makes itself, dependencies first. */
  readonly own: readonly Node[];
  readonly byKey: ReadonlyMap<AnyDependency, readonly Node[]>;
  readonly hasLazy: boolean;
  /** All of it can be made, which is found out on the way: a verification has nothing to look for. */
  readonly isSound: boolean;
  /** How many slots scopes have for what can be seen. */
  readonly scoped: number;
}

/** The graph of a container's bindings on top of that of its parent. Linear in what can be seen. */
export function graphOf(bindings: readonly Binding[], home: Home, parent: Graph | undefined): Graph {
  const made = bindings.map((binding) => new Node(binding, home));
  const bound = groupByKey(made);
  const remade = parent === undefined ? NOTHING_REMADE : remakeTouched(parent, bound, home);
  const byKey = parent === undefined ? bound : viewOf(parent, bound, remade);
  const fresh: readonly Node[] = remade.size === 0 ? made : [...remade.values(), ...made];
  let hasLazy = parent?.hasLazy ?? false;
  let scoped = parent?.scoped ?? 0;
  for (const node of fresh) {
    if (link(node, byKey)) hasLazy = true;
    if (node.binding.lifetime === 'scoped') scoped += 1;
  }
  const own = classify(fresh, home, hasLazy);
  const nodes = parent === undefined ? fresh : [...byKey.values()].flat();
  // What lazy dependencies lead to breaks nothing, and may be wrong all the same.
  const isSound = !hasLazy && !nodes.some(({ isBroken }) => isBroken);
  return { nodes, own, byKey, hasLazy, isSound, scoped };
}

const NOTHING_REMADE: ReadonlyMap<Node, Node> = new Map();

function groupByKey(nodes: readonly Node[]): Map<AnyDependency, Node[]> {
  const groups = new Map<AnyDependency, Node[]>();
  for (const node of nodes) {
    const { service } = node.binding;
    const group = groups.get(service);
    if (group === undefined) groups.set(service, [node]);
    else group.push(node);
  }
  return groups;
}

/** Those of the parent's that lead to something that is bound anew, each with its node in the child. */
function remakeTouched(
  parent: Graph,
  bound: ReadonlyMap<AnyDependency, readonly Node[]>,
  home: Home,
): ReadonlyMap<Node, Node> {
  const touched = parent.nodes.filter((node) => node.edges.some(({ key }) => bound.has(key)));
  if (touched.length === 0) return NOTHING_REMADE;
  const seen = new Set(touched);
  const dependents = dependentsOf(parent.nodes);
  for (const node of touched) {
    for (const dependent of dependents.get(node) ?? []) {
      if (seen.has(dependent)) continue;
      seen.add(dependent);
      touched.push(dependent);
    }
  }
  const remade = new Map<Node, Node>();
  for (const node of parent.nodes) {
    if (seen.has(node) && !bound.has(node.binding.service)) remade.set(node, new Node(node.binding, home));
  }
  return remade;
}

function dependentsOf(nodes: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const dependents = new Map<Node, Node[]>();
  for (const node of nodes) {
    for (const { targets } of node.edges) {
      for (const target of targets) {
        const list = dependents.get(target);
        if (list === undefined) dependents.set(target, [node]);
        else list.push(node);
      }
    }
  }
  return dependents;
}

function viewOf(
  parent: Graph,
  bound: ReadonlyMap<AnyDependency, readonly Node[]>,
  remade: ReadonlyMap<Node, Node>,
): ReadonlyMap<AnyDependency, readonly Node[]> {
  const view = new Map(parent.byKey);
  for (const old of remade.keys()) {
    const { service } = old.binding;
    const seen = parent.byKey.get(service) ?? [];
    view.set(
      service,
      seen.map((node) => remade.get(node) ?? node),
    );
  }
  for (const [key, nodes] of bound) view.set(key, nodes);
  return view;
}

/** Answers with whether a dependency is lazy. */
function link(node: Node, byKey: ReadonlyMap<AnyDependency, readonly Node[]>): boolean {
  const { dependencies } = node.binding;
  if (dependencies.length === 0) return false;
  const edges = dependencies.map((dependency) => new Edge(dependency, byKey));
  node.edges = edges;
  if (edges.every(isPlain)) {
    // A list of the right length takes a third of the memory of one that grows, and most are of this kind.
    node.needs = edges.map(({ targets }) => targets[0] ?? node);
    return false;
  }
  node.needs = edges.flatMap(({ isLazy, targets }) => (isLazy ? [] : targets));
  node.later = edges.flatMap(({ isLazy, targets }) => (isLazy ? targets : []));
  return edges.some(({ isLazy }) => isLazy);
}

function isPlain({ isLazy, targets }: Edge): boolean {
  return !isLazy && targets.length === 1;
}

/** Finds out what each node is. Answers with them, dependencies first. */
function classify(fresh: readonly Node[], home: Home, hasLazy: boolean): readonly Node[] {
  const isInOrder = isDependenciesFirst(fresh);
  const own = isInOrder ? fresh : dependenciesFirst(fresh, home);
  if (isInOrder) for (const node of fresh) inherit(node);
  // Dependencies come first, so each node has inherited all there is, but for cycles and lazy dependencies.
  if (hasLazy || own.some(({ isInCycle }) => isInCycle)) spreadScoped(own);
  for (const node of own) {
    // What breaks a dependency breaks what needs it; dependencies come first.
    if (isCaptor(node) || node.needs.some(({ isBroken }) => isBroken)) node.isBroken = true;
  }
  return own;
}

/** Saves the search for cycles, 80 ns a service, where each was bound after all that it needs. */
function isDependenciesFirst(fresh: readonly Node[]): boolean {
  const walk = newWalk();
  for (const node of fresh) {
    for (const needed of node.needs) if (needed.home === node.home && needed.walk !== walk) return false;
    node.walk = walk;
  }
  return true;
}

/** Puts nodes in order, finds the cycles among them, and has each inherit. */
function dependenciesFirst(fresh: readonly Node[], home: Home): readonly Node[] {
  const own: Node[] = [];
  for (const component of componentsOf(fresh, ({ needs }) => needs)) {
    const [first] = component;
    if (first?.home !== home) continue;
    const isCycle = component.length > 1 || first.needs.includes(first);
    for (const node of component) {
      node.isInCycle = isCycle;
      node.isBroken = isCycle;
      inherit(node);
      own.push(node);
    }
    if (isCycle && component.some(({ isAsync }) => isAsync))
      for (const node of component) node.isAsync = true;
  }
  return own;
}

/** What follows for a node from what it needs. */
function inherit(node: Node): void {
  const passesOn = isAnew(node.binding);
  for (const edge of node.edges) if (!edge.isLazy && !isMet(edge)) node.isBroken = true;
  for (const needed of node.needs) {
    if (needed.depth >= node.depth) node.depth = needed.depth + 1;
    if (needed.isAsync) node.isAsync = true;
    if (!passesOn) continue;
    if (needed.holdsScoped) node.holdsScoped = true;
    if (needed.needsScope) node.needsScope = true;
  }
}

/** Carries on, also through lazy dependencies, that a transient service holds something scoped. */
function spreadScoped(own: readonly Node[]): void {
  const dependents = dependentsOf(own);
  for (const flag of ['holdsScoped', 'needsScope'] as const) {
    const found = [...new Set(own.flatMap(({ needs, later }) => [...needs, ...later]))].filter(
      (node) => node[flag],
    );
    for (const node of found) {
      for (const dependent of dependents.get(node) ?? []) {
        if (dependent[flag] || !isAnew(dependent.binding)) continue;
        dependent[flag] = true;
        found.push(dependent);
      }
    }
  }
}

/** A singleton that would be given something scoped when it is made. */
function isCaptor({ binding, needs }: Node): boolean {
  return binding.lifetime === 'singleton' && needs.some(({ holdsScoped }) => holdsScoped);
}
