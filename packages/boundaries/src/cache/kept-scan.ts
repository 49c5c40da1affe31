import type { FileScan } from '../scan/file-scan.js';

/** A scan that may still lie in the cache as it was written down: it is parsed when it is asked for, which most never are. */
export class KeptScan {
  #scan: FileScan | undefined;
  #bytes: Uint8Array | undefined;

  private constructor(scan: FileScan | undefined, bytes: Uint8Array | undefined) {
    this.#scan = scan;
    this.#bytes = bytes;
  }

  static of(scan: FileScan): KeptScan {
    return new KeptScan(scan, undefined);
  }

  /** `bytes` were the `bytes` of another. */
  static from(bytes: Uint8Array): KeptScan {
    return new KeptScan(undefined, bytes);
  }

  get scan(): FileScan {
    this.#scan ??= parsed(this.#bytes);
    return this.#scan;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.from(JSON.stringify(this.#scan));
    return this.#bytes;
  }
}

function parsed(bytes: Uint8Array | undefined): FileScan {
  if (bytes === undefined) throw new RangeError('a scan is kept as an object or as bytes');
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}
