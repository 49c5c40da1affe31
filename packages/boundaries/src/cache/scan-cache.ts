import { hash } from 'node:crypto';
import type { Stamp } from '../files/project-files.js';
import type { CacheFolder } from './cache-folder.js';
import { FileList, listBytes, type Row } from './file-list.js';
import type { KeptFile } from './kept-file.js';
import { KeptScan, LostScan } from './kept-scan.js';
import { ScanPack } from './scan-pack.js';

/** Clocks of file systems are coarse: what was written this short before it was read may have been written again since. */
const UNSETTLED_MS = 2_500;
/** Scans that are new stand in the list itself until they are this long together: then all are packed anew. */
const MAX_LOOSE_BYTES = 200_000;
/** Changes of the list stand beside it until they are this long: then all of it is written anew. */
const MAX_CHANGES_BYTES = 50_000;

/** A file whose scan was asked for or made. */
interface Opened {
  readonly stamp: Stamp | undefined;
  readonly scan: KeptScan;
  readonly isPacked: boolean;
  /** Whether it is another, or has another stamp, than in the list. */
  readonly isChanged: boolean;
}

/**
 * Scans of the files of a project, found by the hash of the content; the stamp only saves reading the content to hash it. The list of
 * files is short, and what has changed in it since it was written stands beside it; the scans are packed apart from it, and read when
 * they are asked for. Changes name their list, and each scan is known by its path and key wherever it is found, so parts of different
 * runs do no harm: what does not fit is left out of account, and what is not there is lost.
 */
export class ScanCache {
  readonly #file: KeptFile | undefined;
  readonly #changesFile: KeptFile | undefined;
  readonly #pack: ScanPack | undefined;
  readonly #list: FileList;
  /** Which files were found to be as in the list in this run, by their numbers there; of most no more is asked. */
  readonly #same: Uint8Array;
  /** The other files of this run. */
  readonly #opened = new Map<string, Opened>();
  #isChanged = false;

  /** Without a folder nothing is kept; with `forget` what was kept is not read. */
  constructor(folder: CacheFolder | undefined, forget?: 'forget') {
    this.#file = folder?.file('files');
    this.#pack = folder === undefined ? undefined : new ScanPack(folder.file('scans'));
    this.#changesFile = folder?.file('changes');
    const isRead = forget === undefined;
    this.#list = new FileList(
      isRead ? this.#file?.read() : undefined,
      isRead ? this.#changesFile?.read() : undefined,
    );
    this.#same = new Uint8Array(this.#list.size);
  }

  /** Whether anything is kept, so that hashes and stamps are of use. */
  get isKept(): boolean {
    return this.#file !== undefined;
  }

  has(path: string): boolean {
    return this.#list.numberOf(path) !== undefined;
  }

  /** The key that a file was kept with. */
  keyOf(path: string): string | undefined {
    const number = this.#list.numberOf(path);
    return number === undefined ? undefined : this.#list.keyOf(number);
  }

  /** Whether a file has the stamp that it was kept with. */
  isSame(path: string, stamp: Stamp | undefined): boolean {
    const number = this.#list.numberOf(path);
    if (number === undefined || stamp === undefined || !this.#list.hasStamp(number, stamp)) return false;
    if (!this.#opened.has(path)) this.#same[number] = 1;
    return true;
  }

  /** What was found out of a file in this run. */
  current(path: string, settings: string): KeptScan | undefined {
    const number = this.#list.numberOf(path);
    if (number !== undefined && this.#same[number] === 1) this.#put(path, this.#open(number));
    const scan = this.#opened.get(path)?.scan;
    return scan?.key.endsWith(settings) === true ? scan : undefined;
  }

  /** What was kept of a file whose stamp is still the same. */
  byStamp(path: string, stamp: Stamp | undefined, settings: string): KeptScan | undefined {
    return this.keyOf(path)?.endsWith(settings) === true && this.isSame(path, stamp)
      ? this.current(path, settings)
      : undefined;
  }

  /** What was kept of a file whose content is still the same. */
  byKey(path: string, key: string, stamp: Stamp | undefined): KeptScan | undefined {
    const number = this.#list.numberOf(path);
    if (number === undefined || this.#list.keyOf(number) !== key) return undefined;
    const known = this.#open(number);
    const isChanged = stamp === undefined ? known.stamp !== undefined : !this.#list.hasStamp(number, stamp);
    this.#put(path, { ...known, stamp, isChanged });
    return known.scan;
  }

  put(path: string, scan: KeptScan, stamp: Stamp | undefined): void {
    this.#put(path, { stamp, scan, isPacked: false, isChanged: true });
  }

  /** The hash of the shapes that were found at these paths in this run. */
  shapesOf(paths: readonly string[]): string {
    const shapes = paths.map((path) => {
      const number = this.#list.numberOf(path);
      const isSame = number !== undefined && this.#same[number] === 1;
      return isSame ? this.#list.shapeOf(number) : this.#opened.get(path)?.scan.shape;
    });
    return hash('sha1', shapes.join('\n'), 'base64url');
  }

  /** Writes down what was asked for or put since the start. */
  save(): void {
    const isSameSize = this.#sameNumbers().length + this.#opened.size === this.#list.size;
    if (!this.#isChanged && isSameSize) return;
    try {
      if (!isSameSize || !this.#saveChanges()) this.#saveAll();
    } catch (error) {
      if (!(error instanceof LostScan)) throw error;
      this.#file?.remove();
    }
  }

  /** Whether there are the same files as in the list, and few changes. */
  #saveChanges(): boolean {
    const rows: Row[] = [];
    for (const [path, opened] of this.#opened) {
      if (!this.has(path)) return false;
      if (opened.isChanged) rows.push(rowOf(path, opened));
    }
    const bytes = this.#list.changedBytes(rows);
    if (bytes.byteLength > MAX_CHANGES_BYTES) return false;
    this.#changesFile?.write([bytes]);
    return true;
  }

  #saveAll(): void {
    const same = this.#sameNumbers().map((number) => this.#list.rowOf(number));
    let rows = [...same, ...[...this.#opened].map(([path, opened]) => rowOf(path, opened))];
    const looseBytes = rows.reduce((sum, { loose }) => sum + (loose?.length ?? 0), 0);
    if (looseBytes > MAX_LOOSE_BYTES) {
      if (!this.#packAll()) return;
      rows = rows.map((row) => ({ ...row, loose: undefined }));
    }
    this.#file?.write(listBytes(rows));
  }

  /** Whether that could be written. */
  #packAll(): boolean {
    const scans = new Map<string, KeptScan>();
    for (const number of this.#sameNumbers())
      scans.set(this.#list.rowOf(number).path, this.#open(number).scan);
    for (const [path, { scan }] of this.#opened) scans.set(path, scan);
    return this.#pack?.write(scans) === true;
  }

  #sameNumbers(): readonly number[] {
    const numbers: number[] = [];
    for (let number = 0; number < this.#same.length; number += 1)
      if (this.#same[number] === 1) numbers.push(number);
    return numbers;
  }

  #put(path: string, opened: Opened): void {
    const number = this.#list.numberOf(path);
    if (number !== undefined) this.#same[number] = 0;
    this.#opened.set(path, opened);
    this.#isChanged ||= opened.isChanged;
  }

  #open(number: number): Opened {
    const { path, key, stamp, shape, loose } = this.#list.rowOf(number);
    const load = () => (loose === undefined ? this.#pack?.bytesOf(path, key) : Buffer.from(loose));
    const scan = KeptScan.from(key, shape, load);
    return { stamp, scan, isPacked: loose === undefined, isChanged: false };
  }
}

function rowOf(path: string, { stamp, scan, isPacked }: Opened): Row {
  const loose = isPacked ? undefined : Buffer.from(scan.bytes).toString('utf8');
  return { path, key: scan.key, stamp, shape: scan.shape, loose };
}

/** Of the content and the settings: what a scan depends on, beside the path. */
export function keyOf(content: Uint8Array, settings: string): string {
  return `${hash('sha1', content, 'base64url')}${settings}`;
}

/** The stamp and no more, unless the file was written so recently that it may be written again without it changing. */
export function settledStamp(stamp: Stamp | undefined, nowMs: number): Stamp | undefined {
  if (stamp === undefined) return undefined;
  const { size, mtimeMs, ctimeMs, ino } = stamp;
  return nowMs - Math.max(mtimeMs, ctimeMs) < UNSETTLED_MS ? undefined : { size, mtimeMs, ctimeMs, ino };
}
