import type { Piscina } from 'piscina';
import type { Envelope } from '../../../contracts/index.js';
import { describeValue, type ErrorCode, type ErrorDetails, MortarError } from '../../../errors/index.js';
import type { BusCore } from '../bus-core.js';
import type { HandlerContext } from '../handler-context.js';
import type { Invocation } from '../routing/invocation.js';

/** What a worker thread is told to do. Crosses threads, so it is plain data. */
export interface ThreadTask {
  readonly module: string;
  readonly exportName: string;
  readonly envelope: Envelope;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

/** What a worker thread answers with. An error is data too: thrown ones lose their class on the way. */
export type ThreadAnswer =
  | { readonly published: readonly Envelope[] }
  | { readonly error: unknown }
  | { readonly mortarError: { readonly code: ErrorCode; readonly details: ErrorDetails } };

/** Makes the invocation of a handler that lives in a module of its own and runs in a worker thread. */
export function threadInvocation(core: BusCore, module: unknown, exportName = 'handle'): Invocation {
  if (!(module instanceof URL)) {
    throw new MortarError('MORTAR_HANDLER_INVALID', {
      rule: "A handler that runs on a thread is named by its module's URL, since functions can't cross threads.",
      expected: "a URL, such as new URL('./resize.js', import.meta.url)",
      got: describeValue(module),
    });
  }
  return async (context) => {
    core.threads ??= new ThreadPool();
    const { envelope, attempt, idempotencyKey } = context;
    const task = { module: module.href, exportName, envelope: envelope as Envelope, attempt, idempotencyKey };
    for (const published of await core.threads.run(task, context))
      await core.publishEnvelope(context, published);
  };
}

/** The worker threads of one bus. They start with the first task. */
export class ThreadPool {
  #pool: Promise<Piscina> | undefined = undefined;

  /**
   * Runs a handler and answers with what it published. An aborted signal ends the thread.
   * @throws MortarError `MORTAR_THREAD_FAILED` if the thread dies; whatever the handler throws
   */
  async run(task: ThreadTask, context: HandlerContext): Promise<readonly Envelope[]> {
    this.#pool ??= startPool();
    const pool = await this.#pool;
    const answer = await this.#answerOf(pool, task, context.signal);
    if ('published' in answer) return answer.published;
    if ('error' in answer) throw answer.error;
    throw new MortarError(answer.mortarError.code, answer.mortarError.details);
  }

  /** Ends the threads. A pool that could not start has none. */
  async close(): Promise<void> {
    const pool = await this.#pool?.catch(() => undefined);
    await pool?.destroy();
  }

  async #answerOf(pool: Piscina, task: ThreadTask, signal: AbortSignal): Promise<ThreadAnswer> {
    try {
      return await pool.run(task, { signal });
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      if (cause instanceof DOMException && cause.name === 'DataCloneError') throw uncloneable(task, cause);
      throw new MortarError('MORTAR_THREAD_FAILED', {
        rule: 'A worker thread lives as long as its handler runs.',
        expected: `an answer from ${task.module}`,
        got: cause instanceof Error ? cause.message : describeValue(cause),
        cause,
      });
    }
  }
}

function uncloneable({ envelope }: ThreadTask, cause: DOMException): MortarError {
  return new MortarError('MORTAR_DATA_INVALID', {
    rule: 'What a handler on a thread handles crosses threads, so it is data.',
    expected: `an event ${envelope.type} that can be cloned`,
    got: cause.message,
    cause,
  });
}

async function startPool(): Promise<Piscina> {
  const filename = new URL('./thread-worker.js', import.meta.url).href;
  try {
    const { Piscina } = await import('piscina');
    return new Piscina({ filename, name: 'runTask', idleTimeout: 10_000 });
  } catch (cause) {
    throw new MortarError('MORTAR_DEPENDENCY_MISSING', {
      rule: 'Handlers that run on a thread need a package that is installed with the application.',
      expected: 'the package piscina (npm install piscina)',
      got: 'an import of it that failed',
      cause,
    });
  }
}
