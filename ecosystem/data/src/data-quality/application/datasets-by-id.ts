import { projection } from 'mortar/projections';
import type { Assessment } from '../contract/report.js';
import type { Source } from '../contract/source.js';
import {
  DatasetQuarantined,
  DatasetRefused,
  DatasetRegistered,
  DatasetReleased,
  QualityAssessed,
} from '../contract.js';

/** What is known of a data set. */
export interface DatasetDocument {
  readonly datasetId: string;
  readonly status: 'registered' | 'checked' | 'released' | 'quarantined' | 'refused';
  readonly check: number;
  readonly source: Source | null;
  readonly reasons: readonly string[];
  /** The last report, and what it is of: that of an earlier check until this one is over. */
  readonly assessed: {
    readonly check: number;
    readonly source: Source;
    readonly assessment: Assessment;
  } | null;
}

/** By data set. Inline, so that whoever has registered a file, or hears of its check, finds here what that came to. */
export const datasetsById = projection('datasets-by-id', {
  placement: 'inline',
  events: [DatasetRegistered, DatasetRefused, QualityAssessed, DatasetReleased, DatasetQuarantined],
  initialState: (datasetId): DatasetDocument => ({
    datasetId,
    status: 'registered',
    check: 0,
    source: null,
    reasons: [],
    assessed: null,
  }),
  key: ({ data }) => data.datasetId,
  on: {
    'data-quality.dataset-registered': (document, { data: { check, source } }): DatasetDocument => ({
      ...document,
      ...{ status: 'registered', check, source, reasons: [] },
    }),
    'data-quality.dataset-refused': (document, { data }): DatasetDocument => ({
      ...document,
      status: 'refused',
      reasons: [data.reason],
    }),
    'data-quality.quality-assessed': (document, { data: { check, assessment } }): DatasetDocument => ({
      ...document,
      status: 'checked',
      assessed: document.source === null ? null : { check, source: document.source, assessment },
    }),
    'data-quality.dataset-released': (document): DatasetDocument => ({
      ...document,
      ...{ status: 'released', reasons: [] },
    }),
    'data-quality.dataset-quarantined': (document, { data }): DatasetDocument => ({
      ...document,
      status: 'quarantined',
      reasons: data.reasons,
    }),
  },
  indexes: ['status'],
});
