import type { QueryHandler } from 'mortar';
import { severities } from '../../anomaly-detection/contract.js';
import { alertsByDataset } from '../application/alerts-by-dataset.js';
import type { OpenAlerts } from '../contract.js';

const MOST_OPEN = 1_000;

/** Answers `alerting.open-alerts` from the read model. */
export const answerOpenAlerts: QueryHandler<typeof OpenAlerts, 'alerting'> = async ({
  data: { limit },
  readModel,
}) => {
  const { items } = await readModel(alertsByDataset).find({ where: { isOpen: true }, limit: MOST_OPEN });
  return items
    .map(({ value: { isOpen: _, raised: _raised, ...alert } }) => alert)
    .sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity))
    .slice(0, limit);
};
