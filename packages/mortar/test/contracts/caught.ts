import { MortarError } from '../../src/errors/index.js';

/** The MortarError that a call throws. */
export function caught(run: () => unknown): MortarError {
  try {
    run();
  } catch (error) {
    if (error instanceof MortarError) return error;
    throw error;
  }
  throw new Error('Expected an error.');
}

/** The code of the MortarError that a call throws. */
export function codeOf(run: () => unknown): string {
  return caught(run).code;
}
