import { availableParallelism } from 'node:os';
import { KeptScan } from '../cache/kept-scan.js';
import type { ScanCache } from '../cache/scan-cache.js';
import { keyOf, settledStamp } from '../cache/scan-cache.js';
import { PlainReader } from '../files/plain-reader.js';
import type { ProjectFiles, Stamp } from '../files/project-files.js';
import { stampOf, viewFileOfTree } from '../files/work-tree.js';
import type { Diagnostic } from '../graph/project-graph.js';
import type { Marking, ScannedFile, scanTask, scanTaskAside } from './scan-content.js';
import { type ScanTask, settingsOf } from './scan-task.js';

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
/** For fewer, nothing is handed to another thread: it would only be waited for. */
const FEW_FILES = 50;
/** How many files are waited for at once. Twice as many may be under way, and their texts are held. */
const BATCH_ASIDE = 16;
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
  if (open.length > 0) {
    // The scanner is not loaded where nothing is scanned.
    const scanning = { marking, ...(await import('./scan-content.js')) };
    if (run.isIndex) scanIndex(run, open, settle, scanning);
    else await scanTree(run, open, settle, scanning);
  }
  const ordered = new Map<string, KeptScan>();
  for (const { path } of tasks) {
    const scan = found.get(path);
    if (scan !== undefined) ordered.set(path, scan);
  }
  return ordered;
}

/** How files are scanned on this thread. */
interface Scanning {
  readonly marking: Marking;
  readonly scanTask: typeof scanTask;
  readonly scanTaskAside: typeof scanTaskAside;
}

async function scanTree(
  run: ScanRun,
  open: readonly ScanTask[],
  settle: Settling,
  { marking, scanTask, scanTaskAside }: Scanning,
): Promise<void> {
  const { root } = run.files;
  const reader = new PlainReader();
  const scanWith =
    <T>(scan: (...what: Parameters<typeof scanTask>) => T) =>
    (task: ScanTask): T => {
      const stamp = marking.isKept ? stampOf(root, task.path) : undefined;
      return scan(task, viewFileOfTree(root, task.path, reader), stamp, marking);
    };
  const count = workersFor(run, open.length);
  const pools = count > 0 ? await import('./scan-pool.js') : undefined;
  if (pools?.hasWorkers() === true) {
    const pool = new pools.ScanPool(open, (files) => settle.add(files));
    await pool.run(count, { root, marking }, scanWith(scanTask), () => run.signal?.throwIfAborted());
    return;
  }
  await scanAside(run, open, settle, scanWith(open.length < FEW_FILES ? scanTask : scanTaskAside));
}

/** While one batch is worked on aside, the next one is scanned here: so neither waits for the other. */
async function scanAside(
  run: ScanRun,
  open: readonly ScanTask[],
  settle: Settling,
  scan: (task: ScanTask) => ScannedFile | Promise<ScannedFile>,
): Promise<void> {
  let before: Promise<ScannedFile>[] = [];
  let batch: Promise<ScannedFile>[] = [];
  try {
    for (const task of open) {
      run.signal?.throwIfAborted();
      const scanned = scan(task);
      if (scanned instanceof Promise) {
        batch.push(scanned);
        // It may fail before it is waited for.
        scanned.catch(() => undefined);
      } else settle.add([scanned]);
      if (batch.length < BATCH_ASIDE) continue;
      settle.add(await Promise.all(before));
      before = batch;
      batch = [];
    }
    settle.add(await Promise.all([...before, ...batch]));
  } finally {
    await Promise.allSettled([...before, ...batch]);
  }
}

function scanIndex(
  run: ScanRun,
  tasks: readonly ScanTask[],
  settle: Settling,
  { marking, scanTask }: Scanning,
): void {
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

function workersFor({ workers }: ScanRun, files: number): number {
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
    const settings = settingsOf(options);
    const known = cache.current(path, settings);
    if (known === undefined && !cache.has(path)) return false;
    const scan = known ?? cache.byStamp(path, stampOf(files.root, path), settings);
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
  fromCache({ path, options }: ScanTask, content: Uint8Array | undefined, stamp: Stamp | undefined): boolean {
    const { cache } = this.#run;
    if (content === undefined || !cache.has(path)) return false;
    const key = keyOf(content, settingsOf(options));
    const scan = cache.byKey(path, key, stamp);
    if (scan === undefined) return false;
    this.#found.set(path, scan);
    this.#progress(1);
    return true;
  }

  add(files: readonly ScannedFile[]): void {
    for (const { path, key, stamp, scan } of files) {
      if (scan === undefined) this.#reportUnreadable(path);
      else {
        const kept = KeptScan.of(key, scan);
        this.#found.set(path, kept);
        if (this.#run.cache.isKept) this.#run.cache.put(path, kept, stamp);
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
