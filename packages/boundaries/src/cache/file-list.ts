import { randomBytes } from 'node:crypto';
import type { Stamp } from '../files/project-files.js';

/** One file as it is written down. */
export interface Row {
  readonly path: string;
  readonly key: string;
  /** Without one it may have changed just after it was read. */
  readonly stamp?: Stamp | undefined;
  readonly shape: string;
  /** Its scan, where that is not packed. */
  readonly loose?: string | undefined;
}

/** A line of JSON; the stamps of all files follow it as numbers. Neither keys nor shapes have a space in them. */
interface Columns {
  /** Tells this list from all others. */
  readonly id: string;
  readonly paths: readonly string[];
  readonly keys: string;
  readonly shapes: string;
  readonly loose: readonly (readonly [path: string, scan: string])[];
}

/** What has changed since a list was written. */
interface Changes {
  /** The id of the list. */
  readonly of: string;
  readonly rows: readonly Row[];
}

const LINE_BREAK = 10;
/** How many numbers a stamp is. One that is not there is none of them, which equals nothing. */
const STAMP_SIZE = 4;

/**
 * The files of a project as they were kept. It is read whenever anything is asked of the project, and then of most files only whether they
 * are the same: so it lies there as columns, and what is seldom asked for is not taken apart before.
 */
export class FileList {
  readonly #columns: Columns;
  readonly #stamps: Float64Array;
  readonly #numbers = new Map<string, number>();
  readonly #loose: Map<string, string>;
  readonly #changes = new Map<string, Row>();
  #keys: string[] | undefined;
  #shapes: string[] | undefined;

  /** `body` is what `listBytes` has written; nothing for an empty list. Changes of another list are left out of account. */
  constructor(body: Buffer | undefined, changes: Buffer | undefined) {
    const end = body?.indexOf(LINE_BREAK) ?? 0;
    this.#columns =
      body === undefined
        ? { id: '', paths: [], keys: '', shapes: '', loose: [] }
        : JSON.parse(body.toString('utf8', 0, end));
    // Numbers are read only where they are aligned, so they are copied.
    this.#stamps = new Float64Array(new Uint8Array(body?.subarray(end + 1) ?? []).buffer);
    for (const path of this.#columns.paths) this.#numbers.set(path, this.#numbers.size);
    this.#loose = new Map(this.#columns.loose);
    if (body !== undefined && changes !== undefined) this.#change(JSON.parse(changes.toString('utf8')));
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** The number of a file in the list. */
  numberOf(path: string): number | undefined {
    return this.#numbers.get(path);
  }

  /** Whether the file with this number was written down with the same stamp. */
  hasStamp(number: number, stamp: Stamp): boolean {
    const at = number * STAMP_SIZE;
    const stamps = this.#stamps;
    return (
      stamps[at] === stamp.size &&
      stamps[at + 1] === stamp.mtimeMs &&
      stamps[at + 2] === stamp.ctimeMs &&
      stamps[at + 3] === stamp.ino
    );
  }

  keyOf(number: number): string {
    this.#keys ??= this.#columns.keys.split(' ');
    return this.#keys[number] ?? '';
  }

  shapeOf(number: number): string {
    this.#shapes ??= this.#columns.shapes.split(' ');
    return this.#shapes[number] ?? '';
  }

  rowOf(number: number): Row {
    const path = this.#columns.paths[number] ?? '';
    return {
      path,
      key: this.keyOf(number),
      stamp: this.#stampOf(number),
      shape: this.shapeOf(number),
      loose: this.#loose.get(path),
    };
  }

  /** The bytes of a file that tells the list to be another in these rows, and in those that it was already. */
  changedBytes(rows: readonly Row[]): Uint8Array {
    const all = new Map(this.#changes);
    for (const row of rows) all.set(row.path, row);
    const changes: Changes = { of: this.#columns.id, rows: [...all.values()] };
    return Buffer.from(JSON.stringify(changes));
  }

  #change({ of, rows }: Changes): void {
    if (of !== this.#columns.id) return;
    const keys = this.#columns.keys.split(' ');
    const shapes = this.#columns.shapes.split(' ');
    for (const row of rows) {
      const number = this.#numbers.get(row.path);
      if (number === undefined) continue;
      keys[number] = row.key;
      shapes[number] = row.shape;
      this.#stamps.set(numbersOf(row.stamp), number * STAMP_SIZE);
      if (row.loose === undefined) this.#loose.delete(row.path);
      else this.#loose.set(row.path, row.loose);
      this.#changes.set(row.path, row);
    }
    this.#keys = keys;
    this.#shapes = shapes;
  }

  #stampOf(number: number): Stamp | undefined {
    const at = number * STAMP_SIZE;
    const size = this.#stamps[at] ?? Number.NaN;
    if (Number.isNaN(size)) return undefined;
    const mtimeMs = this.#stamps[at + 1] ?? 0;
    return { size, mtimeMs, ctimeMs: this.#stamps[at + 2] ?? 0, ino: this.#stamps[at + 3] ?? 0 };
  }
}

/** The bytes of a whole list, with another id. */
export function listBytes(rows: readonly Row[]): readonly Uint8Array[] {
  const stamps = new Float64Array(rows.length * STAMP_SIZE);
  for (const [number, { stamp }] of rows.entries()) stamps.set(numbersOf(stamp), number * STAMP_SIZE);
  const columns: Columns = {
    id: randomBytes(12).toString('base64url'),
    paths: rows.map(({ path }) => path),
    keys: rows.map(({ key }) => key).join(' '),
    shapes: rows.map(({ shape }) => shape).join(' '),
    loose: rows.flatMap(({ path, loose }) => (loose === undefined ? [] : [[path, loose] as const])),
  };
  return [Buffer.from(`${JSON.stringify(columns)}\n`), new Uint8Array(stamps.buffer)];
}

function numbersOf(stamp: Stamp | undefined): readonly number[] {
  return stamp === undefined
    ? [Number.NaN, Number.NaN, Number.NaN, Number.NaN]
    : [stamp.size, stamp.mtimeMs, stamp.ctimeMs, stamp.ino];
}
