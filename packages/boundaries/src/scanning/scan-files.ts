import { availableParallelism } from 'node:os';
import type { ScanCache } from '../cache/scan-cache.js';
import { keyOf, settledStamp } from '../cache/scan-cache.js';
import type { ProjectFiles } from '../files/project-files.js';
import { stampOf } from '../files/work-tree.js';
import type { Diagnostic } from '../graph/project-graph.js';
import type { FileScan } from '../scan/file-scan.js';
import { type ScannedFile, type ScanTask, scanContent, scanTask, settingsOf } from './scan-content.js';
import { hasWorkers, ScanPool } from './scan-pool.js';

/** How many files have been read, of how many. */
export interface ScanProgress {
  readonly done: number;
  readonly total: number;
}

export interface ScanRun {
  readonly files: ProjectFiles;
  readonly cache: ScanCache;
  readonly isIndex: boolean;
  /** How many threads beside this one; chosen by the number of files unless said. */
  readonly workers: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: ScanProgress) => void) | undefined;
  readonly diagnostics: Diagnostic[];
}

/** Below this, starting a thread takes longer than it saves. */
const FILES_PER_WORKER = 8_000;
/** More do not help: what is left is done on one thread. */
const MOST_WORKERS = 3;
/** How many files of the index are held at once. */
const INDEX_BATCH = 500;

/** The scans of all files that can be read, by path, in the order of the tasks. */
export async function scanFiles(
  run: ScanRun,
  tasks: readonly ScanTask[],
): Promise<ReadonlyMap<string, FileScan>> {
  const found = new Map<string, FileScan>();
  const nowMs = Date.now();
  const settle = new Settling(run, found, tasks.length);
  const open = run.isIndex
    ? tasks
    : tasks.filter((task) => !settle.fromStamp(task) && !settle.fromContent(task, nowMs));
  if (run.isIndex) scanIndex(run, open, settle, nowMs);
  else await scanTree(run, open, settle, nowMs);
  const ordered = new Map<string, FileScan>();
  for (const { path } of tasks) {
    const scan = found.get(path);
    if (scan !== undefined) ordered.set(path, scan);
  }
  return ordered;
}

async function scanTree(
  run: ScanRun,
  open: readonly ScanTask[],
  settle: Settling,
  nowMs: number,
): Promise<void> {
  const { root } = run.files;
  const scanHere = (task: ScanTask) => scanOne(run, task, nowMs);
  const count = workersFor(run, open.length);
  if (count > 0) {
    const pool = new ScanPool(open, (files) => settle.add(files));
    await pool.run(count, { root, nowMs }, scanHere, () => run.signal?.throwIfAborted());
    return;
  }
  for (const task of open) {
    run.signal?.throwIfAborted();
    settle.add([scanHere(task)]);
  }
}

function scanIndex(run: ScanRun, tasks: readonly ScanTask[], settle: Settling, nowMs: number): void {
  for (let from = 0; from < tasks.length; from += INDEX_BATCH) {
    run.signal?.throwIfAborted();
    const batch = tasks.slice(from, from + INDEX_BATCH);
    const contents = run.files.readAll(batch.map(({ path }) => path));
    for (const task of batch) settle.add([scanCached(run, task, contents.get(task.path), undefined, nowMs)]);
  }
}

function scanOne(run: ScanRun, task: ScanTask, nowMs: number): ScannedFile {
  const stamp = stampOf(run.files.root, task.path);
  return scanCached(run, task, run.files.read(task.path), stamp, nowMs);
}

/** With what the cache has of the same content. */
function scanCached(
  { cache }: ScanRun,
  task: ScanTask,
  content: Uint8Array | undefined,
  stamp: string | undefined,
  nowMs: number,
): ScannedFile {
  if (content === undefined) return scanTask(task, content, stamp, nowMs);
  const { path, options } = task;
  const key = keyOf(path, content, settingsOf(options));
  const scan = cache.byKey(path, key) ?? scanContent(path, content, options);
  return { path, key, stamp: settledStamp(stamp, nowMs), scan };
}

function workersFor({ workers }: ScanRun, files: number): number {
  if (!hasWorkers() || files === 0) return 0;
  if (workers !== undefined) return workers;
  return Math.min(MOST_WORKERS, availableParallelism() - 1, Math.floor(files / FILES_PER_WORKER));
}

/** Takes what has been scanned, in whatever order. */
class Settling {
  readonly #run: ScanRun;
  readonly #found: Map<string, FileScan>;
  readonly #total: number;
  #done = 0;

  constructor(run: ScanRun, found: Map<string, FileScan>, total: number) {
    this.#run = run;
    this.#found = found;
    this.#total = total;
  }

  /** Whether the cache has the file as it is. */
  fromStamp({ path, options }: ScanTask): boolean {
    const { cache, files } = this.#run;
    if (!cache.has(path)) return false;
    const scan = cache.byStamp(path, stampOf(files.root, path), settingsOf(options));
    if (scan === undefined) return false;
    this.#found.set(path, scan);
    this.#done += 1;
    return true;
  }

  /** Whether the cache has the file as it is by its content; of a file that it does not know, the content is not read here. */
  fromContent({ path, options }: ScanTask, nowMs: number): boolean {
    const { cache, files } = this.#run;
    if (!cache.has(path)) return false;
    const stamp = stampOf(files.root, path);
    const content = files.read(path);
    if (content === undefined) return false;
    const key = keyOf(path, content, settingsOf(options));
    const scan = cache.byKey(path, key);
    if (scan !== undefined) this.add([{ path, key, stamp: settledStamp(stamp, nowMs), scan }]);
    return scan !== undefined;
  }

  add(files: readonly ScannedFile[]): void {
    for (const { path, key, stamp, scan } of files) {
      if (scan === undefined) this.#reportUnreadable(path);
      else {
        this.#found.set(path, scan);
        this.#run.cache.put(path, { key, stamp, scan });
      }
    }
    this.#done += files.length;
    this.#run.onProgress?.({ done: this.#done, total: this.#total });
  }

  #reportUnreadable(path: string): void {
    const message = "It can't be read, or is larger than 32 MB.";
    this.#run.diagnostics.push({ code: 'file-unreadable', path, message });
  }
}
