import { setImmediate } from 'node:timers';
import type { ContainerOptions } from '../container.js';
import type { ScopeLeak } from '../scope.js';
import { isThenable } from './disposal.js';

/** Finds scopes that nothing refers to any more and that were not closed. It does not refer to them itself for long. */
export class LeakWatch {
  /** How many were found. */
  count = 0;
  /**
   * What was opened in this turn of the event loop, and where. Most is closed by its end: that saves the text of a stack,
   * 10 µs, and the registration. An error is not kept beyond it, since it holds `this` of every call on its stack, and
   * so perhaps the scope.
   */
  readonly #opened = new Map<object, Error>();
  readonly #registry: FinalizationRegistry<ScopeLeak>;
  readonly #container: string | undefined;
  #isScheduled = false;

  private constructor(container: string | undefined, onLeak: (leak: ScopeLeak) => void) {
    this.#container = container;
    this.#registry = new FinalizationRegistry((leak) => {
      this.count += 1;
      try {
        const told: unknown = onLeak(leak);
        if (isThenable(told)) told.then(undefined, () => undefined);
      } catch {
        // An observer must not end the process.
      }
    });
  }

  /** Undefined where leaks are not looked for. */
  static of(options: ContainerOptions): LeakWatch | undefined {
    const { name, onLeak, isDevelopment = process.env['NODE_ENV'] !== 'production' } = options;
    return isDevelopment ? new LeakWatch(name, onLeak ?? warner()) : undefined;
  }

  watch(scope: object): void {
    this.#opened.set(scope, new Error('a scope was opened'));
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#register()).unref();
  }

  forget(scope: object): void {
    if (!this.#opened.delete(scope)) this.#registry.unregister(scope);
  }

  #register(): void {
    this.#isScheduled = false;
    for (const [scope, { stack = '' }] of this.#opened)
      this.#registry.register(scope, { openedAt: stack, container: this.#container }, scope);
    this.#opened.clear();
  }
}

/** A leak in a loop is one fault. */
const MAX_WARNINGS = 20;

/** Tells of leaks where no one else does: once of each place, and of no more than 20. */
function warner(): (leak: ScopeLeak) => void {
  const told = new Set<string>();
  return ({ openedAt, container }) => {
    if (told.has(openedAt) || told.size === MAX_WARNINGS) return;
    told.add(openedAt);
    const where = container === undefined ? 'a container' : `container ${container}`;
    process.emitWarning(`A scope of ${where} was never closed: ${openedAt}`, 'MortarWarning');
  };
}
