import { describe, expect, it } from 'vitest';
import { jobsOf } from '../../../src/anomaly-detection/application/jobs.js';
import { anomaliesOf, type Finished } from '../../../src/anomaly-detection/application/merging.js';
import { anomaly } from '../../../src/anomaly-detection/contract.js';
import type { Column, Finding } from '../../../src/anomaly-detection/domain/detector.js';
import { findSeries } from '../../../src/anomaly-detection/domain/series/series.js';
import type { DetectorName } from '../../../src/anomaly-detection/domain/settings.js';
import { evenSample, pick } from '../../../src/anomaly-detection/domain/shape.js';
import { normal } from './tables.js';

const column = (name: string, values: readonly number[] = [10, 20, 30, 40]): Column => ({
  name,
  values: Float64Array.from(values),
});

interface Given {
  readonly detector?: DetectorName;
  readonly columns?: readonly Column[];
  readonly rows?: readonly number[];
  readonly times?: readonly number[];
  readonly series?: string;
  readonly findings: readonly (Partial<Finding> & { readonly row: number })[];
}

function finished({
  detector = 'z-score',
  columns = [column('a')],
  rows,
  times,
  series,
  findings,
}: Given): Finished {
  return {
    job: {
      observations: { columns },
      ...(times === undefined ? {} : { times: Float64Array.from(times) }),
      choice: { detector },
      ...(rows === undefined ? {} : { rows: Int32Array.from(rows) }),
      ...(series === undefined ? {} : { series }),
      notes: [],
    },
    outcome: {
      threshold: 3,
      judged: 4,
      outlying: findings.length,
      findings: findings.map((finding) => ({
        columns: ['a'],
        score: 4,
        degree: 1.2,
        reason: 'Odd.',
        ...finding,
      })),
      notes: [],
    },
  };
}

describe('what detectors have found', () => {
  it('of one value is one anomaly with a reason each, worse than one of them alone', () => {
    const found = anomaliesOf([
      finished({ detector: 'z-score', findings: [{ row: 1 }] }),
      finished({ detector: 'robust-z-score', findings: [{ row: 1 }, { row: 2 }] }),
    ]);
    expect(found).toMatchObject([
      { row: 1, severity: 'medium', reasons: [{ detector: 'z-score' }, { detector: 'robust-z-score' }] },
      { row: 2, severity: 'low', reasons: [{ detector: 'robust-z-score' }] },
    ]);
  });

  it('of a value and of its row as a whole are two anomalies', () => {
    const [a, b] = [column('a'), column('b')];
    const found = anomaliesOf([
      finished({ findings: [{ row: 1 }] }),
      finished({
        detector: 'isolation-forest',
        columns: [a, b],
        findings: [{ row: 1, columns: ['b', 'a'] }],
      }),
    ]);
    expect(found.map(({ columns, values }) => [columns, values])).toEqual([
      [['a'], [20]],
      [
        ['b', 'a'],
        [20, 20],
      ],
    ]);
  });

  it('of two columns of a row are two anomalies', () => {
    const found = anomaliesOf([
      finished({ findings: [{ row: 1 }] }),
      finished({ columns: [column('b')], findings: [{ row: 1, columns: ['b'] }] }),
    ]);
    expect(found).toHaveLength(2);
  });

  it('is told by the row of the data set, with its value and time, where only some rows were looked at', () => {
    const [found] = anomaliesOf([
      finished({ rows: [3, 1], times: [100, 200, 300, 400], series: 'north', findings: [{ row: 0 }] }),
    ]);
    expect(found).toMatchObject({ row: 3, values: [40], time: 400, series: 'north' });
  });

  it('has no time where that of its row is not known', () => {
    const [found] = anomaliesOf([finished({ times: [100, Number.NaN, 300, 400], findings: [{ row: 1 }] })]);
    expect(found).not.toHaveProperty('time');
  });

  it('stands in order: by severity, by the worst degree, by row, by column', () => {
    const found = anomaliesOf([
      finished({
        findings: [
          { row: 2, degree: 1.5 },
          { row: 1, degree: 1.5 },
          { row: 0, degree: 9 },
          { row: 3, degree: Number.POSITIVE_INFINITY, score: Number.POSITIVE_INFINITY },
        ],
      }),
      finished({ columns: [column('A')], findings: [{ row: 1, degree: 1.5, columns: ['A'] }] }),
    ]);
    expect(found.map(({ row, columns, severity }) => `${severity} ${row} ${columns.join()}`)).toEqual([
      ...['critical 3 a', 'high 0 a', 'low 1 A', 'low 1 a', 'low 2 a'],
    ]);
  });

  it('can stand in an event whatever the numbers are', () => {
    const odd = column('a', [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e308]);
    const found = anomaliesOf([
      finished({
        columns: [odd],
        findings: [0, 1, 2, 3].map((row) => ({ row, score: Number.POSITIVE_INFINITY })),
      }),
    ]);
    for (const one of found) expect(anomaly.safeParse(JSON.parse(JSON.stringify(one))).error).toBeUndefined();
    expect(found.find(({ row }) => row === 1)).toMatchObject({ values: [null], reasons: [{ score: null }] });
  });

  it('is nothing where nothing was found', () => {
    expect(anomaliesOf([])).toEqual([]);
    expect(anomaliesOf([finished({ findings: [] })])).toEqual([]);
  });
});

describe('jobs', () => {
  const rows = 40;
  const measures = [column('a', normal(rows, 1)), column('b', normal(rows, 2))];
  const times = Float64Array.from({ length: rows }, (_, row) => row);
  const kinds = (jobs: ReturnType<typeof jobsOf>) =>
    jobs.map(
      ({ choice: { detector }, observations: { columns } }) =>
        `${detector} ${columns.map(({ name }) => name).join()}`,
    );

  it('look at each column by three detectors, and at rows by two', () => {
    expect(kinds(jobsOf({ measures, times: undefined, series: undefined }, {}))).toEqual([
      ...['z-score a', 'robust-z-score a', 'interquartile-range a'],
      ...['z-score b', 'robust-z-score b', 'interquartile-range b'],
      ...['isolation-forest a,b', 'local-outlier-factor a,b'],
    ]);
  });

  it('look at series in place of columns, without a copy of what is read', () => {
    const jobs = jobsOf({ measures, times, series: findSeries(times, []) }, {});
    expect(kinds(jobs)).toEqual([
      'seasonal-window a',
      'seasonal-window b',
      'isolation-forest a,b',
      'local-outlier-factor a,b',
    ]);
    expect(jobs[0]?.observations.columns[0]?.values).toBe(measures[0]?.values);
    expect(jobs[0]?.observations.times).toBe(times);
    // Whatever finds something, it is told when that was.
    expect(jobs.every((job) => job.times === times)).toBe(true);
    expect(jobs.map((job) => job.rows)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('take columns that are mostly one value for columns, even in a series', () => {
    const rain = column(
      'rain',
      Array.from({ length: rows }, (_, row) => (row % 5 === 0 ? row : 0)),
    );
    expect(kinds(jobsOf({ measures: [rain], times, series: findSeries(times, []) }, {}))).toEqual([
      ...['z-score rain', 'robust-z-score rain', 'interquartile-range rain'],
    ]);
  });

  it('leave out rows as a whole where there is one column, or few rows', () => {
    const few = measures.map(({ name, values }) => ({ name, values: values.slice(0, 31) }));
    expect(
      kinds(jobsOf({ measures: measures.slice(0, 1), times: undefined, series: undefined }, {})),
    ).toHaveLength(3);
    expect(kinds(jobsOf({ measures: few, times: undefined, series: undefined }, {}))).toHaveLength(6);
    expect(jobsOf({ measures: [], times: undefined, series: undefined }, {})).toEqual([]);
  });

  it('leave out the detectors that nobody wants', () => {
    const overrides = { 'z-score': false, 'robust-z-score': false, 'local-outlier-factor': false } as const;
    expect(kinds(jobsOf({ measures, times: undefined, series: undefined }, overrides))).toEqual([
      ...['interquartile-range a', 'interquartile-range b', 'isolation-forest a,b'],
    ]);
  });

  it('look at a sample of a very long table, and say so', () => {
    const long = ['a', 'b'].map((name) => ({
      name,
      values: new Float64Array(120_000).map((_, row) => row % 977),
    }));
    const jobs = jobsOf({ measures: long, times: undefined, series: undefined }, {});
    const [forest] = jobs.slice(-2);
    expect([forest?.rows?.length, forest?.notes]).toEqual([
      50_000,
      ['50000 of 120000 rows were looked at, at even distances.'],
    ]);
    expect(forest?.observations.columns[0]?.values).toBe(long[0]?.values);
  });
});

describe('rows that are picked', () => {
  it('are those that were asked for, of columns and times', () => {
    const picked = pick(
      { columns: [column('a')], times: Float64Array.of(1, 2, 3, 4) },
      Int32Array.of(3, 0, 3),
    );
    expect([...(picked.columns[0]?.values ?? [])]).toEqual([40, 10, 40]);
    expect([...(picked.times ?? [])]).toEqual([4, 1, 4]);
    expect(pick({ columns: [] }, Int32Array.of(1))).toEqual({ columns: [] });
  });

  it.each([
    [10, 3],
    [50_001, 50_000],
    [1_000_000, 7],
  ])('%i rows, %i of them: are all different, ascending, and spread over the whole', (rows, most) => {
    const sample = [...(evenSample(rows, most) ?? [])];
    expect(sample).toHaveLength(most);
    expect(sample.every((row, place) => place === 0 || row > (sample[place - 1] ?? 0))).toBe(true);
    expect([sample[0], (sample.at(-1) ?? 0) >= rows - Math.ceil(rows / most)]).toEqual([0, true]);
  });
});

describe('series', () => {
  it('of all rows in their order name no rows, so that nothing is copied', () => {
    expect(findSeries(Float64Array.of(1, 2, 3), [])).toEqual([{ name: undefined, rows: undefined }]);
  });

  it('leave out rows without a time', () => {
    expect(findSeries(Float64Array.of(1, Number.NaN, 3), [])).toEqual([
      { name: undefined, rows: Int32Array.of(0, 2) },
    ]);
  });

  it('are told apart by a text that is missing too', () => {
    expect(findSeries(Float64Array.of(1, 1, 2, 2), [{ texts: ['a', null, 'a', null] }])).toEqual([
      { name: '', rows: Int32Array.of(1, 3) },
      { name: 'a', rows: Int32Array.of(0, 2) },
    ]);
  });
});
