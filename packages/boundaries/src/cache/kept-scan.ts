import { hash } from 'node:crypto';
import type { FileScan } from '../scan/file-scan.js';

/** Of a cache that holds less than it says: whoever reads the project begins anew, without it. */
export class LostScan extends Error {}

const SPACE = 32;

/** A scan that may still lie in the cache as it was written down: it is parsed when it is asked for, which most never are. */
export class KeptScan {
  /** Of the file's content and of all that its scan depends on beside its path. */
  readonly key: string;
  #scan: FileScan | undefined;
  #bytes: Uint8Array | undefined;
  #shape: string | undefined;
  readonly #load: () => Uint8Array | undefined;

  private constructor(key: string, shape: string | undefined, load: () => Uint8Array | undefined) {
    this.key = key;
    this.#shape = shape;
    this.#load = load;
  }

  static of(key: string, scan: FileScan): KeptScan {
    const kept = new KeptScan(key, undefined, () => undefined);
    kept.#scan = scan;
    return kept;
  }

  /** `load` gives the `bytes` of another that had this shape, or nothing where they are lost. */
  static from(key: string, shape: string, load: () => Uint8Array | undefined): KeptScan {
    return new KeptScan(key, shape, load);
  }

  /** @throws LostScan */
  get scan(): FileScan {
    this.#scan ??= parsed(this.bytes);
    return this.#scan;
  }

  /** @throws LostScan */
  get bytes(): Uint8Array {
    this.#bytes ??= this.#scan === undefined ? this.#load() : written(this.#scan);
    if (this.#bytes === undefined) throw new LostScan('the cache has lost a scan');
    return this.#bytes;
  }

  /** The hash of the scan but for its number of lines, which no rule asks for: a file that only grows keeps its shape. */
  get shape(): string {
    this.#shape ??= hash('sha1', this.bytes.subarray(this.bytes.indexOf(SPACE)), 'base64url');
    return this.#shape;
  }
}

/** The number of lines, a space, and the rest as JSON. */
function written({ lines, ...rest }: FileScan): Buffer {
  return Buffer.from(`${lines} ${JSON.stringify(rest)}`);
}

function parsed(bytes: Uint8Array): FileScan {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const space = text.indexOf(' ');
  return { lines: Number(text.slice(0, space)), ...JSON.parse(text.slice(space)) };
}
