/** What a command speaks through, and where it stands. */
export interface Io {
  /** Writes a text to the standard output; a line break is not added. */
  readonly print: (text: string) => void;
  /** Writes a text to the standard error. */
  readonly complain: (text: string) => void;
  /** Paths that the user gives count from here. */
  readonly folder: string;
  /** Where the process stands: the project is sought from here upwards. */
  readonly workingFolder: string;
  /** Whether the standard output takes colours. */
  readonly hasColour: boolean;
  /** Shows how far long work has come, in place of what it showed before; `''` takes it away. Only where a person sees it. */
  readonly progress: ((text: string) => void) | undefined;
  /** Aborted when nobody reads what is printed any more. */
  readonly signal: AbortSignal;
}
