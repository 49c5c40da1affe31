import type { Stats } from 'node:fs';
import type { Diagnostic } from '../graph/project-graph.js';

/** A file that was found, as it is known without reading it. */
export interface FoundFile {
  /** From the root, with `/`. */
  readonly path: string;
}

/** What the disk says of a file: as long as it stays, so does the content, unless it was written just now. */
export type Stamp = Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs' | 'ino'>;

/** The files of a project: those of its folder, or of what is staged. */
export interface ProjectFiles {
  /** Absolute, with symbolic links resolved. */
  readonly root: string;
  /** All files but those that are ignored or foreign, sorted by path. */
  readonly files: readonly FoundFile[];
  /** Symbolic links within the project: where they stand, and where they lead; undefined for out of the root, or to nothing. */
  readonly links: ReadonlyMap<string, string | undefined>;
  readonly diagnostics: readonly Diagnostic[];
  /** The bytes of a file, or nothing where it can't be read or is larger than `limitBytes`. */
  readonly read: (path: string, limitBytes?: number) => Buffer | undefined;
  /** Whether a file or folder is there, ignored or not; only within the root. */
  readonly exists: (path: string) => boolean;
  /** Reads many files in one go, where that is cheaper; those that can't be read are left out. */
  readonly readAll: (paths: readonly string[]) => ReadonlyMap<string, Buffer>;
}

/** No source that anybody wrote is larger. */
export const MAX_SOURCE_BYTES = 32_000_000;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of bytes, and whether they were UTF-8; what was not is replaced. */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly isValid: boolean } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return { text: new TextDecoder('utf-16le').decode(bytes), isValid: true };
  }
  try {
    return { text: decoder.decode(bytes), isValid: true };
  } catch {
    return { text: lenientDecoder.decode(bytes), isValid: false };
  }
}
