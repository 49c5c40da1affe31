import { type DataOf, defineModule, type Module, type RetryPolicy } from 'mortar';
import { decidedBy } from 'mortar/sourcing';
import {
  AnalysisCompleted,
  AnomaliesDetected,
  type Severity,
  severities,
} from '../anomaly-detection/contract.js';
import { answerOpenAlerts } from './api/answers.js';
import { alertsByDataset } from './application/alerts-by-dataset.js';
import { AcknowledgeAlert, AlertClosed, AlertRaised, OpenAlerts } from './contract.js';
import { type Alert, alertIdOf, watch } from './domain/watch.js';

/** What the module is told. */
export interface AlertingOptions {
  /** Anomalies less bad than that raise no alert; `high` unless said. */
  readonly atLeast?: Severity;
}

const retry: RetryPolicy = { attempts: 10, backoff: { kind: 'exponential', delayMs: 10, maxDelayMs: 1_000 } };

/** Keeps one open alert for each data set whose last check has found something bad. */
export function alerting({ atLeast = 'high' }: AlertingOptions = {}): Module<'alerting'> {
  return defineModule('alerting', (module) => {
    module.publishes(AlertRaised, AlertClosed);
    module.project(alertsByDataset);
    module.answer(OpenAlerts, answerOpenAlerts);
    module.handle(
      AcknowledgeAlert,
      decidedBy(watch, {
        id: ({ datasetId }) => datasetId,
        command: ({ datasetId }) => ({ kind: 'acknowledge' as const, datasetId }),
      }),
    );

    // One subscription for both, which keeps their order for each data set: what an earlier analysis has found, and could not be
    // handled at once, would else come after a later one that has found nothing.
    module.on(
      [AnalysisCompleted, AnomaliesDetected],
      { name: 'alerting/analyses', retry, from: 'beginning' },
      async (context) => {
        const { datasetId, check } = context.data;
        const alerts = context.repository(watch);
        if (context.type === 'anomaly-detection.analysis-completed')
          await alerts.handle(datasetId, { kind: 'clear', check });
        else if (severities.indexOf(context.data.severity) >= severities.indexOf(atLeast))
          await alerts.handle(datasetId, { kind: 'raise', check, alert: alertOf(context.data) });
      },
    );
  });
}

function alertOf({ datasetId, check, severity, total, anomalies }: DataOf<typeof AnomaliesDetected>): Alert {
  const message = anomalies[0]?.reasons[0]?.text ?? '';
  return { alertId: alertIdOf(datasetId, check), datasetId, severity, anomalies: total, message };
}
