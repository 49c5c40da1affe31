import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ScannedFile } from './scan-content.js';
import type { ScanTask } from './scan-task.js';
import type { WorkerData } from './scan-worker.js';

/** How many files a worker gets at a time. */
const BATCH = 40;
const entry: URL = new URL('./scan-worker.js', import.meta.url);

/** Where the code runs from its sources there is no file for a worker to start from. */
export function hasWorkers(): boolean {
  return existsSync(fileURLToPath(entry));
}

/**
 * Scans files on several threads and on this one. What a thread that fails did not answer is done here. The order of what comes
 * is not that of the tasks.
 */
export class ScanPool {
  readonly #tasks: readonly ScanTask[];
  readonly #workers: Worker[] = [];
  readonly #onScanned: (files: readonly ScannedFile[]) => void;
  #next = 0;
  #failed: ScanTask[] = [];

  constructor(tasks: readonly ScanTask[], onScanned: (files: readonly ScannedFile[]) => void) {
    this.#tasks = tasks;
    this.#onScanned = onScanned;
  }

  /** `scanHere` does one task on this thread. Ends when all are done, or throws what `check` throws. */
  async run(
    count: number,
    data: WorkerData,
    scanHere: (task: ScanTask) => ScannedFile,
    check: () => void,
  ): Promise<void> {
    const running = Array.from({ length: count }, () => this.#start(data));
    try {
      for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
        for (const task of batch) this.#onScanned([scanHere(task)]);
        await new Promise(setImmediate);
        check();
      }
      await Promise.all(running);
      check();
      for (const task of this.#failed) this.#onScanned([scanHere(task)]);
    } finally {
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    }
  }

  #take(): readonly ScanTask[] {
    const batch = this.#tasks.slice(this.#next, this.#next + BATCH);
    this.#next += batch.length;
    return batch;
  }

  /** Resolves when the worker has nothing left to do, or is gone. */
  #start(data: WorkerData): Promise<void> {
    return new Promise((resolve) => {
      let batch: readonly ScanTask[] = [];
      const worker = new Worker(entry, { workerData: data, stderr: true, stdout: true });
      const give = () => {
        batch = this.#take();
        if (batch.length === 0) resolve();
        else worker.postMessage(batch);
      };
      worker.on('message', (answer: string) => {
        this.#onScanned(JSON.parse(answer));
        give();
      });
      worker.on('error', () => undefined);
      worker.on('exit', () => {
        this.#failed = [...this.#failed, ...batch];
        batch = [];
        resolve();
      });
      this.#workers.push(worker);
      give();
    });
  }
}
