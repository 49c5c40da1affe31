import { defineModule, type Module, type RetryPolicy } from 'mortar';
import { decidedBy } from 'mortar/sourcing';
import {
  AnalysisCompleted,
  AnomaliesDetected,
  type Severity,
  severities,
} from '../anomaly-detection/contract.js';
import { answerOpenAlerts, type ReadModels } from './api/answers.js';
import { alertsByDataset } from './application/alerts-by-dataset.js';
import { AcknowledgeAlert, AlertClosed, AlertRaised, OpenAlerts } from './contract.js';
import { alertIdOf, watch } from './domain/watch.js';

/** What the module is told. */
export interface AlertingOptions {
  /** Gives the app, for the answers of its query. */
  readonly readModels: ReadModels;
  /** Anomalies less bad than that raise no alert; `high` unless said. */
  readonly atLeast?: Severity;
}

const retry: RetryPolicy = { attempts: 10, backoff: { kind: 'exponential', delayMs: 10, maxDelayMs: 1_000 } };

/** Keeps one open alert for each data set whose last check has found something bad. */
export function alerting({ readModels, atLeast = 'high' }: AlertingOptions): Module<'alerting'> {
  return defineModule('alerting', (module) => {
    module.publishes(AlertRaised, AlertClosed);
    module.project(alertsByDataset);
    module.answer(OpenAlerts, answerOpenAlerts(readModels));
    module.handle(
      AcknowledgeAlert,
      decidedBy(watch, {
        id: ({ datasetId }) => datasetId,
        command: ({ datasetId }) => ({ kind: 'acknowledge' as const, datasetId }),
      }),
    );

    module.on(AnomaliesDetected, { retry, from: 'beginning' }, async ({ data, repository }) => {
      const { datasetId, check, severity, total, anomalies } = data;
      if (severities.indexOf(severity) < severities.indexOf(atLeast)) return;
      const message = anomalies[0]?.reasons[0]?.text ?? '';
      const alert = { alertId: alertIdOf(datasetId, check), datasetId, severity, anomalies: total, message };
      await repository(watch).handle(datasetId, { kind: 'raise', check, alert });
    });

    // What is closed belongs to an earlier check, so it does not matter which of the two events comes first.
    module.on(AnalysisCompleted, { retry, from: 'beginning' }, async ({ data, repository }) => {
      const { datasetId, check } = data;
      await repository(watch).handle(datasetId, { kind: 'clear', check });
    });
  });
}
