import process from 'node:process';
import { askServer } from './answer.mjs';
import { findBinaries, installPackage } from './binaries.mjs';
import { startServer } from './server.mjs';

/** The variable that names the server of tests, campaigns and benchmarks. */
export const SERVER_NAME = 'MORTAR_TEST_POSTGRES_URL';

const MACHINES = { host: '127.0.0.1', port: 5432, user: 'postgres', database: 'postgres' };

/**
 * @typedef {object} Found
 * @property {string} url
 * @property {() => Promise<void>} stop ends it, if it was started here
 */

/**
 * The server that the variable names; else this machine's, if it lets the user postgres in without a password; else one
 * that is started here from the binaries of one. Says on stderr which it is.
 * @param {{ mayInstall?: boolean }} [options] whether Debian's package may be installed where there are no binaries
 * @returns {Promise<Found | undefined>} undefined where there is none
 */
export async function findServer({ mayInstall = false } = {}) {
  const given = process.env[SERVER_NAME];
  if (given !== undefined && given !== '') return { url: given, stop: async () => {} };
  if ((await askServer(MACHINES)).kind === 'open') {
    say(`the server of this machine, at ${MACHINES.host}:${MACHINES.port}`);
    const { user, host, port, database } = MACHINES;
    return { url: `postgres://${user}@${host}:${port}/${database}`, stop: async () => {} };
  }
  return startOwn(mayInstall);
}

/**
 * @param {boolean} mayInstall
 * @returns {Promise<Found | undefined>}
 */
async function startOwn(mayInstall) {
  const binaries = findBinaries() ?? (mayInstall && installPackage() ? findBinaries() : undefined);
  if (binaries === undefined) {
    say('no server, and no binaries of one: install the package postgresql');
    return undefined;
  }
  try {
    const server = await startServer(binaries);
    say(`a server of its own from ${binaries}, at 127.0.0.1:${server.port}`);
    return server;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`PostgreSQL: ${text}\n`);
}
