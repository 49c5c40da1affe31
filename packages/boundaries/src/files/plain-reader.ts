import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Most files are shorter, and then read at once, without asking for their size. */
const AT_ONCE_BYTES = 65_536;

/** Reads files one after the other. A link is not followed, and a pipe not waited for. */
export class PlainReader {
  readonly #atOnce: Buffer = Buffer.allocUnsafe(AT_ONCE_BYTES);

  /** Undefined for what is no file, can't be read, or is larger. */
  read(path: string, limitBytes: number): Buffer | undefined {
    const content = this.view(path, limitBytes);
    return content?.buffer === this.#atOnce.buffer ? Buffer.from(content) : content;
  }

  /** The same without a copy: the bytes stay until the next file is read. */
  view(path: string, limitBytes: number): Buffer | undefined {
    try {
      const file = openSync(
        path,
        constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
      );
      try {
        return this.#readSmall(file, limitBytes) ?? readLarge(file, limitBytes);
      } finally {
        closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /** Undefined where there may be more. Of a pipe no place can be named, so it is refused. */
  #readSmall(file: number, limitBytes: number): Buffer | undefined {
    // A file system may give less than there is; only nothing is the end.
    const length = readInto(file, this.#atOnce);
    const isWhole = length < AT_ONCE_BYTES && length <= limitBytes;
    return isWhole ? this.#atOnce.subarray(0, length) : undefined;
  }
}

/** What is written while it is read makes another stamp. */
function readLarge(file: number, limitBytes: number): Buffer | undefined {
  const stat = fstatSync(file);
  if (!stat.isFile() || stat.size > limitBytes) return undefined;
  const content = Buffer.allocUnsafe(stat.size);
  return content.subarray(0, readInto(file, content));
}

/** Reads until the place is full or the file ends; says how many bytes that were. */
function readInto(file: number, content: Buffer): number {
  let length = 0;
  for (let count = 1; count > 0 && length < content.length; length += count) {
    count = readSync(file, content, length, content.length - length, length);
  }
  return length;
}
