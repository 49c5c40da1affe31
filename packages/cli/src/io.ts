/** What a command speaks through, and where it stands. */
export interface Io {
  /** Writes a text to the standard output; a line break is not added. */
  readonly print: (text: string) => void;
  /** Writes a text to the standard error. */
  readonly complain: (text: string) => void;
  /** Paths that the user gives count from here. */
  readonly folder: string;
}
