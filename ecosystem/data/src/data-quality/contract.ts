import { command, event, port, query } from 'mortar';
import { z } from 'zod';
import { assessment, rule } from './contract/report.js';
import { source } from './contract/source.js';

const datasetId = z.string().min(1).max(200);
/** The number of a check of its data set, from 1. */
const check = z.int().min(1);

const PAGE_MS = 120_000;

/** A column as the profile has found it. */
export const columnProfile = z.object({
  name: z.string(),
  type: z.enum(['integer', 'number', 'date', 'boolean', 'text']),
  /** Rows without a value. */
  missing: z.int().min(0),
  /** How many different values there are, about. */
  distinct: z.int().min(0),
});

/** A file was seen for the first time, or with other contents or rules than before. `check` numbers that. */
export const DatasetRegistered = event('data-quality.dataset-registered', {
  data: z.object({ datasetId, check, source, rules: z.array(rule) }),
  key: (data) => data.datasetId,
});

/** The file can't be read as a table, for a reason that a person can act on. */
export const DatasetRefused = event('data-quality.dataset-refused', {
  data: z.object({
    datasetId,
    check,
    reason: z.string(),
    /** The file was another one when it was read, so that nothing is known of what was registered: it may be checked again. */
    hasChanged: z.literal(true).optional(),
  }),
  key: (data) => data.datasetId,
});

/** What a check has found, in full. Comes before `QualityCheckCompleted`. */
export const QualityAssessed = event('data-quality.quality-assessed', {
  data: z.object({ datasetId, check, assessment }),
  key: (data) => data.datasetId,
});

export const QualityCheckCompleted = event('data-quality.quality-check-completed', {
  data: z.object({ datasetId, check }),
  key: (data) => data.datasetId,
});

export const QualityReport = query('data-quality.quality-report', {
  data: z.object({ datasetId }),
  result: z.object({
    datasetId,
    check,
    rows: z.int().min(0),
    columns: z.array(columnProfile),
  }),
  failures: { 'not-checked': z.object({ datasetId }) },
});

/** The data set is good enough to be used. */
export const DatasetReleased = event('data-quality.dataset-released', {
  data: z.object({ datasetId, check, overall: z.number() }),
  key: (data) => data.datasetId,
});

/** The data set should not be used before somebody has looked. */
export const DatasetQuarantined = event('data-quality.dataset-quarantined', {
  data: z.object({ datasetId, check, overall: z.number(), reasons: z.array(z.string()).min(1) }),
  key: (data) => data.datasetId,
});

/** Registers a file; it is checked afterwards, unless it is as it was at the last check. */
export const RegisterDataset = command('data-quality.register-dataset', {
  data: z.object({
    datasetId,
    /** Absolute. */
    path: z.string().min(1),
    /** Beside those that follow from the data. */
    rules: z.array(rule).max(500).default([]),
  }),
  result: z.object({ outcome: z.enum(['new', 'changed', 'unchanged']), check }),
  failures: { 'not-readable': z.object({ datasetId, reason: z.string() }) },
});

/** Somebody has looked at a data set in quarantine, and lets it be used. */
export const ReleaseDataset = command('data-quality.release-dataset', {
  data: z.object({
    datasetId,
    /** The check that they have looked at: a file that has changed since then is another one. */
    check,
    /** Whatever anomaly detection has found, or has not looked at yet. */
    despiteAnomalies: z.boolean().default(false),
  }),
  failures: {
    'not-quarantined': z.object({ datasetId }),
    'not-analysed': z.object({ datasetId }),
    'critical-anomalies': z.object({ datasetId, /** A sentence on the worst of them. */ worst: z.string() }),
  },
});

/** All that is known of a data set at its last check. */
export const QualityDetails = query('data-quality.quality-details', {
  data: z.object({ datasetId }),
  result: z.object({
    datasetId,
    check,
    status: z.enum(['registered', 'checked', 'released', 'quarantined', 'refused']),
    source,
    /** Of `quarantined` and `refused`. */
    reasons: z.array(z.string()),
    assessment: assessment.nullable(),
  }),
  failures: { 'not-registered': z.object({ datasetId }) },
});

const page = z.object({
  datasetId,
  columns: z.array(z.string()).min(1).max(100),
  /** Rows to pass over. */
  offset: z.int().min(0),
  /** Rows at most. A page has fewer where more would be too much for one answer, so go on after the last row that came. */
  limit: z.int().min(1),
});

/** The rows of registered data sets, in one and the same order at each call; only a page after the last row has none. */
export const Datasets = port('data-quality.datasets', {
  /**
   * Numbers, dates as milliseconds since the Unix epoch: for each column the bytes of doubles, in the order of the machine, `NaN` for
   * what is missing or no number.
   */
  numbers: {
    data: page,
    result: z.object({ columns: z.array(z.instanceof(Uint8Array)) }),
    isIdempotent: true,
    timeoutMs: PAGE_MS,
  },
  texts: {
    data: page,
    result: z.object({ columns: z.array(z.array(z.string().nullable())) }),
    isIdempotent: true,
    timeoutMs: PAGE_MS,
  },
});
