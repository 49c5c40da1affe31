import type { MortarError } from '../../../errors/index.js';
import type { HandlerContext } from '../handler-context.js';

/** Commands, queries and attempts under way, and what rejects that which they wait for, when the bus gives them up. */
export class OpenCalls {
  /** Commands and queries under way, and the handlers that sent them, if any. */
  readonly requests: Map<HandlerContext, HandlerContext | undefined> = new Map();
  /** Attempts to deliver what comes from a log. A batch is its leader. */
  readonly attempts: Set<HandlerContext> = new Set();
  readonly #breakOffs = new Map<HandlerContext, (error: unknown) => void>();
  readonly #givenUp = new WeakSet<HandlerContext>();

  get size(): number {
    return this.requests.size + this.attempts.size;
  }

  /** Their callers are answered at once, though the handlers may go on. Answers with how many no handler had sent. */
  giveUp(error: MortarError): number {
    let count = 0;
    for (const [context, sender] of this.requests) {
      if (sender === undefined) count += 1;
      this.#giveUpOne(context, error);
    }
    for (const context of this.attempts) {
      count += 1;
      this.#giveUpOne(context, error);
    }
    return count;
  }

  /** Whether the bus has given up a call: its handler may go on, and nobody will know how it ends. */
  isGivenUp(context: HandlerContext): boolean {
    return this.#givenUp.has(context);
  }

  /**
   * Waits for something on behalf of a call; rejects when that is given up. A stack trace of what is awaited leads on to who
   * awaits this, since the functions of a promise are passed as they are.
   */
  orGivenUp<T>(context: HandlerContext, work: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#breakOffs.set(context, reject);
      work.then(resolve, reject);
    });
  }

  /** What is waited for on behalf of a call is not waited for any more. */
  breakOff(context: HandlerContext, error: unknown): void {
    this.#breakOffs.get(context)?.(error);
  }

  /** A call is no longer under way. Answers with whether it was. */
  end(context: HandlerContext): boolean {
    this.#breakOffs.delete(context);
    const wasRequest = this.requests.delete(context);
    return this.attempts.delete(context) || wasRequest;
  }

  #giveUpOne(context: HandlerContext, error: MortarError): void {
    this.#givenUp.add(context);
    context.abort(error);
    this.breakOff(context, error);
  }
}
