import type { Awaitable } from '../binding.js';
import type { AnyDependency } from '../token.js';
import { checkList } from './checks.js';
import { disposeOfAll, type Ending, isThenable, type Kept, orderOfDisposal } from './disposal.js';
import { closedError, type DisposalFailure, disposalError, endedError, thenableError } from './failures.js';
import type { Getter } from './graph/node.js';

/** A service on its way through promises, in a box: one with a `then` would be awaited, and what it gives taken for it. */
export interface Boxed {
  readonly service: unknown;
}

/** A creation that is under way. */
export interface Creation {
  readonly work: Promise<Boxed>;
  /** Its asynchronous factory has been called, and has not returned yet. */
  isCalling: boolean;
}

/** The container of a scope. */
export interface ScopeHome {
  readonly isOpen: boolean;
  /** What was resolved in a scope before. */
  readonly inScopes: Map<AnyDependency, Getter>;
  /** What was not; after the end of the container it throws. */
  getInScope(dependency: AnyDependency): Getter;
  getAsyncIn(dependency: AnyDependency, scope: ServiceScope): Awaitable<Boxed>;
  /** How many slots have been given away. */
  readonly slots: number;
  scopeClosed(scope: ServiceScope): void;
}

/** Longer ones grow when they are written to. */
const MAX_SLOTS_AT_ONCE = 32;

/**
 * What services belong to. Besides the scopes that are opened, each container has two of these: its `root`, to which its
 * singletons belong, and its `caller`, which keeps nothing, since what is made for a caller belongs to the caller.
 */
export class ServiceScope implements Ending {
  readonly home: ScopeHome;
  readonly kind: 'scope' | 'root' | 'caller';
  readonly context: unknown;
  /** The scoped services by their slots; undefined where there is none yet. */
  readonly slots: unknown[];
  isOpen = true;
  isDisposing = false;
  /** What is to be disposed of, in the order of creation. */
  made: Kept[] | undefined = undefined;
  /** What is being made asynchronously: services that others may share by their node, the others by a key of their own. */
  pending: Map<object, Creation> | undefined = undefined;
  /** A lazy dependency was resolved, so that creation may not have followed dependency. */
  hasLate = false;
  #end: Awaitable<void> | undefined = undefined;
  #error: unknown = undefined;

  constructor(home: ScopeHome, kind: ServiceScope['kind'], context: unknown) {
    this.home = home;
    this.kind = kind;
    this.context = context;
    this.slots = kind === 'scope' ? new Array(Math.min(home.slots, MAX_SLOTS_AT_ONCE)) : NO_SLOTS;
  }

  resolve(dependency: AnyDependency): unknown {
    if (!this.isOpen) throw closedError();
    const get = this.home.inScopes.get(dependency);
    return get === undefined ? this.home.getInScope(dependency)(this) : get(this);
  }

  resolveAll(dependencies: readonly AnyDependency[]): unknown[] {
    checkList(dependencies);
    return dependencies.map((dependency) => this.resolve(dependency));
  }

  async resolveAsync(dependency: AnyDependency): Promise<unknown> {
    const { service } = await this.#getAsync(dependency);
    checkAnswer(dependency, service);
    return service;
  }

  async resolveAllAsync(dependencies: readonly AnyDependency[]): Promise<unknown[]> {
    checkList(dependencies);
    const services: unknown[] = [];
    for (const dependency of dependencies) {
      const { service } = await this.#getAsync(dependency);
      this.checkOpen();
      services.push(service);
    }
    return services;
  }

  #getAsync(dependency: AnyDependency): Awaitable<Boxed> {
    this.checkOpen();
    return this.home.getAsyncIn(dependency, this);
  }

  /** @throws MortarError `MORTAR_CONTAINER_STATE` after its end or that of its container */
  checkOpen(): void {
    if (!this.home.isOpen) throw endedError();
    if (!this.isOpen) throw closedError();
  }

  close(): Awaitable<void> {
    if (this.isOpen) {
      this.isOpen = false;
      this.home.scopeClosed(this);
      if (this.made === undefined && this.pending === undefined) return;
      this.#end = this.#dispose();
    }
    if (this.isDisposing) return this.#leave();
    if (this.#error !== undefined) throw this.#error;
    return this.#end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A disposal that awaited the end that it is a part of would wait for itself. Who asks next is told of what fails. */
  #leave(): void {
    Promise.resolve(this.#end).catch(() => undefined);
  }

  /** Ends it as `close` does, but adds what fails to `failures`. */
  end(failures: DisposalFailure[]): Awaitable<void> {
    this.isOpen = false;
    if (this.pending !== undefined && this.pending.size > 0) return this.#awaitPending(failures);
    return this.#disposeOfMade(failures);
  }

  #dispose(): Awaitable<void> {
    const failures: DisposalFailure[] = [];
    const work = this.end(failures);
    if (work === undefined) {
      if (failures.length > 0) this.#error = disposalError('the scope', failures);
      return undefined;
    }
    return Promise.resolve(work).then(() => {
      if (failures.length > 0) throw disposalError('the scope', failures);
    });
  }

  /** What is still being made may need what is there, and is disposed of before that. */
  async #awaitPending(failures: DisposalFailure[]): Promise<void> {
    while (this.pending !== undefined && this.pending.size > 0)
      await Promise.allSettled([...this.pending.values()].map(({ work }) => work));
    await this.#disposeOfMade(failures);
  }

  #disposeOfMade(failures: DisposalFailure[]): Awaitable<void> {
    const { made } = this;
    if (made === undefined) return;
    this.made = undefined;
    return disposeOfAll(orderOfDisposal(made, this.hasLate), this, failures);
  }
}

/**
 * A promise can't resolve to what has a `then`: it would await it.
 * @throws MortarError `MORTAR_BINDING_FAILED`
 */
function checkAnswer(dependency: AnyDependency, service: unknown): void {
  let cause: unknown;
  try {
    if (!isThenable(service)) return;
  } catch (error) {
    cause = error;
  }
  throw thenableError(dependency, cause);
}

/** Nothing is ever written to it. */
const NO_SLOTS: unknown[] = [];
Object.freeze(NO_SLOTS);
