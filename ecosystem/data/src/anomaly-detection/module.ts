import { defineModule, type Module, MortarError, type RetryPolicy } from 'mortar';
import { Datasets, QualityCheckCompleted, QualityReport } from '../data-quality/contract.js';
import { answerAnomalies } from './api/answers.js';
import { analyse } from './application/analysis.js';
import { anomaliesByDataset } from './application/anomalies-by-dataset.js';
import { AnalysisCompleted, Anomalies, AnomaliesDetected } from './contract.js';
import { checkOverrides, type DetectorOverrides } from './domain/plan.js';
import { DetectionThreads } from './infrastructure/detection-threads.js';

/** What the module is told. */
export interface AnomalyDetectionOptions {
  /** Settings of detectors for all data sets; `false` leaves one out. */
  readonly detectors?: DetectorOverrides;
}

const retry: RetryPolicy = { attempts: 5, backoff: { kind: 'exponential', delayMs: 100, maxDelayMs: 5_000 } };

/** How many anomalies an event tells of. */
const MOST_TOLD = 100;

/**
 * Looks for what is unusual in each data set whose quality was checked.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for settings of a detector that are out of their bounds
 */
export function anomalyDetection({
  detectors = {},
}: AnomalyDetectionOptions = {}): Module<'anomaly-detection'> {
  checkOverrides(detectors);
  return defineModule('anomaly-detection', (module) => {
    module.exposes(Anomalies);
    module.publishes(AnalysisCompleted, AnomaliesDetected);
    module.asks(QualityReport);
    module.uses(Datasets, { retry: { attempts: 3 } });
    module.factory(DetectionThreads, [], () => new DetectionThreads());
    module.project(anomaliesByDataset);
    module.answer(Anomalies, answerAnomalies);
    module.on(
      QualityCheckCompleted,
      { from: 'beginning', concurrency: 2, retry },
      [Datasets, DetectionThreads],
      async ({ data: { datasetId, check }, ask, publish, signal }, source, runner) => {
        const report = await ask(QualityReport, { datasetId });
        // The data set was checked again meanwhile: its rows are others, and another event tells of them.
        if (report.check > check) return;
        if (report.check < check) throw behind(report.check, check);
        const analysis = await analyse(datasetId, report, { source, runner, overrides: detectors, signal });
        const { anomalies, runs, notes } = analysis;
        const [worst] = anomalies;
        const about = { datasetId, check };
        await publish(AnalysisCompleted, {
          ...about,
          rows: report.rows,
          anomalies: anomalies.length,
          runs,
          notes,
        });
        if (worst === undefined) return;
        const { severity } = worst;
        await publish(
          AnomaliesDetected,
          { ...about, severity, total: anomalies.length, anomalies: anomalies.slice(0, MOST_TOLD) },
          { priority: severity === 'critical' ? 'critical' : 'normal' },
        );
      },
    );
  });
}

/** A report that is not there yet will be, so the attempt is made again. */
function behind(got: number, wanted: number): MortarError {
  return new MortarError('MORTAR_OUTSIDE_FAILED', {
    rule: 'The report of a quality check can be read once the check is completed.',
    expected: `the report of check ${wanted}`,
    got: `that of check ${got}`,
  });
}
