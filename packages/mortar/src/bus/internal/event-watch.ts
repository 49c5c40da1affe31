import type { Envelope } from '../../contracts/index.js';

/** What becomes of an event, as far as others than its handlers want to know. Its functions must not throw. */
export interface EventWatcher {
  /** It is accepted: who sent it goes on from here. Told once or more. */
  readonly accepted: () => void;
  /** All its handlers have ended, or are kept as dead letters. */
  readonly settled: () => void;
}

/** Tells of events of some types. Where there are no watchers, an event costs one look. */
export class EventWatch {
  readonly #watchers = new Map<string, EventWatcher[]>();

  add(type: string, watcher: EventWatcher): void {
    const present = this.#watchers.get(type);
    if (present === undefined) this.#watchers.set(type, [watcher]);
    else present.push(watcher);
  }

  isFor(type: string): boolean {
    return this.#watchers.size > 0 && this.#watchers.has(type);
  }

  accepted({ type }: Pick<Envelope, 'type'>): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of this.#watchers.get(type) ?? []) watcher.accepted();
  }

  settled({ type }: Pick<Envelope, 'type'>): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of this.#watchers.get(type) ?? []) watcher.settled();
  }
}
