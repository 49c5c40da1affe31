import { statSync } from 'node:fs';
import type { Logger } from 'mortar/logging';

/** What is watched, and who is told. */
export interface WalWatchParts {
  readonly file: string;
  readonly logger: Logger;
}

/** A write-ahead log that is longer than this is told of. */
const LONG_WAL_BYTES = 64 * 1024 * 1024;
/** How many commits go by between two looks. */
const COMMITS_A_LOOK = 256;

/**
 * Warns when the write-ahead log grows long, which it does while somebody reads without an end: a reader that stays in one
 * transaction keeps everything written since in the log, and every other reader slow.
 */
export class WalWatch {
  readonly #parts: WalWatchParts;
  #commits = 0;
  #hasWarned = false;

  constructor(parts: WalWatchParts) {
    this.#parts = parts;
  }

  /** Counts a commit, and looks from time to time. */
  committed(): void {
    this.#commits += 1;
    if (this.#commits % COMMITS_A_LOOK === 0) this.look();
  }

  /** Warns once, until the log is short again. */
  look(): void {
    const { file, logger } = this.#parts;
    const bytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const isLong = bytes > LONG_WAL_BYTES;
    if (isLong && !this.#hasWarned)
      logger.warn(
        { file, walBytes: bytes },
        'the write-ahead log is long: some process reads in a transaction that does not end',
      );
    this.#hasWarned = isLong;
  }
}
