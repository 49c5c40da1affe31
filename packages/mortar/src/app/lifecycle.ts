/// <reference lib="esnext.disposable" preserve="true" />
import type { DrainOptions, DrainReport, MadeEvent, MessageBus } from '../bus/index.js';
import type { Container } from '../container/index.js';
import type { Clock } from '../contracts/index.js';
import {
  checkKeys,
  checkWholeNumber,
  type Issue,
  MAX_DELAY_MS,
  MortarError,
  messageOf,
} from '../errors/index.js';
import type { Logger } from '../logging/logger.js';
import { type ModuleHook, type StopContext, unpublishedEvents } from '../modules/index.js';
import type { HealthResult } from '../patterns/index.js';
import type { ModuleRuntime } from './module-runtime.js';
import { startContextOf } from './start-context.js';
import type { Durability } from './store/durability.js';
import { withinTime } from './time-limit.js';

/** What a lifecycle starts and stops. */
export interface LifecycleParts {
  readonly bus: MessageBus;
  /** The store and what it delivers, of an app that has one. */
  readonly durability: Durability | undefined;
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

type State = 'made' | 'starting' | 'started' | 'stopped';

const STATES: Readonly<Record<State, string>> = {
  made: 'has not been started',
  starting: 'is being started',
  started: 'has been started',
  stopped: 'has been stopped',
};

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

  /** Whether the app takes messages. */
  get isStarted(): boolean {
    return this.#state === 'started';
  }

  /** How the app itself is: well between its start and its stop. */
  health(): HealthResult {
    return this.isStarted ? { status: 'healthy' } : { status: 'unhealthy', detail: STATES[this.#state] };
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
  async stop(options: DrainOptions = {}): Promise<DrainReport> {
    checkDrainOptions(options);
    this.#state = 'stopped';
    this.#stopSignal.abort(
      this.#wrong('An app that is stopped starts no further.', 'a start without a stop'),
    );
    // Nothing is awaited that need not be: the bus tells by the stack that a handler asks it to stop.
    if (this.#starting !== undefined) await this.#starting.catch(() => undefined);
    // It takes nothing more from here on, and waits for the calls under way, which the bus lets finish.
    const served = this.#stopServing();
    this.#parts.bus.events.resume();
    this.#parts.durability?.stop(options);
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
    const { bus, durability, runtimes, shared } = this.#parts;
    const published: MadeEvent[] = [];
    this.#warnOfSilence();
    await this.#step('the store to be opened', async () => durability?.open());
    // What handlers publish before all have started waits: a module may hear of it that has not.
    bus.events.pause();
    await this.#step('the shared services to be made', () =>
      this.#withinTime(shared().makeSingletons(), 'the shared services'),
    );
    for (const runtime of runtimes) {
      const { name } = runtime.module;
      await this.#step(`module ${name} to start`, async () => {
        this.#checkGoesOn();
        await this.#startModule(runtime, published);
      });
      this.#started = [...this.#started, runtime];
    }
    if (durability === undefined) {
      await this.#step('what was published at the start to be accepted', async () => {
        for (const { envelope } of published) await bus.events.enqueue(envelope);
      });
    }
    await this.#step('the ports to be served', async () => {
      this.#serving = await this.#withinTime(this.#parts.serve(), 'the serving of ports');
      this.#checkGoesOn();
    });
    await this.#step('what was published at the start to be committed, and deliveries to begin', async () => {
      await durability?.start(published);
      this.#checkGoesOn();
    });
    this.#state = 'started';
    bus.events.resume();
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

  async #startModule(runtime: ModuleRuntime, published: MadeEvent[]): Promise<void> {
    const { module } = runtime;
    const { bus, clock } = this.#parts;
    await this.#withinTime(runtime.makeSingletons(), `the services of module ${module.name}`);
    const publish = (made: MadeEvent): void => void published.push(made);
    for (const hook of hooksOf(runtime, 'start')) {
      await this.#callHook(runtime, hook, (signal) =>
        startContextOf(module, { bus, clock, logger: this.#loggerOf(runtime), publish, signal }),
      );
    }
  }

  /** Stops what has started, in reverse, and tells what failed. What was published meanwhile is given up. */
  async #giveUp(expected: string, cause: unknown): Promise<MortarError> {
    const names = this.#started.map(({ module }) => module.name).join(', ');
    await this.#stopServing();
    this.#parts.durability?.stop({});
    const issues = await this.#stopModules();
    await this.#parts.bus.events.giveUpWaiting(
      this.#wrong('What was published at a start that failed is not delivered.', 'a start without a failure'),
    );
    if (this.#state === 'starting') {
      this.#parts.renew();
      this.#state = 'made';
    }
    const message = messageOf(cause);
    return new MortarError('MORTAR_START_FAILED', {
      rule: 'An app starts with all its modules or not at all.',
      expected,
      got:
        names === '' ? message : `${message.replace(/\.$/, '')}; ${names}, which had started, stopped again`,
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
        issues.push({ path, message: messageOf(error) });
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
      await attempt(`services of ${name}`, () =>
        this.#withinTime(runtime.dispose(), `the disposal of the services of module ${name}`),
      );
    }
    await attempt('shared services', () =>
      this.#withinTime(this.#parts.shared().dispose(), 'the disposal of the shared services'),
    );
    await attempt('store', async () => this.#parts.durability?.close());
    return issues;
  }

  async #stopServing(): Promise<void> {
    const serving = this.#serving;
    this.#serving = undefined;
    try {
      const ended = serving?.[Symbol.asyncDispose]();
      await this.#withinTime(Promise.resolve(ended), 'the end of the serving of ports');
    } catch (error) {
      this.#parts.logger.error({ error }, 'Ports were not served to their end');
    }
  }

  /** What a factory never makes, a hook or a disposal never ends, is not waited for forever. */
  #withinTime<T>(work: PromiseLike<T>, what: string): Promise<T> {
    const { clock, hookTimeoutMs } = this.#parts;
    return withinTime(work, { timeoutMs: hookTimeoutMs, clock }, () => lateError(what, hookTimeoutMs));
  }

  async #callHook(
    runtime: ModuleRuntime,
    { handler, dependencies, when, place }: ModuleHook,
    contextOf: (signal: AbortSignal) => unknown,
  ): Promise<void> {
    const controller = new AbortController();
    // A hook at the start that asks for the stop, or ignores that it is asked for, does not hold it up.
    const stop = when === 'start' ? this.#stopSignal.signal : undefined;
    const signal = stop === undefined ? controller.signal : AbortSignal.any([controller.signal, stop]);
    // The types were checked where the module was defined.
    const call = handler as (context: unknown, ...services: readonly unknown[]) => unknown;
    const run = async (): Promise<unknown> =>
      call(contextOf(signal), ...(await runtime.servicesOf(dependencies)));
    try {
      await this.#withinTime(unlessAborted(run(), stop), `the hook at ${place}`);
    } finally {
      controller.abort();
    }
  }

  #warnOfSilence(): void {
    const modules = this.#parts.runtimes.map(({ module }) => module);
    for (const unpublished of unpublishedEvents(modules)) {
      const message = 'A subscription waits for an event that its module does not say it publishes';
      this.#parts.logger.warn({ ...unpublished }, message);
    }
  }

  #loggerOf({ module }: ModuleRuntime): Logger {
    return this.#parts.logger.child({ module: module.name });
  }

  #wrong(rule: string, expected: string): MortarError {
    return new MortarError('MORTAR_APP_STATE', { rule, expected, got: `one that ${STATES[this.#state]}` });
  }
}

function hooksOf({ module }: ModuleRuntime, when: ModuleHook['when']): readonly ModuleHook[] {
  return module.hooks.filter((hook) => hook.when === when);
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function lateError(what: string, timeoutMs: number): MortarError {
  return new MortarError('MORTAR_TIMEOUT', {
    rule: 'What an app starts and stops ends in time.',
    expected: `${what} to be done within ${timeoutMs} ms`,
    got: 'no end yet',
  });
}

function checkDrainOptions(options: DrainOptions): void {
  checkKeys('stop', options, ['timeoutMs']);
  if (options.timeoutMs !== undefined) checkWholeNumber('timeoutMs', options.timeoutMs, 0, MAX_DELAY_MS);
}
