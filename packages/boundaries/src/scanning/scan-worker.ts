import { parentPort, workerData } from 'node:worker_threads';
import { readFileOfTree, stampOf } from '../files/work-tree.js';
import { type ScanTask, scanTask } from './scan-content.js';

/** What a worker is started with. */
export interface WorkerData {
  /** The root of the project, with links resolved. */
  readonly root: string;
  readonly nowMs: number;
}

/** Scans the files of each message, and answers with them as JSON, which is quicker to pass on than the objects. */
function listen({ root, nowMs }: WorkerData): void {
  parentPort?.on('message', (tasks: readonly ScanTask[]) => {
    const scanned = tasks.map((task) => {
      const stamp = stampOf(root, task.path);
      return scanTask(task, readFileOfTree(root, task.path), stamp, nowMs);
    });
    parentPort?.postMessage(JSON.stringify(scanned));
  });
}

listen(workerData);
