import type { HandlerContext } from '../handler-context.js';

/**
 * Who waits for whom, among the handlers that send commands and queries. A handler that joins what another has begun
 * could close a circle in which all wait forever; this is where that is seen.
 */
export class WaitGraph {
  /** Those under way, and the handlers that sent them, if any. */
  readonly #senders: ReadonlyMap<HandlerContext, HandlerContext | undefined>;
  /** Those that others than their senders wait for, and these others. */
  readonly #joined = new Map<HandlerContext, HandlerContext[]>();

  constructor(senders: ReadonlyMap<HandlerContext, HandlerContext | undefined>) {
    this.#senders = senders;
  }

  /** Notes that a handler waits for one that it did not send, until the returned function is called. */
  join(target: HandlerContext, waiting: HandlerContext): () => void {
    const present = this.#joined.get(target) ?? [];
    this.#joined.set(target, present);
    present.push(waiting);
    return () => {
      present.splice(present.indexOf(waiting), 1);
      if (present.length === 0) this.#joined.delete(target);
    };
  }

  /** Whether a handler is, or waits for, another, directly or by way of others. */
  isWaitedForBy(target: HandlerContext, waiting: HandlerContext): boolean {
    const open = [target];
    const seen = new Set(open);
    for (let context = open.pop(); context !== undefined; context = open.pop()) {
      if (context === waiting) return true;
      for (const next of [this.#senders.get(context), ...(this.#joined.get(context) ?? [])]) {
        if (next === undefined || seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
    return false;
  }
}
