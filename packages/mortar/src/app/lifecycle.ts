/// <reference lib="esnext.disposable" preserve="true" />
import type { DrainOptions, DrainReport, MessageBus } from '../bus/index.js';
import type { Container } from '../container/index.js';
import type { Clock, Envelope } from '../contracts/index.js';
import { type Issue, MortarError } from '../errors/index.js';
import type { Logger } from '../logging/logger.js';
import type { ModuleHook, StopContext } from '../modules/index.js';
import type { ModuleRuntime } from './module-runtime.js';
import { startContextOf } from './start-context.js';
import { withinTime } from './time-limit.js';

/** What a lifecycle starts and stops. */
export interface LifecycleParts {
  readonly bus: MessageBus;
  /** Begins to answer calls of ports that come from other processes. */
  readonly serve: () => Promise<AsyncDisposable | undefined>;
  /** In the order in which they start. */
  readonly runtimes: readonly ModuleRuntime[];
  /** What all modules share; asked anew after `renew`. */
  readonly shared: () => Container;
  /** A start has failed: everything that was made is gone, and the app may be started anew. */
  readonly renew: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long one hook, or the making or the disposal of one module's services, may take. */
  readonly hookTimeoutMs: number;
}

/** An event of a hook at the start, which waits for the end of the start. */
interface Published {
  /** The name of the module that published it. */
  readonly module: string;
  readonly envelope: Envelope;
}

type State = 'made' | 'starting' | 'started' | 'stopped';

/** Starts modules in their order, and stops them in reverse. */
export class Lifecycle {
  readonly #parts: LifecycleParts;
  #state: State = 'made';
  #starting: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #started: readonly ModuleRuntime[] = [];
  #serving: AsyncDisposable | undefined;
  readonly #stopSignal = new AbortController();

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  get isStarted(): boolean {
    return this.#state === 'started';
  }

  /**
   * @throws MortarError `MORTAR_APP_STATE`; `MORTAR_START_FAILED` with the module that failed, and why, and what went
   * wrong in stopping those that had started
   */
  async start(): Promise<void> {
    if (this.#state !== 'made') throw this.#wrong('An app is started once.', 'one that has not been started');
    this.#state = 'starting';
    this.#starting = this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /**
   * Accepts nothing more, lets handlers finish, then stops the modules and disposes of their services.
   * @throws MortarError `MORTAR_STOP_FAILED` with everything that went wrong; all has been stopped nevertheless
   */
  async stop(options?: DrainOptions): Promise<DrainReport> {
    this.#state = 'stopped';
    this.#stopSignal.abort();
    // Nothing is awaited that need not be: the bus tells by the stack that a handler asks it to stop.
    if (this.#starting !== undefined) await this.#starting.catch(() => undefined);
    // It takes nothing more from here on, and waits for the calls under way, which the bus lets finish.
    const served = this.#serving?.[Symbol.asyncDispose]().then(undefined, (error: unknown) =>
      this.#parts.logger.error({ error }, 'Ports were not served to their end'),
    );
    const report = await this.#parts.bus.stop(options);
    await served;
    this.#ending ??= this.#end();
    await this.#ending;
    return report;
  }

  checkStarted(verb: string): void {
    if (this.#state !== 'started')
      throw this.#wrong(`An app answers to ${verb} between its start and its stop.`, 'a started app');
  }

  async #start(): Promise<void> {
    const { bus, runtimes, shared } = this.#parts;
    const published: Published[] = [];
    await this.#step('the shared services to be made', () => this.#makeSingletons(shared(), 'the app'));
    for (const runtime of runtimes) {
      const { name } = runtime.module;
      await this.#step(`module ${name} to start`, async () => {
        this.#checkGoesOn();
        await this.#startModule(runtime, published);
      });
      this.#started = [...this.#started, runtime];
    }
    await this.#step('the whole app to start', async () => this.#checkGoesOn());
    for (const { module, envelope } of published)
      await this.#step(`module ${module} to start`, () => bus.events.enqueue(envelope));
    await this.#step('the ports to be served', async () => {
      this.#serving = await this.#parts.serve();
    });
    if (this.#state === 'starting') this.#state = 'started';
  }

  /** If it fails, what has started is stopped again. */
  async #step(expected: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (cause) {
      throw await this.#giveUp(expected, cause);
    }
  }

  #checkGoesOn(): void {
    if (this.#state === 'starting') return;
    throw this.#wrong('An app that is stopped starts no further.', 'no stop before the start has ended');
  }

  async #startModule(runtime: ModuleRuntime, published: Published[]): Promise<void> {
    const { module, container } = runtime;
    await this.#makeSingletons(container, `module ${module.name}`);
    const publish = (envelope: Envelope): void => void published.push({ module: module.name, envelope });
    for (const hook of hooksOf(runtime, 'start')) {
      await this.#callHook(runtime, hook, (signal) =>
        startContextOf(module, { bus: this.#parts.bus, logger: this.#loggerOf(runtime), publish, signal }),
      );
    }
  }

  #makeSingletons(container: Container, whose: string): Promise<void> {
    const { clock, hookTimeoutMs } = this.#parts;
    return withinTime(container.makeSingletons(), `the services of ${whose}`, hookTimeoutMs, clock);
  }

  /** Stops what has started, in reverse, and tells what failed. */
  async #giveUp(expected: string, cause: unknown): Promise<MortarError> {
    const names = this.#started.map(({ module }) => module.name).join(', ');
    const issues = await this.#stopModules();
    if (this.#state === 'starting') {
      this.#parts.renew();
      this.#state = 'made';
    }
    return new MortarError('MORTAR_START_FAILED', {
      rule: 'An app starts with all its modules or not at all.',
      expected,
      got: `${textOf(cause)}${names === '' ? '' : `; ${names}, which had started, stopped again`}`,
      cause,
      issues,
    });
  }

  async #end(): Promise<void> {
    const issues = await this.#stopModules();
    if (issues.length === 0) return;
    throw new MortarError('MORTAR_STOP_FAILED', {
      rule: 'Every module stops, and its services are disposed of.',
      expected: 'hooks and disposals without errors',
      got: issues.map(({ path, message }) => `${path}: ${message}`).join('; '),
      issues,
    });
  }

  /** One failure does not keep the rest from stopping. */
  async #stopModules(): Promise<readonly Issue[]> {
    const issues: Issue[] = [];
    const started = this.#started;
    this.#started = [];
    const attempt = async (path: string, stop: () => Promise<unknown>): Promise<void> => {
      try {
        await stop();
      } catch (error) {
        this.#parts.logger.error({ error, path }, 'A module did not stop cleanly');
        issues.push({ path, message: textOf(error) });
      }
    };
    for (const runtime of this.#parts.runtimes.toReversed()) {
      const { name } = runtime.module;
      for (const hook of started.includes(runtime) ? hooksOf(runtime, 'stop').toReversed() : []) {
        await attempt(`onStop of ${name}`, () =>
          this.#callHook(
            runtime,
            hook,
            (signal): StopContext => ({ signal, logger: this.#loggerOf(runtime) }),
          ),
        );
      }
      await attempt(`services of ${name}`, () => this.#dispose(runtime.container, `module ${name}`));
    }
    await attempt('shared services', () => this.#dispose(this.#parts.shared(), 'the app'));
    return issues;
  }

  /** What a factory never makes, or a disposal never ends, is not waited for forever. */
  #dispose(container: Container, whose: string): Promise<void> {
    const { clock, hookTimeoutMs } = this.#parts;
    return withinTime(container.dispose(), `the disposal of the services of ${whose}`, hookTimeoutMs, clock);
  }

  async #callHook(
    runtime: ModuleRuntime,
    { handler, dependencies, when, place }: ModuleHook,
    contextOf: (signal: AbortSignal) => unknown,
  ): Promise<void> {
    const { clock, hookTimeoutMs } = this.#parts;
    const controller = new AbortController();
    const signal =
      when === 'start' ? AbortSignal.any([controller.signal, this.#stopSignal.signal]) : controller.signal;
    // The types were checked where the module was defined.
    const call = handler as (context: unknown, ...services: readonly unknown[]) => unknown;
    const run = async (): Promise<unknown> =>
      call(contextOf(signal), ...(await runtime.servicesOf(dependencies)));
    try {
      await withinTime(run(), `the hook at ${place}`, hookTimeoutMs, clock);
    } finally {
      controller.abort();
    }
  }

  #loggerOf({ module }: ModuleRuntime): Logger {
    return this.#parts.logger.child({ module: module.name });
  }

  #wrong(rule: string, expected: string): MortarError {
    const states = {
      made: 'one that has not been started',
      starting: 'one that is being started',
      started: 'one that has been started',
      stopped: 'one that has been stopped',
    };
    return new MortarError('MORTAR_APP_STATE', { rule, expected, got: states[this.#state] });
  }
}

function hooksOf({ module }: ModuleRuntime, when: ModuleHook['when']): readonly ModuleHook[] {
  return module.hooks.filter((hook) => hook.when === when);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
