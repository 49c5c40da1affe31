import { join } from 'node:path';
import { defineModule, fail, type Module, type RetryPolicy } from 'mortar';
import { decidedBy } from 'mortar/sourcing';
import { Anomalies } from '../anomaly-detection/contract.js';
import { answerQualityDetails, answerQualityReport, datasetRows } from './api/answers.js';
import { datasetsById } from './application/datasets-by-id.js';
import { objectionTo } from './application/releasing.js';
import {
  DatasetQuarantined,
  DatasetRefused,
  DatasetRegistered,
  DatasetReleased,
  Datasets,
  QualityAssessed,
  QualityCheckCompleted,
  QualityDetails,
  QualityReport,
  RegisterDataset,
  ReleaseDataset,
} from './contract.js';
import { dataset } from './domain/dataset.js';
import { Engine } from './infrastructure/engine.js';
import { FileInspector } from './infrastructure/file-inspector.js';

/** What the module is told. */
export interface DataQualityOptions {
  /** Resolves when the read model of data sets has everything that was published: while it is built anew, it lags behind. */
  readonly caughtUp: () => Promise<void>;
  /** A folder of its own, for copies of the files and what does not fit into memory. */
  readonly folder: string;
}

const retry: RetryPolicy = { attempts: 5, backoff: { kind: 'exponential', delayMs: 50, maxDelayMs: 2_000 } };
/** A file of some gigabytes takes its time. */
const TIMEOUT_MS = 30 * 60_000;

/** Registers files, profiles them, and holds them to rules. */
export function dataQuality({ caughtUp, folder }: DataQualityOptions): Module<'data-quality'> {
  const engine = new Engine(join(folder, 'scratch'));
  const inspector = new FileInspector(engine, join(folder, 'tables'));
  return defineModule('data-quality', (module) => {
    module.exposes(Datasets, QualityReport, QualityDetails, RegisterDataset, ReleaseDataset);
    module.publishes(DatasetRegistered, DatasetRefused, QualityAssessed, QualityCheckCompleted);
    module.publishes(DatasetReleased, DatasetQuarantined);
    module.asks(Anomalies);
    module.project(datasetsById);
    module.answer(QualityReport, answerQualityReport(caughtUp));
    module.answer(QualityDetails, answerQualityDetails);
    module.implement(Datasets, datasetRows(inspector));
    module.handle(RegisterDataset, async ({ data, repository, signal }) => {
      const { datasetId, path, rules } = data;
      const source = await inspector.look(path, signal);
      if (typeof source === 'string') return fail('not-readable', { datasetId, reason: source });
      const { events, state } = await repository(dataset).handle(datasetId, {
        ...{ kind: 'register', datasetId, source, rules },
      });
      const { check } = state;
      if (events.length === 0) return { outcome: 'unchanged' as const, check };
      return { outcome: check === 1 ? ('new' as const) : ('changed' as const), check };
    });
    module.handle(ReleaseDataset, async (context) => {
      const { datasetId, check, despiteAnomalies } = context.data;
      const objection = despiteAnomalies ? undefined : await objectionTo(context.data, context.tryAsk);
      const decided = decidedBy(dataset, {
        id: () => datasetId,
        command: () => ({ kind: 'release' as const, datasetId, check, objection }),
      });
      return decided(context);
    });
    module.on(
      DatasetRegistered,
      { from: 'beginning', concurrency: 2, retry, timeoutMs: TIMEOUT_MS },
      async ({ data, envelope, repository, signal }) => {
        const { datasetId, check, source, rules } = data;
        const { state } = await repository(dataset).load(datasetId);
        if (state.check !== check || state.status !== 'registered') return;
        const day = new Date(envelope.occurredAt).toISOString().slice(0, 10);
        const outcome = await inspector.assess(source, rules, day, signal);
        await repository(dataset).handle(datasetId, { kind: 'finish', datasetId, check, outcome });
      },
    );
    module.onStop(() => engine[Symbol.dispose]());
  });
}
