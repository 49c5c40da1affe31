import type { KeptFile } from './kept-file.js';
import type { KeptScan } from './kept-scan.js';

/** What stands before the scans: of each its path, its key, and where it begins and ends. */
type Contents = readonly (readonly [path: string, key: string, start: number, end: number])[];

const LINE_BREAK = 10;

/** The scans of a project, one after the other in one file. It is read when the first of them is asked for. */
export class ScanPack {
  readonly #file: KeptFile;
  #opened: ((path: string, key: string) => Uint8Array | undefined) | undefined;

  constructor(file: KeptFile) {
    this.#file = file;
  }

  /** The bytes of a scan, if it is there. */
  bytesOf(path: string, key: string): Uint8Array | undefined {
    this.#opened ??= opened(this.#file.read());
    return this.#opened(path, key);
  }

  /** Whether they could be written. */
  write(scans: ReadonlyMap<string, KeptScan>): boolean {
    const contents: Contents[number][] = [];
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const [path, { key, bytes }] of scans) {
      contents.push([path, key, at, at + bytes.byteLength]);
      pieces.push(bytes);
      at += bytes.byteLength;
    }
    return this.#file.write([Buffer.from(`${JSON.stringify(contents)}\n`), Buffer.concat(pieces)]);
  }
}

function opened(body: Buffer | undefined): (path: string, key: string) => Uint8Array | undefined {
  if (body === undefined) return () => undefined;
  const end = body.indexOf(LINE_BREAK);
  const contents: Contents = JSON.parse(body.toString('utf8', 0, end));
  const rows = new Map(contents.map((row) => [row[0], row]));
  const scans = body.subarray(end + 1);
  return (path, key) => {
    const [, found, from, to] = rows.get(path) ?? [];
    return found === key ? scans.subarray(from, to) : undefined;
  };
}
