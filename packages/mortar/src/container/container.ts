import { type Issue, MortarError } from '../errors/index.js';
import { type AnyDependency, nameOf, type Resolved, type ResolvedAll } from './token.js';

/** How a service comes to be. */
export interface Binding {
  readonly service: AnyDependency;
  readonly dependencies: readonly AnyDependency[];
  /** Makes the service of what its dependencies resolve to. */
  readonly create: (resolved: readonly unknown[]) => unknown;
  /** Who bound it, for messages. */
  readonly owner: string;
}

/** Makes services, each once, of what they depend on. */
export class Container {
  readonly #bindings = new Map<AnyDependency, Binding>();
  readonly #made = new Map<AnyDependency, unknown>();

  /** @throws MortarError `MORTAR_BINDING_DUPLICATE` */
  bind(binding: Binding): void {
    const present = this.#bindings.get(binding.service);
    if (present !== undefined) {
      throw new MortarError('MORTAR_BINDING_DUPLICATE', {
        rule: 'A service is bound once.',
        expected: `${present.owner} alone to bind ${nameOf(binding.service)}`,
        got: `a second binding by ${binding.owner}`,
      });
    }
    this.#bindings.set(binding.service, binding);
  }

  /**
   * Checks, without making anything, that all that is bound, and all of `roots`, can be made.
   * @throws MortarError `MORTAR_BINDING_MISSING` or `MORTAR_BINDING_CYCLE`, with every fault as an issue
   */
  verify(roots: readonly Root[] = []): void {
    const faults = new Faults(this.#bindings);
    for (const { owner, dependencies } of roots) for (const root of dependencies) faults.find(root, [owner]);
    for (const service of this.#bindings.keys()) faults.find(service, []);
    faults.report();
  }

  /**
   * @throws MortarError `MORTAR_BINDING_MISSING`, `MORTAR_BINDING_CYCLE`; `MORTAR_BINDING_FAILED` with what a
   * constructor threw as its cause, then the service is not made, and is tried anew when it is next asked for
   */
  resolve<D extends AnyDependency>(dependency: D): Resolved<D> {
    return this.#make(dependency, []) as Resolved<D>;
  }

  /** The services of a list, in its order. Throws as `resolve` does. */
  resolveAll<const D extends readonly AnyDependency[]>(dependencies: D): ResolvedAll<D> {
    return dependencies.map((dependency) => this.#make(dependency, [])) as ResolvedAll<D>;
  }

  #make(dependency: AnyDependency, path: readonly AnyDependency[]): unknown {
    if (this.#made.has(dependency)) return this.#made.get(dependency);
    const binding = this.#bindings.get(dependency);
    const way = [...path, dependency];
    if (binding === undefined) throw missing([missingIssue(way.map(nameOf))]);
    if (path.includes(dependency))
      throw cyclic([cycleIssue(way.slice(path.indexOf(dependency)).map(nameOf))]);
    const resolved = binding.dependencies.map((needed) => this.#make(needed, way));
    const service = create(binding, resolved);
    this.#made.set(dependency, service);
    return service;
  }
}

function create(binding: Binding, resolved: readonly unknown[]): unknown {
  try {
    return binding.create(resolved);
  } catch (cause) {
    throw new MortarError('MORTAR_BINDING_FAILED', {
      rule: 'A service is made when it is first needed.',
      expected: `${nameOf(binding.service)}, bound by ${binding.owner}, to be made`,
      got: 'an error instead, which is the cause',
      cause,
    });
  }
}

/** Who needs services without being one: a handler. */
export interface Root {
  readonly owner: string;
  readonly dependencies: readonly AnyDependency[];
}

/** Walks the graph and collects what is wrong with it, each fault once. */
class Faults {
  readonly #bindings: ReadonlyMap<AnyDependency, Binding>;
  readonly #visited = new Set<AnyDependency>();
  readonly #missing: Issue[] = [];
  readonly #cycles: Issue[] = [];

  constructor(bindings: ReadonlyMap<AnyDependency, Binding>) {
    this.#bindings = bindings;
  }

  find(dependency: AnyDependency, path: readonly string[], above: readonly AnyDependency[] = []): void {
    const way = [...path, nameOf(dependency)];
    if (above.includes(dependency)) {
      this.#cycles.push(cycleIssue([...above.slice(above.indexOf(dependency)), dependency].map(nameOf)));
      return;
    }
    const binding = this.#bindings.get(dependency);
    if (binding === undefined) this.#missing.push(missingIssue(way));
    if (binding === undefined || this.#visited.has(dependency)) return;
    for (const needed of binding.dependencies) this.find(needed, way, [...above, dependency]);
    this.#visited.add(dependency);
  }

  report(): void {
    if (this.#missing.length > 0) throw missing([...this.#missing, ...this.#cycles]);
    if (this.#cycles.length > 0) throw cyclic(this.#cycles);
  }
}

function missingIssue(way: readonly string[]): Issue {
  return { path: way.join(' → '), message: `${way.at(-1)} is not bound` };
}

function cycleIssue(way: readonly string[]): Issue {
  return { path: way.join(' → '), message: 'is a cycle' };
}

function missing(issues: readonly Issue[]): MortarError {
  return new MortarError('MORTAR_BINDING_MISSING', {
    rule: 'All that a service or a handler depends on is bound.',
    expected: 'a binding for each dependency',
    got: issues.map(({ path, message }) => `${path}: ${message}`).join('; '),
    issues,
  });
}

function cyclic(issues: readonly Issue[]): MortarError {
  return new MortarError('MORTAR_BINDING_CYCLE', {
    rule: 'Services do not depend on themselves.',
    expected: 'dependencies that come to an end',
    got: issues.map(({ path, message }) => `${path} ${message}`).join('; '),
    issues,
  });
}
