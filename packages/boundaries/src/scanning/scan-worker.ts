import { parentPort, workerData } from 'node:worker_threads';
import { PlainReader } from '../files/plain-reader.js';
import { stampOf, viewFileOfTree } from '../files/work-tree.js';
import { type Marking, scanTask } from './scan-content.js';
import type { ScanTask } from './scan-task.js';

/** What a worker is started with. */
export interface WorkerData {
  /** The root of the project, with links resolved. */
  readonly root: string;
  readonly marking: Marking;
}

/** Scans the files of each message, and answers with them as JSON, which is quicker to pass on than the objects. */
function listen({ root, marking }: WorkerData): void {
  const reader = new PlainReader();
  parentPort?.on('message', (tasks: readonly ScanTask[]) => {
    const scanned = tasks.map((task) => {
      const stamp = marking.isKept ? stampOf(root, task.path) : undefined;
      return scanTask(task, viewFileOfTree(root, task.path, reader), stamp, marking);
    });
    parentPort?.postMessage(JSON.stringify(scanned));
  });
}

listen(workerData);
