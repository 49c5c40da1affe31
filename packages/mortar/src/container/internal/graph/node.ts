import type { Binding } from '../../binding.js';
import { type AnyDependency, isMarked } from '../../token.js';
import type { ServiceScope } from '../service-scope.js';
import type { Graph } from './graph.js';

/** Gives a service; what it makes on the way belongs to the scope. */
export type Getter = (scope: ServiceScope) => unknown;

/** The container that makes the services of a node. */
export interface Home {
  readonly name: string | undefined;
  readonly graph: Graph;
  /** Singletons belong to it. */
  readonly root: ServiceScope;
  readonly isOpen: boolean;
  /** The next place in scopes. */
  takeSlot(): number;
  /** What a lazy dependency calls. */
  resolveLate(dependency: AnyDependency, scope: ServiceScope): unknown;
}

/** One dependency, and the bindings that it leads to. */
export interface Edge {
  readonly dependency: AnyDependency;
  /** The dependency without its marks. */
  readonly key: AnyDependency;
  readonly form: 'one' | 'all' | 'optional';
  /** It is not resolved with its holder, but later. */
  readonly isLazy: boolean;
  readonly targets: readonly Node[];
  /** Made ready before it is first called. */
  get: Getter;
}

/** What has to be done at the end of a service: `ask` where an instance has not been seen, `each` where instances differ. */
export type Disposal = 'never' | 'always' | 'ask' | 'each';

/** A binding as one container sees it: what it depends on there, and what was made of it. */
export interface Node {
  readonly binding: Binding;
  readonly home: Home;
  edges: readonly Edge[];
  /** What is resolved before it is made. */
  needs: readonly Node[];
  /** What it may resolve later, through lazy dependencies. */
  later: readonly Node[];
  /** Its place in the walk that is under way. A walk has a number, so that nothing needs to be reset. */
  walk: number;
  at: number;
  low: number;
  /** It can't be made: something is missing, bound several times, captive, or it needs itself. */
  isBroken: boolean;
  isInCycle: boolean;
  /** Something on the way must be awaited. */
  isAsync: boolean;
  /** It is scoped, or transient and holds something scoped. */
  holdsScoped: boolean;
  /** As `holdsScoped`, or something contextual. */
  needsScope: boolean;
  /** How many services are made one in another, at most, to make it. */
  depth: number;
  /** Where scopes keep it; -1 until it is needed. */
  slot: number;
  /** Its getter, and those of its edges, can be called. */
  isReady: boolean;
  get: Getter;
  /** The singleton; undefined until it is made, and for one that is undefined. */
  value: unknown;
  state: 'unmade' | 'making' | 'made';
  disposal: Disposal;
  resolutions: number;
  created: number;
  timed: number;
  totalMs: number;
  longestMs: number;
}

/** A node that is not linked to others yet. */
export function nodeOf(binding: Binding, home: Home): Node {
  return {
    binding,
    home,
    edges: NONE,
    needs: NONE,
    later: NONE,
    walk: 0,
    at: 0,
    low: 0,
    isBroken: false,
    isInCycle: false,
    isAsync: binding.how.kind === 'async-factory',
    holdsScoped: binding.lifetime === 'scoped',
    needsScope: binding.lifetime === 'scoped' || binding.lifetime === 'contextual',
    depth: 1,
    slot: -1,
    isReady: false,
    get: notReady,
    value: undefined,
    state: 'unmade',
    disposal: disposalOf(binding),
    resolutions: 0,
    created: 0,
    timed: 0,
    totalMs: 0,
    longestMs: 0,
  };
}

const NONE: readonly never[] = [];

function notReady(): never {
  throw new TypeError('A getter was called before it was made ready.');
}

function disposalOf({ lifetime, how, dispose }: Binding): Disposal {
  if (lifetime === 'value') return 'never';
  if (dispose !== undefined) return 'always';
  return how.kind === 'class' ? 'ask' : 'each';
}

/** Whether it is made anew each time, so that it lives as long as what holds it. */
export function isAnew({ lifetime }: Binding): boolean {
  return lifetime === 'transient' || lifetime === 'contextual';
}

/** What a dependency asks for, by its marks. `targets` are what is bound under its key. */
export function edgeOf(dependency: AnyDependency, byKey: ReadonlyMap<AnyDependency, readonly Node[]>): Edge {
  let key = dependency;
  let form: Edge['form'] = 'one';
  let isLazy = false;
  while (isMarked(key)) {
    if (key.kind === 'lazy') isLazy = true;
    else form = key.kind;
    key = key.of;
  }
  return { dependency, key, form, isLazy, targets: byKey.get(key) ?? NONE, get: notReady };
}

/** Whether an edge leads to what it asks for: one binding, unless it asks for all or has none and needs none. */
export function isMet({ form, targets }: Edge): boolean {
  return targets.length === 1 || form === 'all' || (form === 'optional' && targets.length === 0);
}

/** Whether what holds this edge may be resolved only where there is a scope. */
export function leadsToScoped({ targets }: Edge): boolean {
  for (const target of targets) if (target.holdsScoped) return true;
  return false;
}
