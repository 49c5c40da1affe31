import { availableParallelism } from 'node:os';
import { KeptScan } from '../cache/kept-scan.js';
import type { ScanCache } from '../cache/scan-cache.js';
import { keyOf, settledStamp } from '../cache/scan-cache.js';
import type { ProjectFiles } from '../files/project-files.js';
import { stampOf } from '../files/work-tree.js';
import type { Diagnostic } from '../graph/project-graph.js';
import { type Marking, type ScannedFile, type ScanTask, scanTask, settingsOf } from './scan-content.js';
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
): Promise<ReadonlyMap<string, KeptScan>> {
  const found = new Map<string, KeptScan>();
  const marking = { isKept: run.cache.isKept, nowMs: Date.now() };
  const settle = new Settling(run, found, tasks.length);
  const open = run.isIndex
    ? tasks
    : tasks.filter((task) => !settle.fromStamp(task) && !settle.fromContent(task, marking.nowMs));
  if (run.isIndex) scanIndex(run, open, settle, marking);
  else await scanTree(run, open, settle, marking);
  const ordered = new Map<string, KeptScan>();
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
  marking: Marking,
): Promise<void> {
  const { root } = run.files;
  const scanHere = (task: ScanTask) => scanOne(run, task, marking);
  const count = workersFor(run, open.length);
  if (count > 0) {
    const pool = new ScanPool(open, (files) => settle.add(files));
    await pool.run(count, { root, marking }, scanHere, () => run.signal?.throwIfAborted());
    return;
  }
  for (const task of open) {
    run.signal?.throwIfAborted();
    settle.add([scanHere(task)]);
  }
}

function scanIndex(run: ScanRun, tasks: readonly ScanTask[], settle: Settling, marking: Marking): void {
  for (let from = 0; from < tasks.length; from += INDEX_BATCH) {
    run.signal?.throwIfAborted();
    const batch = tasks.slice(from, from + INDEX_BATCH);
    const contents = run.files.readAll(batch.map(({ path }) => path));
    for (const task of batch) {
      const content = contents.get(task.path);
      if (!settle.fromCache(task, content, undefined))
        settle.add([scanTask(task, content, undefined, marking)]);
    }
  }
}

function scanOne({ files }: ScanRun, task: ScanTask, marking: Marking): ScannedFile {
  const stamp = marking.isKept ? stampOf(files.root, task.path) : undefined;
  return scanTask(task, files.read(task.path), stamp, marking);
}

function workersFor({ workers }: ScanRun, files: number): number {
  if (!hasWorkers() || files === 0) return 0;
  if (workers !== undefined) return workers;
  return Math.min(MOST_WORKERS, availableParallelism() - 1, Math.floor(files / FILES_PER_WORKER));
}

/** Takes what has been scanned, in whatever order. */
class Settling {
  readonly #run: ScanRun;
  readonly #found: Map<string, KeptScan>;
  readonly #total: number;
  #done = 0;

  constructor(run: ScanRun, found: Map<string, KeptScan>, total: number) {
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
  fromContent(task: ScanTask, nowMs: number): boolean {
    const { cache, files } = this.#run;
    if (!cache.has(task.path)) return false;
    const stamp = stampOf(files.root, task.path);
    return this.fromCache(task, files.read(task.path), settledStamp(stamp, nowMs));
  }

  /** The same of a content that was read. */
  fromCache(
    { path, options }: ScanTask,
    content: Uint8Array | undefined,
    stamp: string | undefined,
  ): boolean {
    const { cache } = this.#run;
    if (content === undefined || !cache.has(path)) return false;
    const key = keyOf(path, content, settingsOf(options));
    const scan = cache.byKey(path, key);
    if (scan === undefined) return false;
    this.#found.set(path, scan);
    cache.put(path, { key, stamp, scan });
    this.#progress(1);
    return true;
  }

  add(files: readonly ScannedFile[]): void {
    for (const { path, key, stamp, scan } of files) {
      if (scan === undefined) this.#reportUnreadable(path);
      else {
        const kept = KeptScan.of(scan);
        this.#found.set(path, kept);
        if (this.#run.cache.isKept) this.#run.cache.put(path, { key, stamp, scan: kept });
      }
    }
    this.#progress(files.length);
  }

  #progress(count: number): void {
    this.#done += count;
    this.#run.onProgress?.({ done: this.#done, total: this.#total });
  }

  #reportUnreadable(path: string): void {
    const message = "It can't be read, or is larger than 32 MB.";
    this.#run.diagnostics.push({ code: 'file-unreadable', path, message });
  }
}
