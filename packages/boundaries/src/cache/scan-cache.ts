import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileScan } from '../scan/file-scan.js';

/** Raised whenever the same text may give another scan: then nothing that was kept is used. */
const FORMAT = 2;
/** A cache that is larger is not of our making. */
const MAX_BYTES = 1_000_000_000;
/** Clocks of file systems are coarse: what was written this short before it was read may have been written again since. */
const UNSETTLED_MS = 2_500;

/** What is kept of a file. */
export interface CachedScan {
  /** Of its content and of all that its scan depends on. */
  readonly key: string;
  /** Undefined where the file may have changed just after it was read. */
  readonly stamp: string | undefined;
  readonly scan: FileScan;
}

/**
 * Scans of the files of a project, kept in one file. A scan is found by the hash of the content; the stamp only saves reading the
 * content to hash it. Processes that write at the same time each put a whole file in place, the last one's stays. What is broken,
 * or was made by another version, is left out of account.
 */
export class ScanCache {
  readonly #file: string | undefined;
  readonly #kept: ReadonlyMap<string, CachedScan>;
  readonly #next = new Map<string, CachedScan>();
  #changed = 0;

  /** Without a folder nothing is kept. `variant` tells apart what is not to be mixed, such as index and work tree. */
  constructor(folder: string | undefined, variant: string) {
    this.#file = folder === undefined ? undefined : join(folder, `scans-${variant}.json`);
    this.#kept = this.#file === undefined ? new Map() : readEntries(this.#file);
  }

  /** What was kept of a file whose stamp is still the same. */
  byStamp(path: string, stamp: string | undefined, settings: string): FileScan | undefined {
    const kept = this.#kept.get(path);
    if (kept === undefined || stamp === undefined || kept.stamp !== stamp || !kept.key.endsWith(settings))
      return undefined;
    this.#next.set(path, kept);
    return kept.scan;
  }

  has(path: string): boolean {
    return this.#kept.has(path);
  }

  /** What was kept of a file whose content is still the same. */
  byKey(path: string, key: string): FileScan | undefined {
    const kept = this.#kept.get(path);
    return kept?.key === key ? kept.scan : undefined;
  }

  put(path: string, entry: CachedScan): void {
    this.#next.set(path, entry);
    this.#changed += 1;
  }

  /** Writes down what was asked for or put since the start. A disk that refuses is no fault of the check. */
  save(): void {
    const file = this.#file;
    if (file === undefined || (this.#changed === 0 && this.#next.size === this.#kept.size)) return;
    const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
    try {
      mkdirSync(join(file, '..'), { recursive: true });
      const body = JSON.stringify([...this.#next]);
      writeFileSync(draft, `${headerOf(body)}\n${body}`, { mode: 0o600, flag: 'wx' });
      renameSync(draft, file);
    } catch {
      discard(draft);
    }
  }
}

function discard(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // It was never there.
  }
}

function headerOf(body: string): string {
  return `mortar-scans ${FORMAT} ${createHash('sha1').update(body).digest('hex')}`;
}

function readEntries(file: string): ReadonlyMap<string, CachedScan> {
  try {
    if (statSync(file).size > MAX_BYTES) return new Map();
    const text = readFileSync(file, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    return text.slice(0, end) === headerOf(body) ? new Map(JSON.parse(body)) : new Map();
  } catch {
    return new Map();
  }
}

/** Of the content, the kind of file and the settings: what a scan depends on. */
export function keyOf(path: string, content: Uint8Array, settings: string): string {
  const hash = createHash('sha1').update(content).digest('base64url');
  return `${hash} ${path.slice(path.lastIndexOf('.', path.length - 4) + 1)} ${settings}`;
}

/** The stamp, unless the file was written so recently that it may be written again without it changing. */
export function settledStamp(stamp: string | undefined, nowMs: number): string | undefined {
  const [, modified, changed] = stamp?.split(' ') ?? [];
  const latest = Math.max(Number(modified), Number(changed));
  return Number.isFinite(latest) && nowMs - latest < UNSETTLED_MS ? undefined : stamp;
}
