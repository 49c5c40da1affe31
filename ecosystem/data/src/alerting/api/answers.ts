import type { DurableApp, QueryHandler } from 'mortar';
import { severities } from '../../anomaly-detection/contract.js';
import { alertsByDataset } from '../application/alerts-by-dataset.js';
import type { OpenAlerts } from '../contract.js';

/** Reads the read models of the app that the module is a part of, once it has started. */
export type ReadModels = () => Pick<DurableApp, 'readModel'>;

const MOST_OPEN = 1_000;

/** Answers `alerting.open-alerts` from the read model. */
export function answerOpenAlerts(readModels: ReadModels): QueryHandler<typeof OpenAlerts, 'alerting'> {
  return async ({ data: { limit } }) => {
    const { items } = await readModels()
      .readModel(alertsByDataset)
      .find({ where: { isOpen: true }, limit: MOST_OPEN });
    return items
      .map(({ value: { isOpen: _, raised: _raised, ...alert } }) => alert)
      .sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity))
      .slice(0, limit);
  };
}
