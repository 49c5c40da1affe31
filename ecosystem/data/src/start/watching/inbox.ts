import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import process from 'node:process';
import { complaintOf } from '../report/complaint.js';
import { plain } from '../report/wording.js';

/** How often to look. */
export const LOOK_MS = 500;
/** A file that is the same so soon may still be written. */
const SOON_MS = 400;
/** Of a directory with thousands of files, a look takes its time; so many times as long passes before the next. */
const REST = 20;
const LONGEST_REST_MS = 10_000;
/** As many threads ask the system as there are for that; more than they can do at once waits for them. */
const AT_ONCE = 32;
const ENDINGS = new Set(['.csv', '.tsv', '.json', '.ndjson', '.jsonl', '.parquet']);

/** The size and the times of each file, by its path. */
type States = ReadonlyMap<string, string>;

/** A directory in which files arrive. A file is ready when two looks in a row find it the same, so that none is read while it is written. */
export class Inbox {
  readonly #directory: string;
  readonly #now: () => number;
  /** What was ready, and is still there. */
  readonly #taken = new Map<string, string>();
  /** What is new or has changed, as the last look has found it. */
  #arriving: States = new Map();
  #askedAt = Number.NEGATIVE_INFINITY;
  #lookAfter = 0;
  #isGone = false;

  constructor(directory: string, now: () => number = Date.now) {
    this.#directory = directory;
    this.#now = now;
  }

  /**
   * The paths of files that are ready for the first time, or again since they have changed. Looks at what is arriving, and from time
   * to time at the whole directory; so that it is to be asked every `LOOK_MS`.
   */
  async ready(): Promise<string[]> {
    if (this.#now() < this.#askedAt + SOON_MS) return [];
    this.#askedAt = this.#now();
    const now = await statesOf([...this.#arriving.keys()]);
    const ready = [...now].filter(([path, state]) => this.#arriving.get(path) === state);
    for (const [path, state] of ready) this.#taken.set(path, state);
    const others = [...now].filter(([path, state]) => this.#taken.get(path) !== state);
    this.#arriving = new Map(this.#now() < this.#lookAfter ? others : [...(await this.#look()), ...others]);
    return ready.map(([path]) => path);
  }

  has(path: string): boolean {
    return this.#taken.has(path);
  }

  /** What is new or has changed. What is gone is forgotten; should it come back, it is new. */
  async #look(): Promise<(readonly [path: string, state: string])[]> {
    const lookedAt = this.#now();
    const states = await this.#states();
    this.#lookAfter = this.#now() + Math.min(LONGEST_REST_MS, REST * (this.#now() - lookedAt));
    if (states === undefined) return [];
    for (const path of this.#taken.keys()) if (!states.has(path)) this.#taken.delete(path);
    return [...states].filter(([path, state]) => this.#taken.get(path) !== state);
  }

  /** A directory that is gone may come back. */
  async #states(): Promise<States | undefined> {
    try {
      const names = (await readdir(this.#directory)).sort();
      if (this.#isGone) process.stdout.write(`${plain(this.#directory)} is there again.\n`);
      this.#isGone = false;
      const tables = names.filter((name) => ENDINGS.has(extname(name).toLowerCase()));
      return await statesOf(tables.map((name) => join(this.#directory, name)));
    } catch (error) {
      if (!this.#isGone) process.stderr.write(`${complaintOf(error)} Waiting for it to come back.\n`);
      this.#isGone = true;
      return undefined;
    }
  }
}

/** Those of the files that are there, in their order. */
async function statesOf(paths: readonly string[]): Promise<States> {
  const found: (string | undefined)[] = [];
  const waiting = paths.entries();
  const askNext = async (): Promise<void> => {
    for (const [place, path] of waiting) {
      const stats = await stat(path).catch(() => undefined);
      if (stats?.isFile() === true) found[place] = `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askNext));
  return new Map(
    paths.flatMap((path, place) => {
      const state = found[place];
      return state === undefined ? [] : [[path, state] as const];
    }),
  );
}
