import type { ClientOf } from 'mortar';
import type { Datasets } from '../../data-quality/contract.js';
import type { Anomaly, DetectorRun } from '../contract.js';
import { type DetectorOverrides, numbersRows, type Plan, type Profile, planOf } from '../domain/plan.js';
import { findSeries } from '../domain/series/series.js';
import { type DatasetColumns, type Job, jobsOf } from './jobs.js';
import { anomaliesOf, type Finished } from './merging.js';
import { readNumbers, readTexts } from './reading.js';
import type { DetectionRunner } from './runner.js';

/** What an analysis is made with. */
export interface AnalysisParts {
  readonly source: ClientOf<typeof Datasets>;
  readonly runner: DetectionRunner;
  readonly overrides: DetectorOverrides;
  readonly signal: AbortSignal;
}

/** What was found in a data set. The same data and settings give the same. */
export interface Analysis {
  /** The worst first. */
  readonly anomalies: readonly Anomaly[];
  readonly runs: DetectorRun[];
  readonly notes: string[];
}

/** Columns of more rows than that would not fit into the memory of a small machine. */
const MOST_ROWS = 2_000_000;
const AT_ONCE = 6;

/** Reads the columns that are worth a look, and runs all detectors that suit them. */
export async function analyse(datasetId: string, profile: Profile, parts: AnalysisParts): Promise<Analysis> {
  const rows = Math.min(profile.rows, MOST_ROWS);
  const plan = planOf(profile);
  const notes = [
    ...plan.notes,
    ...(rows < profile.rows ? [`Only the first ${rows} of ${profile.rows} rows were looked at.`] : []),
  ];
  if (plan.measures.length === 0) return { anomalies: [], runs: [], notes };
  const { measures, ...columns } = await readColumns(datasetId, plan, rows, parts.source);
  const numbers = measures.filter(({ values }) => numbersRows(values)).map(({ name }) => name);
  if (numbers.length > 0) notes.push(`Not measured, since they number the rows: ${numbers.join(', ')}.`);
  const measured = measures.filter(({ name }) => !numbers.includes(name));
  const finished = await runAll(jobsOf({ measures: measured, ...columns }, parts.overrides), parts);
  return { anomalies: anomaliesOf(finished), runs: finished.map(runOf), notes };
}

/** A few at a time, so that hundreds of series don't wait in memory of threads. Answers in the order of the jobs. */
async function runAll(jobs: readonly Job[], { runner, signal }: AnalysisParts): Promise<Finished[]> {
  const finished: Finished[] = [];
  const waiting = each(jobs);
  const runNext = async (): Promise<void> => {
    for (const [place, job] of waiting) {
      const { observations, rows, choice } = job;
      const task = { observations, ...(rows === undefined ? {} : { rows }), choice };
      finished[place] = { job, outcome: await runner.run(task, signal) };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
  return finished;
}

/** A generator ends for all who draw from it when one of them throws; the iterator of an array goes on. */
function* each(jobs: readonly Job[]): Generator<[number, Job]> {
  yield* jobs.entries();
}

async function readColumns(
  datasetId: string,
  { measures, time, groups }: Plan,
  rows: number,
  source: AnalysisParts['source'],
): Promise<DatasetColumns> {
  const names = time === undefined ? measures : [...measures, time];
  const columns = await readNumbers(source, datasetId, names, rows);
  const times = time === undefined ? undefined : columns.at(-1)?.values;
  if (times === undefined) return { measures: columns, times, series: undefined };
  const texts: { readonly texts: readonly (string | null)[] }[] = [];
  for (const group of groups) texts.push({ texts: await readTexts(source, datasetId, group, rows) });
  return { measures: columns.slice(0, -1), times, series: findSeries(times, texts) };
}

function runOf({ job, outcome }: Finished): DetectorRun {
  return {
    detector: job.choice.detector,
    columns: job.observations.columns.map(({ name }) => name),
    ...(job.series === undefined ? {} : { series: job.series }),
    judged: outcome.judged,
    outlying: outcome.outlying,
    notes: [...job.notes, ...outcome.notes],
  };
}
