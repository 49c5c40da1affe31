import fc from 'fast-check';
import {
  type AnyDependency,
  all,
  type Binding,
  type Container,
  createContainer,
  type Dependency,
  lazy,
  optional,
  token,
} from '../../../src/container/index.js';

/** How a dependency is marked. */
export type Mark = 'one' | 'all' | 'optional' | 'lazy' | 'lazy all' | 'lazy optional' | 'optional lazy';

/** One dependency, on the key of that number. */
export interface ModelEdge {
  readonly key: number;
  readonly mark: Mark;
}

/** One binding. */
export interface ModelBinding {
  readonly key: number;
  readonly lifetime: 'singleton' | 'scoped' | 'transient' | 'contextual' | 'value';
  readonly isAsync: boolean;
  readonly edges: readonly ModelEdge[];
}

/** Who asks without being a service. */
export interface ModelRoot {
  readonly edges: readonly ModelEdge[];
  readonly isSync: boolean;
  readonly isUnscoped: boolean;
}

/** A whole graph. `over` are the bindings of a child, where there is one. */
export interface Model {
  /** Whether the key of each number is a class, which is bound once. */
  readonly isClass: readonly boolean[];
  readonly bindings: readonly ModelBinding[];
  readonly over: readonly ModelBinding[] | undefined;
  readonly roots: readonly ModelRoot[];
}

export const KEYS = 6;

const marks: fc.Arbitrary<Mark> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Mark>('one') },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Mark>('all', 'optional', 'lazy', 'lazy all', 'lazy optional', 'optional lazy'),
  },
);

/** Edges to keys from `first` on: with `first` above the holder there are no cycles but those of lazy edges. */
function edgesFrom(first: number): fc.Arbitrary<readonly ModelEdge[]> {
  if (first >= KEYS) return fc.constant([]);
  const edge = fc.record({ key: fc.integer({ min: first, max: KEYS - 1 }), mark: marks });
  return fc.array(edge, { maxLength: 2 });
}

const lifetimes = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('singleton', 'transient') },
  { weight: 2, arbitrary: fc.constantFrom('scoped', 'contextual', 'value') },
) as fc.Arbitrary<ModelBinding['lifetime']>;

function bindingOf(key: number, isLayered: boolean): fc.Arbitrary<ModelBinding> {
  return fc
    .record({
      lifetime: lifetimes,
      isAsync: fc.integer({ min: 0, max: 11 }).map((chance) => chance === 0),
      edges: edgesFrom(isLayered ? key + 1 : 0),
      back: fc.option(fc.nat({ max: KEYS - 1 }), { freq: 4 }),
    })
    .map(({ lifetime, isAsync, edges, back }) => {
      if (lifetime === 'value' || lifetime === 'contextual')
        return { key, lifetime, isAsync: false, edges: [] };
      const lazyBack: readonly ModelEdge[] = back === null ? [] : [{ key: back, mark: 'lazy' }];
      return { key, lifetime, isAsync, edges: [...edges, ...lazyBack] };
    });
}

function bindingsOf(isLayered: boolean, counts: readonly number[]): fc.Arbitrary<readonly ModelBinding[]> {
  const count = fc.constantFrom(...counts);
  const perKey = Array.from({ length: KEYS }, (_, key) =>
    count.chain((length) => fc.array(bindingOf(key, isLayered), { minLength: length, maxLength: length })),
  );
  return fc.tuple(...perKey).map((lists) => lists.flat());
}

function modelOf(isLayered: boolean): fc.Arbitrary<Model> {
  const root = fc.record({
    edges: edgesFrom(0),
    isSync: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
    isUnscoped: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
  });
  return fc.record({
    isClass: fc.array(fc.boolean(), { minLength: KEYS, maxLength: KEYS }),
    bindings: bindingsOf(isLayered, isLayered ? [...new Array<number>(28).fill(1), 0, 2] : [1, 1, 1, 0, 2]),
    over: fc.option(bindingsOf(isLayered, [0, 0, 0, 0, 1, 1, 1, 2]), { nil: undefined, freq: 2 }),
    roots: fc.array(root, { maxLength: 2 }),
  });
}

/** Random graphs, of which a good part is sound. */
export const models: fc.Arbitrary<Model> = fc.oneof(
  { weight: 4, arbitrary: modelOf(true) },
  { weight: 1, arbitrary: modelOf(false) },
);

/** What the container in question sees under a key. */
export function seenUnder({ bindings, over = [] }: Model, key: number): readonly ModelBinding[] {
  const own = over.filter((binding) => binding.key === key);
  return own.length > 0 ? own : bindings.filter((binding) => binding.key === key);
}

/** Where something is resolved: for a singleton, in a scope, or in neither. */
type Place = 'root' | 'scope' | 'none';

/** What the definitions say, by trying every way: whether each root and each binding that is seen can be resolved. */
export function isSound(model: Model): boolean {
  for (let key = 0; key < KEYS; key += 1) {
    const seen = seenUnder(model, key);
    if (model.isClass[key] === true && seen.length > 1) return false;
    if (!seen.every((binding) => canMake(model, binding, 'scope', false, [], new Set()))) return false;
  }
  return model.roots.every(({ edges, isSync, isUnscoped }) =>
    edges.every((edge) => canResolve(model, edge, isUnscoped ? 'none' : 'scope', isSync, [], new Set())),
  );
}

function canResolve(
  model: Model,
  { key, mark }: ModelEdge,
  place: Place,
  isSync: boolean,
  way: readonly ModelBinding[],
  called: Set<string>,
): boolean {
  if (mark.includes('lazy')) {
    // Whether a second call of the same succeeds is not the question.
    const call = `${key} ${mark} ${place}`;
    if (called.has(call)) return true;
    called.add(call);
    const later = mark.includes('all') ? 'all' : mark.includes('optional') ? 'optional' : 'one';
    return canResolve(model, { key, mark: later }, place, true, [], called);
  }
  const seen = seenUnder(model, key);
  if (mark === 'one' && seen.length !== 1) return false;
  if (mark === 'optional' && seen.length > 1) return false;
  return seen.every((binding) => canMake(model, binding, place, isSync, way, called));
}

function canMake(
  model: Model,
  binding: ModelBinding,
  place: Place,
  isSync: boolean,
  way: readonly ModelBinding[],
  called: Set<string>,
): boolean {
  if (way.includes(binding)) return false;
  if (binding.isAsync && isSync) return false;
  if (binding.lifetime === 'scoped' && place !== 'scope') return false;
  const inner = binding.lifetime === 'singleton' ? 'root' : place;
  return binding.edges.every((edge) => canResolve(model, edge, inner, isSync, [...way, binding], called));
}

/** A service of a model: what it was given. */
export interface Made {
  readonly binding: ModelBinding;
  readonly given: readonly unknown[];
}

export function isMade(value: unknown): value is Made {
  return typeof value === 'object' && value !== null && 'given' in value;
}

/** The keys of a model, and a way to make a container of it as often as needed. */
export class ModelContainers {
  readonly keys: readonly Dependency<unknown>[];
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
    this.keys = model.isClass.map((isClass, key) => (isClass ? class {} : token(`K${key}`)));
  }

  /** The child, where there is one. */
  make(): Container {
    const { parent, child } = this.makeBoth();
    return this.#model.over === undefined ? parent : child;
  }

  makeBoth(): { readonly parent: Container; readonly child: Container } {
    const { bindings, over = [] } = this.#model;
    const parent = createContainer();
    for (const binding of bindings) parent.bind(this.#bindingOf(binding));
    const child = parent.child();
    for (const binding of over) child.bind(this.#bindingOf(binding));
    return { parent, child };
  }

  dependencyOf({ key, mark }: ModelEdge): AnyDependency {
    const service = this.keyOf(key);
    switch (mark) {
      case 'one':
        return service;
      case 'all':
        return all(service);
      case 'optional':
        return optional(service);
      case 'lazy':
        return lazy(service);
      case 'lazy all':
        return lazy(all(service));
      case 'lazy optional':
        return lazy(optional(service));
      default:
        return optional(lazy(service));
    }
  }

  keyOf(key: number): Dependency<unknown> {
    const service = this.keys[key];
    if (service === undefined) throw new RangeError(`There is no key ${key}.`);
    return service;
  }

  #bindingOf(binding: ModelBinding): Binding {
    const { key, lifetime, isAsync, edges } = binding;
    const made = (...given: readonly unknown[]): Made => ({ binding, given });
    return {
      service: this.keyOf(key),
      lifetime,
      dependencies: edges.map((edge) => this.dependencyOf(edge)),
      how:
        lifetime === 'value'
          ? { kind: 'value', value: made() }
          : lifetime === 'contextual'
            ? { kind: 'context', create: () => made() }
            : isAsync
              ? { kind: 'async-factory', create: async (...given) => made(...given) }
              : { kind: 'factory', create: made },
      owner: 'model',
    };
  }
}
