import { availableParallelism } from 'node:os';
import { MortarError } from 'mortar';
import { Piscina } from 'piscina';
import type { DetectionOutcome, DetectionRunner, DetectionTask } from '../application/runner.js';
import type { WorkerAnswer } from './detection-worker.js';

const MOST_THREADS = 4;
const IDLE_MS = 5_000;
const LIMIT_MS = 600_000;

/** How threads work. */
export interface ThreadOptions {
  /** The file that they run. */
  readonly worker?: URL;
  /** How long a task may wait and run; a thread that takes longer is ended. Ten minutes unless said. */
  readonly limitMs?: number;
}

/** Runs detectors in worker threads, which start with the first task and end with the app. */
export class DetectionThreads implements DetectionRunner, AsyncDisposable {
  #pool: Piscina<DetectionTask, WorkerAnswer> | undefined = undefined;
  readonly #worker: URL;
  readonly #limitMs: number;

  constructor({
    worker = new URL('./detection-worker.js', import.meta.url),
    limitMs = LIMIT_MS,
  }: ThreadOptions = {}) {
    this.#worker = worker;
    this.#limitMs = limitMs;
  }

  /** @throws MortarError `MORTAR_THREAD_FAILED` for a thread that ends, or does not answer in time */
  async run(task: DetectionTask, signal: AbortSignal): Promise<DetectionOutcome> {
    signal.throwIfAborted();
    this.#pool ??= startPool(this.#worker);
    const limit = AbortSignal.timeout(this.#limitMs);
    const either = AbortSignal.any([signal, limit]);
    const answer = await this.#pool.run(task, { signal: either }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : failed(task, limit.aborted ? limit.reason : error);
    });
    if ('outcome' in answer) return answer.outcome;
    throw new MortarError(answer.refused.code, answer.refused);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.destroy();
  }
}

function startPool(worker: URL): Piscina<DetectionTask, WorkerAnswer> {
  return new Piscina<DetectionTask, WorkerAnswer>({
    filename: worker.href,
    name: 'runDetection',
    minThreads: 0,
    maxThreads: Math.min(MOST_THREADS, availableParallelism()),
    idleTimeout: IDLE_MS,
  });
}

function failed({ choice }: DetectionTask, cause: unknown): MortarError {
  return new MortarError('MORTAR_THREAD_FAILED', {
    rule: 'A detector answers from its thread.',
    expected: `an answer of ${choice.detector}`,
    got: cause instanceof Error ? cause.message : String(cause),
    cause,
  });
}
