import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Request } from './arguments.js';
import { type Ecosystem, endOf, startEcosystem } from './ecosystem.js';
import { type GivenFile, givenFile } from './given-files.js';
import { countEvents, overviewOf, sumOf } from './overview.js';
import { Progress } from './progress.js';
import { complaintOf } from './report/complaint.js';
import { writePage } from './report/page.js';
import { summaryOf } from './report/summary.js';
import { plain } from './report/wording.js';
import { Stopping } from './stopping.js';
import { type Registered, workOn } from './work.js';

const LOOK_MS = 500;
/** Of a directory with thousands of files, a look takes its time; so many times as long passes before the next. */
const REST = 20;
const ENDINGS = new Set(['.csv', '.tsv', '.json', '.ndjson', '.jsonl', '.parquet']);

/**
 * Takes the files of a directory, and those that arrive or change, until the process is asked to stop; then answers with the
 * exit code. A file is taken when two looks in a row find it the same, so that none is read while it is written.
 */
export async function watch(request: Request, directory: string): Promise<number> {
  await readdir(directory);
  const startedAt = Date.now();
  const ecosystem = await startEcosystem(request);
  using stopping = new Stopping();
  let isDone = false;
  try {
    const before = { startedAt, events: sumOf(await countEvents(ecosystem.app)) };
    const report = join(request.folder, 'report.html');
    const taken = new Taken();
    const overview = () => overviewOf(ecosystem, taken.registered, before, report);
    process.stdout.write(`Watching ${plain(directory)}; Ctrl+C stops.\n`);
    while (stopping.asked === undefined) {
      const lookedAt = Date.now();
      const files = await taken.look(directory);
      const restMs = Math.max(LOOK_MS, REST * (Date.now() - lookedAt));
      if (files.length > 0 && (await take(ecosystem, files, taken, stopping)))
        await writePage(await overview());
      await delay(restMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    process.stdout.write(summaryOf(await overview(), process.stdout.columns));
    isDone = taken.isAllDone;
    return stopping.asked === 'output failed' ? stopping.exitCode : 0;
  } finally {
    await endOf(ecosystem.app, isDone);
  }
}

/** Answers whether they have been worked on to the end. */
async function take(
  { app, trouble }: Ecosystem,
  files: readonly GivenFile[],
  taken: Taken,
  stopping: Stopping,
): Promise<boolean> {
  const progress = new Progress({ write: (text) => process.stdout.write(text) }, files);
  const work = workOn(app, files, (file, stage) => {
    if (stopping.asked === undefined) progress.tell(file, stage);
  });
  const registered = await stopping.orNothing(trouble.orFailure(work));
  if (registered !== undefined) taken.add(registered);
  return registered !== undefined;
}

/** What has been taken of a directory. */
class Taken {
  readonly #registered = new Map<string, Registered>();
  readonly #states = new Map<string, string>();
  #last: ReadonlyMap<string, string> = new Map();
  #isGone = false;

  /** Whether nothing that was taken is still worked on. */
  get isAllDone(): boolean {
    return [...this.#states.keys()].every((path) => this.#registered.has(path));
  }

  get registered(): Registered[] {
    return [...this.#registered.values()];
  }

  /** The files that are new or have changed, and are as they were at the look before. */
  async look(directory: string): Promise<GivenFile[]> {
    const now = await this.#statesIn(directory);
    const ready = [...now].filter(
      ([path, state]) => this.#last.get(path) === state && this.#states.get(path) !== state,
    );
    this.#last = now;
    for (const [path, state] of ready) this.#states.set(path, state);
    return ready.map(([path]) => givenFile(path));
  }

  add(registered: readonly Registered[]): void {
    for (const one of registered) this.#registered.set(one.file.path, one);
  }

  /** A directory that is gone may come back. */
  async #statesIn(directory: string): Promise<Map<string, string>> {
    try {
      const states = await statesIn(directory);
      if (this.#isGone) process.stdout.write(`${plain(directory)} is there again.\n`);
      this.#isGone = false;
      return states;
    } catch (error) {
      if (!this.#isGone) process.stderr.write(`${complaintOf(error)} Waiting for it to come back.\n`);
      this.#isGone = true;
      return new Map();
    }
  }
}

/** The files that can be read, each with its size and time. */
async function statesIn(directory: string): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (const name of (await readdir(directory)).sort()) {
    if (!ENDINGS.has(extname(name).toLowerCase())) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) states.set(path, `${found.size} ${found.mtimeMs}`);
  }
  return states;
}
