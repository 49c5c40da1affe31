import { fail, type QueryHandler } from 'mortar';
import { anomaliesByDataset } from '../application/anomalies-by-dataset.js';
import { type Anomalies, severities } from '../contract.js';

/** Answers `anomaly-detection.anomalies` from the read model. */
export const answerAnomalies: QueryHandler<typeof Anomalies, 'anomaly-detection'> = async ({
  data: { datasetId, atLeast, limit },
  readModel,
}) => {
  const found = await readModel(anomaliesByDataset).get(datasetId);
  if (found === undefined) return fail('not-analysed', { datasetId });
  const bad = found.anomalies.filter(
    ({ severity }) => severities.indexOf(severity) >= severities.indexOf(atLeast),
  );
  return { ...found, anomalies: bad.slice(0, limit), runs: [...found.runs], notes: [...found.notes] };
};
