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
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Maker } from './maker.js';

const NAME = 'mortar-cache';
/** Raised whenever what is kept is written down in another way. */
const FORMAT = 6;
/** A cache that is larger is not of our making. */
const MAX_BYTES = 1_000_000_000;
const LINE_BREAK = 10;

/**
 * One file of the cache: a line with what wrote it and the hash of what follows, then what is kept. Processes that write at the
 * same time each put a whole file in place, the last one's stays. What is broken, or was made by another version, is as none.
 */
export class KeptFile {
  readonly #path: string;
  readonly #maker: Maker;

  constructor(path: string, maker: Maker) {
    this.#path = path;
    this.#maker = maker;
  }

  /** What was written, or nothing. */
  read(): Buffer | undefined {
    try {
      const bytes = readPlainFile(this.#path);
      const end = bytes.indexOf(LINE_BREAK);
      const body = bytes.subarray(end + 1);
      return isHeader(bytes.toString('latin1', 0, end), this.#maker, body) ? body : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether it could be written. A disk that refuses is no fault of the check: then what was there stays. */
  write(body: readonly Uint8Array[]): boolean {
    const draft = `${this.#path}.${process.pid}.${randomBytes(6).toString('hex')}`;
    try {
      mkdirSync(join(draft, '..'), { recursive: true });
      writePieces(draft, [Buffer.from(`${headerOf(this.#maker, body)}\n`), ...body]);
      renameSync(draft, this.#path);
      return true;
    } catch {
      discard(draft);
      return false;
    }
  }

  remove(): void {
    discard(this.#path);
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

function writePieces(path: string, pieces: readonly Uint8Array[]): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (const piece of pieces) writeFileSync(file, piece);
  } finally {
    closeSync(file);
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It was never there.
  }
}

/** Hashed last: most that does not fit is told by less. */
function isHeader(header: string, maker: Maker, body: Uint8Array): boolean {
  const [name, format, version, stamp, libraries, digest] = header.split(' ');
  return (
    name === NAME &&
    format === String(FORMAT) &&
    version === maker.version &&
    (stamp === maker.stamp || libraries === maker.libraries()) &&
    digest === digestOf([body])
  );
}

function headerOf({ version, stamp, libraries }: Maker, body: readonly Uint8Array[]): string {
  return [NAME, FORMAT, version, stamp ?? '-', libraries(), digestOf(body)].join(' ');
}

function digestOf(body: readonly Uint8Array[]): string {
  const hash = createHash('sha1');
  for (const piece of body) hash.update(piece);
  return hash.digest('hex');
}
