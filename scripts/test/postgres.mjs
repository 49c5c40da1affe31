import process from 'node:process';
import { addressOf, askServer } from '../postgres/answer.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */

/**
 * What can be tested of PostgreSQL in this run.
 * @typedef {object} Coverage
 * @property {string | undefined} leftOut what is left out, why, and how to run it
 * @property {Tally | undefined} tally of the check that there is a server; none where nobody asked for one
 */

const HOW =
  'MORTAR_TEST_POSTGRES_URL=postgres://user:password@host:port/database npm test (the user makes databases of its own there, ' +
  'and drops them), or node scripts/with-postgres.mjs npm test, which starts a server where it finds none';

/**
 * Tests that need PostgreSQL run where MORTAR_TEST_POSTGRES_URL names a server, and are left out where it does not, unless
 * MORTAR_REQUIRE_POSTGRES is 1. A server that is named or required, and can't be reached, counts as one failed test.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Coverage>}
 */
export async function postgresCoverage(env = process.env) {
  const url = env['MORTAR_TEST_POSTGRES_URL'] ?? '';
  const isRequired = env['MORTAR_REQUIRE_POSTGRES'] === '1';
  if (url === '' && !isRequired) {
    const leftOut = `tests that need PostgreSQL, because MORTAR_TEST_POSTGRES_URL is not set. To run them: ${HOW}`;
    return { leftOut, tally: undefined };
  }
  const fault =
    url === '' ? 'MORTAR_REQUIRE_POSTGRES is 1, and MORTAR_TEST_POSTGRES_URL is not set' : await faultOf(url);
  process.stdout.write(
    fault === undefined ? ' ✓ PostgreSQL answers\n' : ` ✗ PostgreSQL: ${fault}. To run its tests: ${HOW}\n`,
  );
  const failed = fault === undefined ? 0 : 1;
  return { leftOut: undefined, tally: { passed: 1 - failed, failed, skipped: 0 } };
}

/**
 * Says nothing of the URL but the place, since it may hold a password.
 * @param {string} url
 */
async function faultOf(url) {
  if (!URL.canParse(url)) return 'MORTAR_TEST_POSTGRES_URL is no URL';
  const address = addressOf(url);
  const answer = await askServer(address);
  // With a password it is the tests that find out whether it is the right one.
  if (answer.kind !== 'refused') return undefined;
  return `no server at ${address.host}:${address.port} takes ${address.user} to ${address.database}: ${answer.why}`;
}
