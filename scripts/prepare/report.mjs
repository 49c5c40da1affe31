import { writeSync } from 'node:fs';

/** Something that the person at the terminal can mend: its message is all they need, without a stack. */
export class Failure extends Error {}

/**
 * One line on stderr.
 * @param {string} text
 */
export function say(text) {
  try {
    writeSync(2, `prepare: ${text}\n`);
  } catch {
    // stderr is closed or full: nobody reads it, and the work goes on.
  }
}
