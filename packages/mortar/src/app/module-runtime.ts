import { type Awaitable, isThenable } from '../bus/handler.js';
import type { AnyDependency, Container, Prepared, Scope } from '../container/index.js';
import { MortarError } from '../errors/index.js';
import type { Logger } from '../logging/logger.js';
import type { Module } from '../modules/index.js';

type CallWithServices<C, R> = (context: C, ...services: readonly unknown[]) => R;

/** A function of a module, with its services after its context. */
export type WithServices = (context: never, ...services: never) => unknown;

/**
 * One module at work: its container, made anew when a start has failed, and its functions, which are given their
 * services from it.
 */
export class ModuleRuntime {
  readonly module: Module;
  readonly #makeContainer: () => Container;
  readonly #logger: Logger;
  #container: Container;
  /** Whether its services are made and not disposed of. */
  #isReady = false;

  constructor(module: Module, makeContainer: () => Container, logger: Logger) {
    this.module = module;
    this.#makeContainer = makeContainer;
    this.#logger = logger;
    this.#container = makeContainer();
  }

  get container(): Container {
    return this.#container;
  }

  /** Forgets the container, which is disposed of, and makes another. */
  renew(): void {
    this.#container = this.#makeContainer();
  }

  /** Makes the services that the module starts with; from then on it takes requests. */
  async makeSingletons(): Promise<void> {
    await this.#container.makeSingletons();
    this.#isReady = true;
  }

  /** Takes no more requests, and disposes of the services. */
  dispose(): Promise<void> {
    this.#isReady = false;
    return this.#container.dispose();
  }

  /**
   * The handler of a request, which only a hook can send before its module has started.
   * @throws MortarError `MORTAR_APP_STATE`
   */
  requestHandler<C, R>(
    name: string,
    handler: WithServices,
    dependencies: readonly AnyDependency[],
  ): (context: C) => R {
    const call = this.handler<C, R>(handler, dependencies);
    return (context) => {
      if (!this.#isReady) throw notReady(this.module.name, name);
      return call(context);
    };
  }

  /** A handler that is given its services after its context; a scope is opened only if one of them needs it. */
  handler<C, R>(handler: WithServices, dependencies: readonly AnyDependency[]): (context: C) => R {
    // The types were checked where the module was defined.
    const call = handler as CallWithServices<C, R>;
    if (dependencies.length === 0) return call;
    const prepared = this.#prepare(dependencies);
    return (context) => {
      const services = prepared();
      if (services.needsScope) return this.#inScope(services, context, call) as R;
      return callWith(services.resolve(), context, call);
    };
  }

  /** What a list of dependencies resolves to, outside of any message. */
  servicesOf(dependencies: readonly AnyDependency[]): Promise<readonly unknown[]> {
    return this.#container.resolveAllAsync(dependencies);
  }

  /** Prepared once for each container. */
  #prepare(dependencies: readonly AnyDependency[]): () => Prepared {
    let container: Container | undefined;
    let prepared: Prepared | undefined;
    return () => {
      if (prepared === undefined || container !== this.#container) {
        container = this.#container;
        prepared = container.prepare(dependencies);
      }
      return prepared;
    };
  }

  #inScope<C>(services: Prepared, context: C, call: CallWithServices<C, unknown>): unknown {
    // A batch has the services of the first of its messages.
    const scope = this.#container.openScope(Array.isArray(context) ? context[0] : context);
    let work: unknown;
    try {
      work = callWith(services.resolve(scope), context, call);
    } catch (error) {
      const closing = this.#close(scope);
      if (!isThenable(closing)) throw error;
      return closing.then(() => Promise.reject(error));
    }
    return isThenable(work) ? this.#closeAfter(work, scope) : this.#closeNow(work, scope);
  }

  async #closeAfter(work: PromiseLike<unknown>, scope: Scope): Promise<unknown> {
    try {
      return await work;
    } finally {
      await this.#close(scope);
    }
  }

  #closeNow(result: unknown, scope: Scope): Awaitable<unknown> {
    const closing = this.#close(scope);
    return isThenable(closing) ? closing.then(() => result) : result;
  }

  /** The message is handled by now: a service that can't be disposed of does not undo that. */
  #close(scope: Scope): Awaitable<void> {
    const failed = (error: unknown): void =>
      this.#logger.error({ error, module: this.module.name }, 'A scoped service could not be disposed of');
    try {
      const closing = scope.close();
      return isThenable(closing) ? closing.then(undefined, failed) : undefined;
    } catch (error) {
      failed(error);
    }
  }
}

function notReady(module: string, request: string): MortarError {
  return new MortarError('MORTAR_APP_STATE', {
    rule: 'A module takes requests from when its services are made until it stops.',
    expected: `module ${module} to have started: startsAfter('${module}') in the module that sends at its start`,
    got: `${request} before that, or after its end`,
  });
}

/** Waits for the services only where they are not there at once. */
function callWith<C, R>(
  services: Awaitable<readonly unknown[]>,
  context: C,
  call: CallWithServices<C, R>,
): R {
  if (!isThenable(services)) return call(context, ...services);
  // A handler may be asynchronous, so whoever calls this takes a promise as well.
  return services.then((made) => {
    // Nobody waits for it any more, and its services may be gone.
    (context as { readonly signal?: AbortSignal }).signal?.throwIfAborted();
    return call(context, ...made);
  }) as R;
}
