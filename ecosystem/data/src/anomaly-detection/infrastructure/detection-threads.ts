import { availableParallelism } from 'node:os';
import { MortarError } from 'mortar';
import { Piscina } from 'piscina';
import type { DetectionOutcome, DetectionRunner, DetectionTask } from '../application/runner.js';
import type { WorkerAnswer } from './detection-worker.js';

const MOST_THREADS = 4;
const IDLE_MS = 5_000;

/** Runs detectors in worker threads, which start with the first task and end with the app. */
export class DetectionThreads implements DetectionRunner, AsyncDisposable {
  #pool: Piscina<DetectionTask, WorkerAnswer> | undefined = undefined;

  async run(task: DetectionTask, signal: AbortSignal): Promise<DetectionOutcome> {
    signal.throwIfAborted();
    this.#pool ??= startPool();
    const answer = await this.#pool.run(task, { signal }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : failed(task, error);
    });
    if ('outcome' in answer) return answer.outcome;
    throw new MortarError(answer.refused.code, answer.refused);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.destroy();
  }
}

function startPool(): Piscina<DetectionTask, WorkerAnswer> {
  return new Piscina<DetectionTask, WorkerAnswer>({
    filename: new URL('./detection-worker.js', import.meta.url).href,
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
