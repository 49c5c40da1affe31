import type { ReadProjectOptions } from '../graph/reading.js';
import type { CheckResult } from '../rules/violation.js';

/** How a folder is read and checked. */
export interface FolderCheckOptions extends Omit<ReadProjectOptions, 'source'> {
  /** Whether what the baseline covers is left out; it is unless said. */
  readonly withBaseline?: boolean;
  /** A day such as `2027-01-31`, to know what has expired; today's in UTC unless given. */
  readonly today?: string;
}

/** What a check of a folder has found. */
export interface FolderCheck {
  readonly result: CheckResult;
  /** Paths of the files with code that were read, from the root; sorted. */
  readonly paths: readonly string[];
}
