import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { postgres } from '@mortar/postgres';
import { sqlite } from '@mortar/sqlite';
import { createApp, type DurableApp, MortarError } from 'mortar';
import { Client } from 'pg';
import { alerting } from '../alerting/module.js';
import { AnalysisCompleted, AnomaliesDetected } from '../anomaly-detection/contract.js';
import { anomalyDetection } from '../anomaly-detection/module.js';
import { DatasetRegistered, QualityCheckCompleted } from '../data-quality/contract.js';
import { dataQuality } from '../data-quality/module.js';
import { StoreTrouble } from './store-trouble.js';

/** The tables lie in a schema of their own. */
const SCHEMA = 'mortar_data';
const DATABASE = 'data.db';
/** Folders with copies of files and with what does not fit into memory, and how what lies in them is called. */
const copies: Readonly<Record<string, RegExp>> = { tables: /^[0-9a-f]{16}$/, scratch: /^duckdb_temp/ };

const handledEvents: ReadonlySet<string> = new Set(
  [DatasetRegistered, QualityCheckCompleted, AnalysisCompleted, AnomaliesDetected].map(({ name }) => name),
);

/** Where things are kept. */
export interface Place {
  readonly folder: string;
  readonly store: string | undefined;
}

/** The running modules, and what is counted of them in this process. */
export interface Ecosystem {
  readonly app: DurableApp;
  /** Where the database is, without a password. */
  readonly database: string;
  /** Whether an earlier run has left something. */
  readonly isKnown: boolean;
  readonly trouble: StoreTrouble;
  /** How many times a handler was called with an event. */
  handled(): number;
}

/** Starts the modules over a store. They know of each other what stands in contracts. */
export async function startEcosystem({ folder, store: url }: Place): Promise<Ecosystem> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, DATABASE);
  const isKnown = url !== undefined || existsSync(file);
  let handled = 0;
  const trouble = new StoreTrouble();
  const caughtUp = () => app.caughtUp({ projection: 'data-quality/datasets-by-id' });
  const app: DurableApp = await createApp({
    modules: [dataQuality({ caughtUp, folder }), anomalyDetection(), alerting()],
    store: url === undefined ? sqlite(file) : postgres({ url, schema: SCHEMA }),
    logger: trouble.logger,
    bus: {
      middleware: {
        handle: [
          (context, next) => {
            if (handledEvents.has(context.type)) handled += 1;
            return next(context);
          },
        ],
      },
    },
  });
  await app.start();
  const database = url === undefined ? file : shownAs(url);
  return { app, database, isKnown, trouble, handled: () => handled };
}

/** Stops the modules; at once where they have not come to their end, since what they do can be done again. */
export async function endOf(app: DurableApp, isDone: boolean): Promise<void> {
  if (isDone) await app.stop();
  else await app.stop({ timeoutMs: 0 }).catch(() => undefined); // Why they end is told by whoever ends them.
}

/**
 * Forgets everything that earlier runs have kept, and nothing else: the folder may have other things in it.
 * @throws Error where the database can't be reached; then all is as it was
 */
export async function forgetEverything({ folder, store: url }: Place): Promise<void> {
  if (url !== undefined) await dropSchema(url);
  for (const name of [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, 'report.html'])
    await rm(join(folder, name), { force: true });
  for (const [name, isOurs] of Object.entries(copies)) await forgetIn(join(folder, name), isOurs);
}

async function forgetIn(folder: string, isOurs: RegExp): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (isOurs.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  await rmdir(folder).catch(() => undefined); // Something else is in it, or it is not there.
}

async function dropSchema(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  } catch (error) {
    throw new MortarError('MORTAR_STORE_UNAVAILABLE', {
      rule: 'A database that is to be forgotten can be reached.',
      expected: `an answer of PostgreSQL at ${placeOf(url)}`,
      got: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Host, port and database of a URL, without whoever connects. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'the URL of --store';
  const { host, pathname } = new URL(url);
  return host + pathname;
}

/** A URL may have a password in its options, too, so these are left out. */
function shownAs(url: string): string {
  const user = URL.canParse(url) ? new URL(url).username : '';
  return `postgres://${user === '' ? '' : `${user}@`}${placeOf(url)} (schema ${SCHEMA})`;
}
