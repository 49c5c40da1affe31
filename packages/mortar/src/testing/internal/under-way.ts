import { clearTimeout, setTimeout } from 'node:timers';

/**
 * How something is under way. `running`: a handler or a call works, and may wait for something outside. `waiting`: it
 * goes on when something else has ended.
 */
export type Way = 'running' | 'waiting';

interface Item {
  readonly way: Way;
  readonly label: string;
}

/** What an app has under way. */
export class UnderWay {
  readonly #items = new Set<Item>();
  readonly #watchers = new Set<() => void>();
  readonly #calls = new Set<{ readonly answer: Promise<unknown> }>();
  #changes = 0;

  /** Notes that something begins, until the returned function is called. */
  begin(way: Way, label: string): () => void {
    const item: Item = { way, label };
    this.#items.add(item);
    this.#changed();
    return () => {
      if (this.#items.delete(item)) this.#changed();
    };
  }

  /** Notes a call from outside, whose answer a test may await later. */
  call<T>(way: Way, label: string, call: () => Promise<T>): Promise<T> {
    const end = this.begin(way, label);
    const run = async (): Promise<T> => {
      try {
        return await call();
      } finally {
        end();
        this.#calls.delete(entry);
      }
    };
    const entry = { answer: run() };
    this.#calls.add(entry);
    return entry.answer;
  }

  /** From now on, calls under way may fail before a test awaits them, without being unhandled rejections. */
  letFail(): void {
    for (const { answer } of this.#calls) answer.catch(() => undefined);
  }

  /** How often something has begun or ended. */
  get changes(): number {
    return this.#changes;
  }

  get isBusy(): boolean {
    return this.#items.size > 0;
  }

  get isRunning(): boolean {
    for (const { way } of this.#items) if (way === 'running') return true;
    return false;
  }

  /** What is under way, in words; what runs comes first. */
  labels(): readonly string[] {
    const items = [...this.#items];
    return (['running', 'waiting'] as const).flatMap((way) =>
      items.filter((item) => item.way === way).map(({ label }) => label),
    );
  }

  /** Resolves with true as soon as something begins or ends; with false when so much real time has passed without. */
  changed(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const watcher = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(watcher);
        resolve(false);
      }, withinMs);
      this.#watchers.add(watcher);
    });
  }

  #changed(): void {
    this.#changes += 1;
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }
}
