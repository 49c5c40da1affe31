import type { Clock } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import { onAbort } from '../../../resilience/abort.js';
import type { RequestTerms } from '../../requests/request-options.js';
import type { Result } from '../../requests/result.js';
import type { HandlerContext } from '../handler-context.js';

/** How a run is answered. */
export type Answer<V = unknown> = Result<V>;

/** How a run is known, and what becomes of it. */
export interface RunOptions<V> {
  /** Of the data, of one that has an idempotency key. */
  readonly digest?: string;
  /** It is under way, and what its handler does counts, though all have given up: it may succeed all the same. */
  readonly isKept?: boolean;
  /** Called when the last caller has given up, before the handler hears of that. */
  abandon?(run: Run<V>): void;
}

/**
 * One call of the handler of a command, query or port, and how many wait for its answer. When the last of them has given
 * up, it is abandoned: its signal is aborted, and what it does from then on counts no more, unless it is kept.
 */
export class Run<V = unknown> {
  readonly context: HandlerContext;
  readonly #options: RunOptions<V>;
  #answer: Promise<Answer<V>> | undefined;
  #callers = 0;
  #abandoned: { readonly reason: unknown } | undefined;
  /** Its handler has succeeded: what has happened is not undone by callers who leave. */
  #hasSucceeded = false;

  constructor(context: HandlerContext, options: RunOptions<V>) {
    this.context = context;
    this.#options = options;
  }

  get digest(): string | undefined {
    return this.#options.digest;
  }

  /** Begins. What waits for the answer must be known by then: the handler may send at once. */
  begin(execute: (run: Run<V>) => Promise<Answer<V>>): this {
    this.#answer = execute(this);
    return this;
  }

  get isAbandoned(): boolean {
    return this.#abandoned !== undefined;
  }

  /** @throws why the run was abandoned, if it was: its handler is not to begin. */
  checkWanted(): void {
    if (this.#abandoned !== undefined) throw this.#abandoned.reason;
  }

  /** @throws the same, where what its handler has done counts no more. */
  checkCounts(): void {
    if (this.#options.isKept !== true) this.checkWanted();
  }

  /** Resolves when it has been answered, whatever the answer; then its handler has ended. */
  async ended(): Promise<void> {
    await (this.#answer ?? this.#answerOfBegun()).catch(() => undefined);
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
      let unlisten: (() => void) | undefined;
      const release = (): void => {
        cancel?.();
        unlisten?.();
      };
      const leave = (reason: unknown): void => {
        release();
        reject(reason);
        this.#leave(reason);
      };
      const cancel =
        timeoutMs === undefined
          ? undefined
          : clock.after(timeoutMs, () => leave(timedOut(this.context, timeoutMs)));
      answer.finally(release).then(resolve, reject);
      // The handler may have aborted it before it went on for the first time; then this is called at once.
      if (signal !== undefined) unlisten = onAbort(signal, () => leave(signal.reason));
    });
  }

  #leave(reason: unknown): void {
    this.#callers -= 1;
    if (this.#callers > 0 || this.isAbandoned || this.#hasSucceeded) return;
    this.#abandoned = { reason };
    // First, since who hears of the abort may send the same again at once.
    this.#options.abandon?.(this);
    this.context.abort(reason);
    if (this.#options.isKept !== true) this.context.discard();
  }
}

function timedOut({ envelope }: HandlerContext, timeoutMs: number): MortarError {
  return new MortarError('MORTAR_REQUEST_TIMEOUT', {
    rule: 'A request is answered in the time of its caller.',
    expected: `an answer to ${envelope.type} within ${timeoutMs} ms`,
    got: 'none yet',
  });
}
