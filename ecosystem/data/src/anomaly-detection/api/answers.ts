import { type DurableApp, fail, type QueryHandler } from 'mortar';
import { anomaliesByDataset } from '../application/anomalies-by-dataset.js';
import { type Anomalies, severities } from '../contract.js';

/** Reads the read models of the app that the module is a part of, once it has started. */
export type ReadModels = () => Pick<DurableApp, 'readModel'>;

/** Answers `anomaly-detection.anomalies` from the read model. */
export function answerAnomalies(readModels: ReadModels): QueryHandler<typeof Anomalies, 'anomaly-detection'> {
  return async ({ data: { datasetId, atLeast, limit } }) => {
    const found = await readModels().readModel(anomaliesByDataset).get(datasetId);
    if (found === undefined) return fail('not-analysed', { datasetId });
    const bad = found.anomalies.filter(
      ({ severity }) => severities.indexOf(severity) >= severities.indexOf(atLeast),
    );
    return { ...found, anomalies: bad.slice(0, limit), runs: [...found.runs], notes: [...found.notes] };
  };
}
