import type { Clock } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import type { RequestTerms } from '../../requests/request-options.js';
import type { Result } from '../../requests/result.js';
import type { HandlerContext } from '../handler-context.js';

/** How a run is answered. */
export type Answer<V = unknown> = Result<V>;

/**
 * One call of the handler of a command, query or port, and how many wait for its answer. When the last of them has given
 * up, it is abandoned: its signal is aborted, and what it does from then on counts no more.
 */
export class Run<V = unknown> {
  readonly context: HandlerContext;
  /** Of the data, where others may wait for the same answer. */
  readonly digest: string | undefined;
  readonly #abandon: (run: Run<V>) => void;
  #answer: Promise<Answer<V>> | undefined;
  #callers = 0;
  #abandoned: { readonly reason: unknown } | undefined;
  /** Its handler has succeeded: what has happened is not undone by callers who leave. */
  #hasSucceeded = false;

  constructor(context: HandlerContext, digest: string | undefined, abandon: (run: Run<V>) => void) {
    this.context = context;
    this.digest = digest;
    this.#abandon = abandon;
  }

  /** Begins. What waits for the answer must be known by then: the handler may send at once. */
  begin(execute: (run: Run<V>) => Promise<Answer<V>>): this {
    this.#answer = execute(this);
    return this;
  }

  get isAbandoned(): boolean {
    return this.#abandoned !== undefined;
  }

  /** @throws why the run was abandoned, if it was. */
  checkWanted(): void {
    if (this.#abandoned !== undefined) throw this.#abandoned.reason;
  }

  /** From now on it is not abandoned. */
  succeed(): void {
    this.#hasSucceeded = true;
  }

  /** Goes on though nobody waits; calls back if it fails. */
  goOnAlone(failed: (error: unknown) => void): void {
    this.#callers += 1;
    this.#answer?.catch(failed);
  }

  /**
   * Waits for the answer as long as the caller's terms allow. Without terms it is awaited directly: that way the stack
   * trace of the handler leads to its caller.
   */
  wait(terms: RequestTerms, clock: Clock): Promise<Answer<V>> {
    this.#callers += 1;
    const answer = this.#answer ?? this.#answerOfBegun();
    const { timeoutMs, signal } = terms;
    if (timeoutMs === undefined && signal === undefined) return answer;
    return this.#waitWithin(answer, timeoutMs, signal, clock);
  }

  /** For who asks while the handler has not returned for the first time, such as the handler itself. */
  async #answerOfBegun(): Promise<Answer<V>> {
    await undefined;
    return await (this.#answer as Promise<Answer<V>>);
  }

  #waitWithin(
    answer: Promise<Answer<V>>,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
    clock: Clock,
  ): Promise<Answer<V>> {
    return new Promise((resolve, reject) => {
      const release = (): void => {
        cancel?.();
        signal?.removeEventListener('abort', abort);
      };
      const leave = (reason: unknown): void => {
        release();
        reject(reason);
        this.#leave(reason);
      };
      const abort = (): void => leave(signal?.reason);
      const cancel =
        timeoutMs === undefined
          ? undefined
          : clock.after(timeoutMs, () => leave(timedOut(this.context, timeoutMs)));
      signal?.addEventListener('abort', abort, { once: true });
      answer.finally(release).then(resolve, reject);
      // The handler may have aborted it before it went on for the first time.
      if (signal?.aborted === true) abort();
    });
  }

  #leave(reason: unknown): void {
    this.#callers -= 1;
    if (this.#callers > 0 || this.isAbandoned || this.#hasSucceeded) return;
    this.#abandoned = { reason };
    // First, since who hears of the abort may send the same again at once.
    this.#abandon(this);
    this.context.abort(reason);
    this.context.discard();
  }
}

function timedOut({ envelope }: HandlerContext, timeoutMs: number): MortarError {
  return new MortarError('MORTAR_REQUEST_TIMEOUT', {
    rule: 'A request is answered in the time of its caller.',
    expected: `an answer to ${envelope.type} within ${timeoutMs} ms`,
    got: 'none yet',
  });
}
