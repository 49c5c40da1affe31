import { join } from 'node:path';
import process from 'node:process';
import { runCommand } from './command.mjs';
import { Failure, say } from './report.mjs';

/** @typedef {import('./lock.mjs').Lock} Lock */

// When nothing changed the compiler is done before this, and there is nothing to tell.
const TELL_AFTER_MS = 1_000;

/**
 * Compiles the packages that changed since their last build.
 * @param {string} root
 * @param {Lock} lock
 */
export async function build(root, lock) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const told = setTimeout(() => say('building (tsc -b)'), TELL_AFTER_MS);
  const failure = await runCommand(lock, [process.execPath, compiler, '-b'], { cwd: root });
  clearTimeout(told);
  if (failure === undefined) return;
  throw new Failure(
    `the build failed (tsc -b: ${failure}). Mend the errors above, then run the command again.`,
  );
}
