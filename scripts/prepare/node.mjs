import { Failure } from './report.mjs';

const OLDEST = { major: 20, minor: 19 };

/**
 * Refuses a Node that is too old to run the project.
 * @param {string} version such as `20.19.0`
 */
export function checkNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  throw new Failure(
    `Node is too old. Expected ${OLDEST.major}.${OLDEST.minor} or later; got ${version}. ` +
      'Install a newer Node from https://nodejs.org, or run the command through `npx -p node@22 …`.',
  );
}
