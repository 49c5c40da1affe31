import type { Column, Observations } from '../domain/detector.js';
import { columnChoices, type DetectorOverrides, seriesChoices, tableChoices } from '../domain/plan.js';
import type { Series } from '../domain/series/series.js';
import type { DetectorChoice } from '../domain/settings.js';
import { evenSample, isMostlyOneValue } from '../domain/shape.js';

/** Observations to look at with one algorithm, and where they come from. */
export interface Job {
  /** All rows of the data set, in memory that threads share. */
  readonly observations: Observations;
  readonly choice: DetectorChoice;
  /** Those that are looked at, in that order; absent where it is all of them. Threads pick them. */
  readonly rows?: Int32Array;
  /** Which of several series. */
  readonly series?: string;
  /** When each row of the data set was, where its rows follow time; `NaN` where that is not known. */
  readonly times?: Float64Array;
  readonly notes: readonly string[];
}

/** The columns of a data set, as they were read. */
export interface DatasetColumns {
  readonly measures: readonly Column[];
  readonly times: Float64Array | undefined;
  /** Absent where its rows follow no time. */
  readonly series: readonly Series[] | undefined;
}

const FEWEST_ROWS_OF_TABLE = 32;
const MOST_ROWS_OF_TABLE = 50_000;

/**
 * What to look at: columns that follow time as series, others by themselves, and, where there are several, each row as a whole.
 * Values of a series go up and down with time, so that one that is far from all others says little.
 */
export function jobsOf({ measures, times, series }: DatasetColumns, overrides: DetectorOverrides): Job[] {
  const jobs = measures.flatMap((column) =>
    series === undefined || times === undefined || isMostlyOneValue(column.values)
      ? columnJobs(column, overrides)
      : seriesJobs({ columns: [column], times }, series, overrides),
  );
  const all = [...jobs, ...tableJobs(measures, overrides)];
  return series === undefined || times === undefined ? all : all.map((job) => ({ ...job, times }));
}

function columnJobs(column: Column, overrides: DetectorOverrides): Job[] {
  return columnChoices(overrides).map((choice) => ({
    observations: { columns: [column] },
    choice,
    notes: [],
  }));
}

function seriesJobs(
  observations: Observations,
  series: readonly Series[],
  overrides: DetectorOverrides,
): Job[] {
  return series.flatMap(({ name, rows }) =>
    seriesChoices(overrides).map((choice) => ({
      observations,
      choice,
      ...(rows === undefined ? {} : { rows }),
      ...(name === undefined ? {} : { series: name }),
      notes: [],
    })),
  );
}

function tableJobs(columns: readonly Column[], overrides: DetectorOverrides): Job[] {
  const count = columns[0]?.values.length ?? 0;
  if (columns.length < 2 || count < FEWEST_ROWS_OF_TABLE) return [];
  const rows = evenSample(count, MOST_ROWS_OF_TABLE);
  const observations = { columns };
  const notes =
    rows === undefined ? [] : [`${rows.length} of ${count} rows were looked at, at even distances.`];
  return tableChoices(overrides).map((choice) => ({
    observations,
    choice,
    ...(rows === undefined ? {} : { rows }),
    notes,
  }));
}
