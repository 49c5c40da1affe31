import { event, query } from 'mortar';
import { z } from 'zod';

const datasetId = z.string().min(1).max(200);
/** The number of a check of its data set, from 1. */
const check = z.int().min(1);

/** From least to worst. */
export const severities = ['low', 'medium', 'high', 'critical'] as const;
export const severity = z.enum(severities);
export type Severity = z.output<typeof severity>;

/** Why one algorithm takes a row for unusual. */
export const reason = z.object({
  detector: z.enum([
    'z-score',
    'robust-z-score',
    'interquartile-range',
    'seasonal-window',
    'isolation-forest',
    'local-outlier-factor',
  ]),
  /** `null` for a value that is infinite. */
  score: z.number().nullable(),
  threshold: z.number(),
  /** A sentence with the values. */
  text: z.string(),
});

/** A row that stands out, by one column or as a whole. */
export const anomaly = z.object({
  /** From 0, in the order of the data set. */
  row: z.int().min(0),
  /** One, or those of a table that make the row stand out, the first of them most. */
  columns: z.array(z.string()).min(1),
  /** Of each of these columns; `null` where it is missing or infinite. */
  values: z.array(z.number().nullable()),
  /** Where rows follow time and that of this one is known: milliseconds since the Unix epoch. */
  time: z.number().optional(),
  /** Of one of several time series in a data set: which. */
  series: z.string().optional(),
  severity,
  reasons: z.array(reason).min(1),
});
export type Anomaly = z.output<typeof anomaly>;

/** What was looked for, and where. */
export const detectorRun = z.object({
  detector: reason.shape.detector,
  columns: z.array(z.string()),
  series: z.string().optional(),
  /** Rows that were judged, and those of them that stand out. */
  judged: z.int().min(0),
  outlying: z.int().min(0),
  /** What the run does not cover, or what was done to the values first. */
  notes: z.array(z.string()),
});
export type DetectorRun = z.output<typeof detectorRun>;

/** A data set was looked at; what was found, if anything, is in `AnomaliesDetected`. */
export const AnalysisCompleted = event('anomaly-detection.analysis-completed', {
  data: z.object({
    datasetId,
    /** The quality check that it follows. */
    check,
    rows: z.int().min(0),
    anomalies: z.int().min(0),
    runs: z.array(detectorRun),
    notes: z.array(z.string()),
  }),
  key: (data) => data.datasetId,
});

/** Rows stand out. Published with the priority `critical` where `severity` is that. */
export const AnomaliesDetected = event('anomaly-detection.anomalies-detected', {
  data: z.object({
    datasetId,
    check,
    /** Of the worst of them. */
    severity,
    /** How many there are; `anomalies` has the worst ones. */
    total: z.int().min(1),
    anomalies: z.array(anomaly).min(1).max(200),
  }),
  key: (data) => data.datasetId,
});

/** The anomalies of a data set at its last check, the worst first. */
export const Anomalies = query('anomaly-detection.anomalies', {
  data: z.object({
    datasetId,
    /** `low` unless said. */
    atLeast: severity.default('low'),
    /** 50 unless said; there are no more than the hundred that `AnomaliesDetected` tells of. */
    limit: z.int().min(1).max(200).default(50),
  }),
  result: z.object({
    datasetId,
    check,
    rows: z.int().min(0),
    /** How many there are of any severity. */
    total: z.int().min(0),
    anomalies: z.array(anomaly),
    runs: z.array(detectorRun),
    notes: z.array(z.string()),
  }),
  failures: { 'not-analysed': z.object({ datasetId }) },
});
