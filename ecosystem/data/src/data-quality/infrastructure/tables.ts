import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Source } from '../contract/source.js';
import { about, makeCopy } from './copying.js';
import type { Engine } from './engine.js';
import { MOST_REJECTED } from './reading-sql.js';
import { lookAt } from './source-file.js';
import { fileNamed } from './sql.js';

/** Copies of a file that are kept: what is being read, and what comes after it. */
const MOST_COPIES = 2;
const UNFINISHED_MS = 3_600_000;
/** The number of the way in which copies are laid out: those of another one are not read. */
const LAYOUT = 3;

/** A copy of a file that the engine reads fast: its values as texts, in its order; `copyOf` says how. */
export interface Table extends z.output<typeof about> {
  /** What stands after FROM; the number of a row is `file_row_number`. */
  readonly from: string;
}

/** Why there is no copy. */
export interface Refusal {
  readonly reason: string;
  /** The file is not as it was registered. */
  readonly hasChanged?: true;
}

/** Keeps copies of files by their contents, so that they can be read whatever becomes of the files. */
export class Tables {
  readonly #engine: Engine;
  readonly #folder: string;

  constructor(engine: Engine, folder: string) {
    this.#engine = engine;
    this.#folder = folder;
  }

  /** The copy of a file as it was registered; it is made if it is not there. */
  async of(source: Source, signal?: AbortSignal): Promise<Table | Refusal> {
    const folder = join(this.#folder, createHash('sha256').update(source.path).digest('hex').slice(0, 16));
    const file = join(folder, `${source.fingerprint}-${source.format}-${LAYOUT}.parquet`);
    try {
      return await kept(file);
    } catch {
      await mkdir(folder, { recursive: true });
    }
    const refusal = await this.#copy(source, file, signal);
    if (refusal !== undefined) return refusal;
    await removeOld(folder);
    return await kept(file);
  }

  async #copy(source: Source, file: string, signal: AbortSignal | undefined): Promise<Refusal | undefined> {
    const made = madeFor(file);
    const reason = await this.#engine.with(signal, (session) => makeCopy(session, source, made, signal));
    const now = await lookAt(source.path, signal ?? new AbortController().signal);
    if (typeof now === 'string' || now.fingerprint !== source.fingerprint) {
      await rm(made, { force: true });
      return { reason: 'It changed while it was read.', hasChanged: true };
    }
    if (reason !== undefined) return { reason };
    // What is known of the copy comes first, so that whoever finds the copy finds that too.
    await rename(`${made}.json`, `${file}.json`);
    await rename(made, file);
    return undefined;
  }
}

async function kept(file: string): Promise<Table> {
  const told = about.parse(JSON.parse(await readFile(`${file}.json`, 'utf8')));
  await stat(file);
  const notes =
    told.rejected >= MOST_REJECTED
      ? [...told.notes, 'There may be more such lines than are counted.']
      : told.notes;
  return {
    ...told,
    notes,
    from: `read_parquet(${fileNamed(file)}, file_row_number=true, hive_partitioning=false)`,
  };
}

/** What becomes the copy when it is whole. */
function madeFor(file: string): string {
  return `${file}.${process.pid}.tmp`;
}

async function removeOld(folder: string): Promise<void> {
  const dated = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const stats = await stat(join(folder, name)).catch(() => undefined);
      return { name, at: stats?.mtimeMs ?? Date.now() };
    }),
  );
  // A process that was killed has left what it was writing.
  for (const { name, at } of dated.filter((one) => one.name.endsWith('.tmp')))
    if (at < Date.now() - UNFINISHED_MS) await rm(join(folder, name), { force: true });
  const copies = dated.filter((one) => one.name.endsWith('.parquet')).sort((a, b) => b.at - a.at);
  for (const { name } of copies.slice(MOST_COPIES)) {
    await rm(join(folder, name), { force: true });
    await rm(join(folder, `${name}.json`), { force: true });
  }
}
