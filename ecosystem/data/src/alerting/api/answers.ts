import type { QueryHandler } from 'mortar';
import { alertsByDataset } from '../application/alerts-by-dataset.js';
import type { OpenAlerts } from '../contract.js';

/** Answers `alerting.open-alerts` from the read model. */
export const answerOpenAlerts: QueryHandler<typeof OpenAlerts, 'alerting'> = async ({
  data: { limit },
  readModel,
}) => {
  const { items } = await readModel(alertsByDataset).find({
    where: { isOpen: true },
    sort: 'rank',
    limit,
  });
  return items.map(({ value: { isOpen: _, rank: _rank, raised: _raised, ...alert } }) => alert);
};
