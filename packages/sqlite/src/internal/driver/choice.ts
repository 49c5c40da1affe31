import { describeValue, MortarError, messageOf } from 'mortar/errors';
import { betterSqlite3 } from './better-sqlite3.js';
import type { Driver, DriverName } from './driver.js';
import { builtInVersion, nodeSqlite } from './node-sqlite.js';

/** Before it, the reset of the write-ahead log could corrupt a database. */
export const OLDEST_SQLITE = '3.51.3';

/** A driver that will not do, and why. */
interface Refusal {
  readonly name: DriverName;
  readonly reason: string;
  readonly cause?: unknown;
}

/**
 * The driver to use: the one asked for, else `node:sqlite` where it is new enough, else `better-sqlite3`.
 * @throws MortarError `MORTAR_STORE_VERSION`, saying of each what is wrong with it
 */
export async function chooseDriver(wanted?: DriverName): Promise<Driver> {
  const refusals: Refusal[] = [];
  for (const candidate of wanted === undefined ? [tryBuiltIn, tryPackage] : [byName[wanted]]) {
    const found = await candidate();
    if ('open' in found) return found;
    refusals.push(found);
  }
  throw new MortarError('MORTAR_STORE_VERSION', {
    rule: `The SQLite store needs SQLite ${OLDEST_SQLITE} or later; before it, the write-ahead log could corrupt a database.`,
    expected:
      'a Node with a newer node:sqlite, or the package better-sqlite3 12 (npm install better-sqlite3)',
    got: refusals.map(({ name, reason }) => `${name}: ${reason}`).join('; '),
    cause: refusals.at(-1)?.cause,
  });
}

const byName: Readonly<Record<DriverName, () => Promise<Driver | Refusal>>> = {
  'node:sqlite': tryBuiltIn,
  'better-sqlite3': tryPackage,
};

/** Looks at the version first: the import of a module that is too old would print a warning for nothing. */
async function tryBuiltIn(): Promise<Driver | Refusal> {
  const name = 'node:sqlite';
  const version = builtInVersion();
  if (version === undefined) return { name, reason: `Node ${process.versions.node} has none` };
  if (!isNewEnough(version)) return { name, reason: tooOld(version) };
  try {
    return checked(await nodeSqlite());
  } catch (cause) {
    return { name, reason: messageOf(cause), cause };
  }
}

async function tryPackage(): Promise<Driver | Refusal> {
  try {
    return checked(await betterSqlite3());
  } catch (cause) {
    return {
      name: 'better-sqlite3',
      reason: `not installed, or it does not load: ${firstLine(cause)}`,
      cause,
    };
  }
}

function checked(driver: Driver): Driver | Refusal {
  const { name, sqliteVersion } = driver;
  return isNewEnough(sqliteVersion) ? driver : { name, reason: tooOld(sqliteVersion) };
}

function tooOld(version: string): string {
  return `it brings SQLite ${describeValue(version)}`;
}

/** Compares versions of SQLite, `3.51.3`. What is no version is older than any. */
export function isNewEnough(version: string, oldest: string = OLDEST_SQLITE): boolean {
  const found = version.split('.').map(Number);
  for (const [index, least] of oldest.split('.').map(Number).entries()) {
    const part = found[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1).join();
}
