import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { KeptGraph } from './kept-graph.js';
import { KeptScan } from './kept-scan.js';

/** Raised whenever what is kept is written down in another way. */
const FORMAT = 3;
/** A cache that is larger is not of our making. */
const MAX_BYTES = 1_000_000_000;
/** Clocks of file systems are coarse: what was written this short before it was read may have been written again since. */
const UNSETTLED_MS = 2_500;
const LINE_BREAK = 10;

/** What is kept of a file. */
export interface CachedScan {
  /** Of its content and of all that its scan depends on. */
  readonly key: string;
  /** Undefined where the file may have changed just after it was read. */
  readonly stamp: string | undefined;
  readonly scan: KeptScan;
}

/** What stands before the scans: of each its path, key, stamp and length; and what they came to together. */
interface Index {
  readonly files: readonly (readonly [path: string, key: string, stamp: string | null, bytes: number])[];
  readonly graph: KeptGraph | null;
}

interface Contents {
  readonly scans: ReadonlyMap<string, CachedScan>;
  readonly graph: KeptGraph | undefined;
}

const nothing: Contents = { scans: new Map(), graph: undefined };

/**
 * Scans of the files of a project and the graph that they came to, kept in one file. A scan is found by the hash of the content;
 * the stamp only saves reading the content to hash it. Processes that write at the same time each put a whole file in place, the
 * last one's stays. What is broken, or was made by another version, is left out of account.
 */
export class ScanCache {
  /** Of the scans as they were kept; whoever uses it sees to it that they still hold. */
  readonly graph: KeptGraph | undefined;
  readonly #file: string | undefined;
  readonly #kept: ReadonlyMap<string, CachedScan>;
  readonly #next = new Map<string, CachedScan>();
  #changed = 0;

  /** Without a folder nothing is kept. `variant` tells apart what is not to be mixed, such as index and work tree. */
  constructor(folder: string | undefined, variant: string) {
    this.#file = folder === undefined ? undefined : join(folder, `scans-${variant}.json`);
    const { scans, graph } = this.#file === undefined ? nothing : readContents(this.#file);
    this.#kept = scans;
    this.graph = graph;
  }

  /** Whether anything is kept, so that hashes and stamps are of use. */
  get isKept(): boolean {
    return this.#file !== undefined;
  }

  /** What was kept of a file whose stamp is still the same. */
  byStamp(path: string, stamp: string | undefined, settings: string): KeptScan | undefined {
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
  byKey(path: string, key: string): KeptScan | undefined {
    const kept = this.#kept.get(path);
    return kept?.key === key ? kept.scan : undefined;
  }

  /** What was kept of a file, whether or not it still holds. */
  before(path: string): KeptScan | undefined {
    return this.#kept.get(path)?.scan;
  }

  put(path: string, entry: CachedScan): void {
    this.#next.set(path, entry);
    this.#changed += 1;
  }

  /** Writes down what was asked for or put since the start, and the graph. A disk that refuses is no fault of the check. */
  save(graphOf: () => KeptGraph): void {
    const file = this.#file;
    const isSame = this.#changed === 0 && this.#next.size === this.#kept.size;
    if (file === undefined || (isSame && this.graph !== undefined)) return;
    const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
    try {
      mkdirSync(join(file, '..'), { recursive: true });
      writePieces(draft, writtenDown(this.#next, graphOf()));
      renameSync(draft, file);
    } catch {
      discard(draft);
    }
  }
}

function writePieces(path: string, pieces: readonly Uint8Array[]): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (const piece of pieces) writeFileSync(file, piece);
  } finally {
    closeSync(file);
  }
}

function discard(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // It was never there.
  }
}

/** A header with the hash of what follows, the index on one line, and the scans one after the other. */
function writtenDown(entries: ReadonlyMap<string, CachedScan>, graph: KeptGraph): readonly Uint8Array[] {
  const files: Index['files'][number][] = [];
  const scans: Uint8Array[] = [];
  for (const [path, { key, stamp, scan }] of entries) {
    const { bytes } = scan;
    files.push([path, key, stamp ?? null, bytes.byteLength]);
    scans.push(bytes);
  }
  const index: Index = { files, graph };
  const body = [Buffer.from(`${JSON.stringify(index)}\n`), ...joined(scans)];
  return [Buffer.from(`${headerOf(body)}\n`), ...body];
}

/** The same bytes in as few pieces as may be: those that were read from one file still lie beside each other. */
function joined(pieces: readonly Uint8Array[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    const isNext = last?.buffer === piece.buffer && last.byteOffset + last.byteLength === piece.byteOffset;
    if (last === undefined || !isNext) found.push(piece);
    else
      found[found.length - 1] = new Uint8Array(
        last.buffer,
        last.byteOffset,
        last.byteLength + piece.byteLength,
      );
  }
  return found;
}

function headerOf(body: readonly Uint8Array[]): string {
  const hash = createHash('sha1');
  for (const piece of body) hash.update(piece);
  return `mortar-scans ${FORMAT} ${makerOf()} ${hash.digest('hex')}`;
}

/** The version that runs; where it is being worked on, its build too, since what code is found to mean may differ with each. */
function makerOf(): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const build = statSync(new URL('../.tsbuildinfo', import.meta.url), { throwIfNoEntry: false });
  return build === undefined ? version : `${version}+${build.size}.${build.mtimeMs}`;
}

function readContents(file: string): Contents {
  try {
    const bytes = readPlainFile(file);
    const end = bytes.indexOf(LINE_BREAK);
    const body = bytes.subarray(end + 1);
    return bytes.toString('latin1', 0, end) === headerOf([body]) ? parsed(body) : nothing;
  } catch {
    return nothing;
  }
}

/** What is no plain file, such as a pipe that nobody writes to, is not waited for. */
function readPlainFile(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(file) : Buffer.alloc(0);
  } finally {
    closeSync(file);
  }
}

function parsed(body: Buffer): Contents {
  const end = body.indexOf(LINE_BREAK);
  const { files, graph }: Index = JSON.parse(body.toString('utf8', 0, end));
  const scans = new Map<string, CachedScan>();
  let at = end + 1;
  for (const [path, key, stamp, bytes] of files) {
    scans.set(path, { key, stamp: stamp ?? undefined, scan: KeptScan.from(body.subarray(at, at + bytes)) });
    at += bytes;
  }
  return { scans, graph: graph ?? undefined };
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
