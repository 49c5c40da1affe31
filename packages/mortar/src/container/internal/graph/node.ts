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

/**
 * One dependency, and the bindings that it leads to. Like `Node` it is a class because V8 puts what is made by literals,
 * once much of it has lived, where only a full collection finds it: container after container took twice the time.
 */
export class Edge {
  readonly dependency: AnyDependency;
  /** The dependency without its marks. */
  readonly key: AnyDependency;
  readonly form: 'one' | 'all' | 'optional';
  /** It is not resolved with its holder, but later. */
  readonly isLazy: boolean;
  readonly targets: readonly Node[];
  /** Made ready before it is first called. */
  get: Getter = notReady;

  /** What a dependency asks for, by its marks. `targets` are what is bound under its key, unless they are given. */
  constructor(
    dependency: AnyDependency,
    byKey: ReadonlyMap<AnyDependency, readonly Node[]>,
    targets?: readonly Node[],
  ) {
    let key = dependency;
    let form: Edge['form'] = 'one';
    let isLazy = false;
    while (isMarked(key)) {
      if (key.kind === 'lazy') isLazy = true;
      else form = key.kind;
      key = key.of;
    }
    this.dependency = dependency;
    this.key = key;
    this.form = form;
    this.isLazy = isLazy;
    this.targets = targets ?? byKey.get(key) ?? NONE;
  }
}

/** What has to be done at the end of a service: `ask` where an instance has not been seen, `each` where instances differ. */
export type Disposal = 'never' | 'always' | 'ask' | 'each';

/** What is known of the creations that were timed. */
export interface Times {
  count: number;
  totalMs: number;
  longestMs: number;
}

/** A binding as one container sees it: what it depends on there, and what was made of it. */
export class Node {
  readonly binding: Binding;
  readonly home: Home;
  edges: readonly Edge[] = NONE;
  /** What is resolved before it is made. */
  needs: readonly Node[] = NONE;
  /** What it may resolve later, through lazy dependencies. */
  later: readonly Node[] = NONE;
  /** Its place in the walk that is under way. A walk has a number, so that nothing needs to be reset. */
  walk = 0;
  at = 0;
  low = 0;
  /** It can't be made: something is missing, bound several times, captive, or it needs itself. */
  isBroken = false;
  isInCycle = false;
  /** Something on the way must be awaited. */
  isAsync: boolean;
  /** It is scoped, or transient and holds something scoped. */
  holdsScoped: boolean;
  /** As `holdsScoped`, or something contextual. */
  needsScope: boolean;
  /** How many services are made one in another, at most, to make it. */
  depth = 1;
  /** Where scopes keep it; -1 until it is needed. */
  slot = -1;
  /** Its getter, and those of its edges, can be called. */
  isReady = false;
  get: Getter = notReady;
  /** The singleton; undefined until it is made, and for one that is undefined. */
  value: unknown = undefined;
  state: 'unmade' | 'making' | 'made' = 'unmade';
  disposal: Disposal;
  /** The prototype of what a factory last made, where it is that of a class whose instances are neither promises nor disposable. */
  harmless: object | undefined = undefined;
  resolutions = 0;
  created = 0;
  times: Times | undefined = undefined;

  /** It is not linked to others yet. */
  constructor(binding: Binding, home: Home) {
    const { lifetime, how } = binding;
    this.binding = binding;
    this.home = home;
    this.isAsync = how.kind === 'async-factory';
    this.holdsScoped = lifetime === 'scoped';
    this.needsScope = lifetime === 'scoped' || lifetime === 'contextual';
    this.disposal = disposalOf(binding);
  }
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

/** Whether an edge leads to what it asks for: one binding, unless it asks for all or has none and needs none. */
export function isMet({ form, targets }: Edge): boolean {
  return targets.length === 1 || form === 'all' || (form === 'optional' && targets.length === 0);
}

/** Whether what holds this edge may be resolved only where there is a scope. */
export function leadsToScoped({ targets }: Edge): boolean {
  for (const target of targets) if (target.holdsScoped) return true;
  return false;
}
