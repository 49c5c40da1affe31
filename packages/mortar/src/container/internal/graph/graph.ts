import type { Binding } from '../../binding.js';
import type { AnyDependency } from '../../token.js';
import { componentsOf } from './components.js';
import { type Edge, edgeOf, type Home, isAnew, isMet, leadsToScoped, type Node, nodeOf } from './node.js';

/** What a container can make: its own bindings, those of its parents that they do not hide, and how they lead to each other. */
export interface Graph {
  /** Everything that can be seen, in the order of binding, parents first. */
  readonly nodes: readonly Node[];
  /** What this container makes itself, dependencies first. */
  readonly own: readonly Node[];
  readonly byKey: ReadonlyMap<AnyDependency, readonly Node[]>;
  readonly hasLazy: boolean;
  /** How many slots scopes have for what can be seen. */
  readonly scoped: number;
}

/** The graph of a container's bindings on top of that of its parent. Linear in what can be seen. */
export function graphOf(bindings: readonly Binding[], home: Home, parent: Graph | undefined): Graph {
  const made = bindings.map((binding) => nodeOf(binding, home));
  const bound = groupByKey(made);
  const remade = parent === undefined ? NOTHING_REMADE : remakeTouched(parent, bound, home);
  const byKey = parent === undefined ? bound : viewOf(parent, bound, remade);
  const fresh: readonly Node[] = remade.size === 0 ? made : [...remade.values(), ...made];
  let hasLazy = parent?.hasLazy ?? false;
  let scoped = parent?.scoped ?? 0;
  for (const node of fresh) {
    link(node, byKey);
    if (node.later.length > 0) hasLazy = true;
    if (node.binding.lifetime === 'scoped') scoped += 1;
  }
  const own = classify(fresh, home, hasLazy);
  const nodes = parent === undefined ? fresh : [...byKey.values()].flat();
  return { nodes, own, byKey, hasLazy, scoped };
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
    if (seen.has(node) && !bound.has(node.binding.service)) remade.set(node, nodeOf(node.binding, home));
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

function link(node: Node, byKey: ReadonlyMap<AnyDependency, readonly Node[]>): void {
  const { dependencies } = node.binding;
  if (dependencies.length === 0) return;
  const edges: Edge[] = [];
  const needs: Node[] = [];
  const later: Node[] = [];
  for (const dependency of dependencies) {
    const edge = edgeOf(dependency, byKey);
    edges.push(edge);
    for (const target of edge.targets) (edge.isLazy ? later : needs).push(target);
  }
  node.edges = edges;
  node.needs = needs;
  if (later.length > 0) node.later = later;
}

/** Finds out what each node is. Answers with them, dependencies first. */
function classify(fresh: readonly Node[], home: Home, hasLazy: boolean): readonly Node[] {
  const components = componentsOf(fresh, ({ needs }) => needs);
  const own: Node[] = [];
  let isSingle = true;
  for (const component of components) {
    const [first] = component;
    if (first?.home !== home) continue;
    const isCycle = component.length > 1 || first.needs.includes(first);
    if (isCycle) isSingle = false;
    for (const node of component) {
      node.isInCycle = isCycle;
      node.isBroken = isCycle;
      inherit(node);
      own.push(node);
    }
    if (isCycle && component.some(({ isAsync }) => isAsync))
      for (const node of component) node.isAsync = true;
  }
  // Dependencies come first, so each node has inherited all there is, but for cycles and lazy dependencies.
  if (hasLazy || !isSingle) spreadScoped(own);
  for (const node of own) if (isCaptor(node)) breakUp(node);
  // A dependency that is captive breaks what needs it; dependencies come first.
  for (const node of own) if (node.needs.some(({ isBroken }) => isBroken)) breakUp(node);
  return own;
}

function breakUp(node: Node): void {
  node.isBroken = true;
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
function isCaptor({ binding, edges }: Node): boolean {
  if (binding.lifetime !== 'singleton') return false;
  return edges.some((edge) => !edge.isLazy && leadsToScoped(edge));
}
