import { command, event, query } from 'mortar';
import { z } from 'zod';
import { severity } from '../anomaly-detection/contract.js';

const alertId = z.string().min(1).max(250);

/** What an alert says. */
const alert = z.object({
  /** `<data set>/<check>`. */
  alertId,
  datasetId: z.string(),
  severity,
  /** How many anomalies there are. */
  anomalies: z.int().min(1),
  /** A sentence on the worst of them. */
  message: z.string(),
});

export const AlertRaised = event('alerting.alert-raised', {
  data: alert,
  key: (data) => data.datasetId,
  description: 'Anomalies of a data set want somebody to look.',
});

/** The data set was checked again, or somebody has looked. */
export const AlertClosed = event('alerting.alert-closed', {
  data: z.object({ alertId, datasetId: z.string(), because: z.enum(['acknowledged', 'superseded']) }),
  key: (data) => data.datasetId,
});

export const AcknowledgeAlert = command('alerting.acknowledge-alert', {
  data: z.object({ datasetId: z.string() }),
  failures: { 'no-open-alert': z.object({ datasetId: z.string() }) },
});

/** Open alerts, the worst first. */
export const OpenAlerts = query('alerting.open-alerts', {
  data: z.object({ /** 50 unless said. */ limit: z.int().min(1).max(200).default(50) }),
  result: z.array(alert),
});
