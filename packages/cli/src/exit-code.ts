/** What the command ends with. */
export type ExitCode = 0 | 1 | 2;

/** Done, and nothing to complain of. */
export const OK: ExitCode = 0;
/** The answer is no: there are violations, or what was asked for is not so, or could not be done. */
export const FAILED: ExitCode = 1;
/** The command was called as it can't be called, its configuration is wrong, or the answer could not be found out. */
export const MISUSED: ExitCode = 2;
