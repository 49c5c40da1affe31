import type { ContainerOptions } from '../container.js';
import type { ScopeLeak } from '../scope.js';

/** Finds scopes that nothing refers to any more and that were not closed. It does not refer to them itself. */
export class LeakWatch {
  /** How many were found. */
  count = 0;
  readonly #registry: FinalizationRegistry<ScopeLeak>;
  readonly #container: string | undefined;

  private constructor(container: string | undefined, onLeak: (leak: ScopeLeak) => void) {
    this.#container = container;
    this.#registry = new FinalizationRegistry((leak) => {
      this.count += 1;
      try {
        onLeak(leak);
      } catch {
        // An observer must not end the process.
      }
    });
  }

  /** Undefined where leaks are not looked for. */
  static of(options: ContainerOptions): LeakWatch | undefined {
    const { name, onLeak, isDevelopment = process.env['NODE_ENV'] !== 'production' } = options;
    return isDevelopment && onLeak !== undefined ? new LeakWatch(name, onLeak) : undefined;
  }

  watch(scope: object): void {
    const openedAt = new Error('a scope was opened').stack ?? '';
    this.#registry.register(scope, { openedAt, container: this.#container }, scope);
  }

  forget(scope: object): void {
    this.#registry.unregister(scope);
  }
}
