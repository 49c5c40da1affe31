import { sqlite } from '@mortar/sqlite';
import { createApp, type DurableApp } from 'mortar';
import type { Logger } from 'mortar/logging';
import { silentLogger } from 'mortar/logging';
import { alerting } from '../../../dist/alerting/module.js';
import { type AnomalyDetectionOptions, anomalyDetection } from '../../../dist/anomaly-detection/module.js';
import { type CheckedTables, checkedTables } from './checked-tables.js';

/** How such an app differs from what is usual. */
export interface Variation extends Pick<AnomalyDetectionOptions, 'detectors'> {
  readonly logger?: Logger;
}

/** Starts an app of the modules over a file. */
export async function startApp(
  file: string,
  tables: CheckedTables,
  variation: Variation = {},
): Promise<DurableApp> {
  const { logger = silentLogger, ...options } = variation;
  const app = await createApp({
    modules: [checkedTables(tables), anomalyDetection(options), alerting()],
    store: sqlite(file, { durability: 'relaxed', pollMs: 5 }),
    logger,
  });
  await app.start();
  return app;
}
