import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { postgres } from '@mortar/postgres';
import { sqlite } from '@mortar/sqlite';
import { createApp, type DurableApp } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { Client } from 'pg';
import { alerting } from '../alerting/module.js';
import { AnalysisCompleted, AnomaliesDetected } from '../anomaly-detection/contract.js';
import { anomalyDetection } from '../anomaly-detection/module.js';
import { DatasetRegistered, QualityCheckCompleted } from '../data-quality/contract.js';
import { dataQuality } from '../data-quality/module.js';

/** The tables lie in a schema of their own. */
const SCHEMA = 'mortar_data';
const DATABASE = 'data.db';

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
  /** How many times a handler was called with an event. */
  handled(): number;
}

/** Starts the modules over a store. They know of each other what stands in contracts. */
export async function startEcosystem({ folder, store: url }: Place): Promise<Ecosystem> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, DATABASE);
  const isKnown = url !== undefined || existsSync(file);
  let handled = 0;
  const caughtUp = () => app.caughtUp({ projection: 'data-quality/datasets-by-id' });
  const app: DurableApp = await createApp({
    modules: [dataQuality({ caughtUp, folder }), anomalyDetection(), alerting()],
    store: url === undefined ? sqlite(file) : postgres({ url, schema: SCHEMA }),
    logger: silentLogger,
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
  return { app, database: url === undefined ? file : withoutPassword(url), isKnown, handled: () => handled };
}

/** Forgets everything that earlier runs have kept. */
export async function forgetEverything({ folder, store: url }: Place): Promise<void> {
  for (const name of [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, 'tables', 'scratch', 'report.html'])
    await rm(join(folder, name), { recursive: true, force: true });
  if (url === undefined) return;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  } finally {
    await client.end();
  }
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return `${shown.href} (schema ${SCHEMA})`;
}
