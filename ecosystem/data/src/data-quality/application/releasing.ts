import type { DataOf, RequestContext } from 'mortar';
import { Anomalies } from '../../anomaly-detection/contract.js';
import type { ReleaseDataset } from '../contract.js';
import type { Objection } from '../domain/dataset.js';

/**
 * What anomaly detection has to say against releasing a data set at a check: what it has found is no part of the report that
 * somebody has looked at.
 */
export async function objectionTo(
  { datasetId, check }: DataOf<typeof ReleaseDataset>,
  tryAsk: RequestContext<typeof ReleaseDataset>['tryAsk'],
): Promise<Objection | undefined> {
  const found = await tryAsk(Anomalies, { datasetId, atLeast: 'critical', limit: 1 });
  if (!found.ok || found.value.check !== check) return { kind: 'not-analysed' };
  const [worst] = found.value.anomalies;
  return worst && { kind: 'critical-anomalies', worst: worst.reasons[0]?.text ?? '' };
}
