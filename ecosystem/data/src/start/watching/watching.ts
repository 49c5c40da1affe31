import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Request } from '../arguments.js';
import { type Ecosystem, endOf, startEcosystem } from '../ecosystem.js';
import { type GivenFile, givenFile } from '../given-files.js';
import { type Entry, isFinished, Ledger } from '../ledger.js';
import { countEvents, overviewOf, sumOf } from '../overview.js';
import { Progress } from '../progress.js';
import { MOST_SHOWN, writePage } from '../report/page.js';
import { summaryOf } from '../report/summary.js';
import { counted, plain } from '../report/wording.js';
import { Stopping } from '../stopping.js';
import { type Stage, workOn } from '../work.js';
import { Inbox, LOOK_MS } from './inbox.js';

/** Files that are worked on together: of thousands, those that arrive meanwhile, and the report, would else wait for all. */
const AT_ONCE = 200;

/**
 * Takes the files of a directory, and those that arrive or change, until the process is asked to stop; then answers with the
 * exit code.
 */
export async function watch(request: Request, directory: string): Promise<number> {
  await readdir(directory);
  const startedAt = Date.now();
  const ecosystem = await startEcosystem(request);
  using stopping = new Stopping();
  let isDone = false;
  try {
    const before = { startedAt, events: sumOf(await countEvents(ecosystem.app)) };
    const wanted = { before, report: join(request.folder, 'report.html'), most: MOST_SHOWN };
    const queue = new Queue(directory);
    const overview = () => overviewOf(ecosystem, queue.finished, wanted);
    process.stdout.write(`Watching ${plain(directory)}; Ctrl+C stops.\n`);
    while (stopping.asked === undefined) {
      const files = await queue.next();
      if (files.length > 0) await take(ecosystem, files, queue, stopping);
      else await delay(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (files.length > 0 && stopping.asked === undefined) await writePage(await overview());
    }
    const { left } = queue;
    isDone = left === 0;
    process.stdout.write(summaryOf(await overview(), process.stdout.columns, request.place));
    if (!isDone) process.stdout.write(`\nThe next start goes on with ${counted(left, 'file')}.\n`);
    return stopping.asked === 'output failed' ? stopping.exitCode : 0;
  } finally {
    await endOf(ecosystem.app, isDone);
  }
}

/** Works on files until nothing is left to do, or the process is asked to stop. */
async function take(
  { app, trouble }: Ecosystem,
  files: readonly GivenFile[],
  queue: Queue,
  stopping: Stopping,
): Promise<void> {
  const work = workOn(app, files, (file, stage) => {
    if (stopping.asked === undefined) queue.tell(file, stage);
  });
  await stopping.orNothing(trouble.orFailure(work));
}

/** The files of a directory that are ready, and what came of those that were taken. */
class Queue {
  readonly #inbox: Inbox;
  readonly #ledger = new Ledger();
  /** By path: what changes while it waits is taken once. */
  readonly #waiting = new Map<string, GivenFile>();
  #progress: Progress | undefined;

  constructor(directory: string) {
    this.#inbox = new Inbox(directory);
  }

  get finished(): Entry[] {
    return this.#ledger.entries.filter(isFinished);
  }

  /** How many files wait, or are not worked on to the end. */
  get left(): number {
    const begun = this.#ledger.entries.filter((entry) => !isFinished(entry));
    return new Set([...this.#waiting.keys(), ...begun.map(({ file }) => file.path)]).size;
  }

  /** Those to take next; a few, where there are many. */
  async next(): Promise<GivenFile[]> {
    const arrived = (await this.#inbox.ready()).map(givenFile);
    this.#ledger.forgetUnreadable((path) => this.#inbox.has(path));
    if (this.#waiting.size === 0)
      this.#progress = new Progress({ write: (text) => process.stdout.write(text) }, arrived);
    else this.#progress?.add(arrived.filter(({ path }) => !this.#waiting.has(path)));
    for (const file of arrived) this.#waiting.set(file.path, file);
    const files = [...this.#waiting.values()].slice(0, AT_ONCE);
    for (const file of files) {
      this.#waiting.delete(file.path);
      this.#ledger.tell(file, { kind: 'waiting' });
    }
    return files;
  }

  tell(file: GivenFile, stage: Stage): void {
    this.#ledger.tell(file, stage);
    this.#progress?.tell(file, stage);
  }
}
