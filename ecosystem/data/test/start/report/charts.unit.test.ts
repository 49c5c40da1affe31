import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { DatasetOverview } from '../../../src/start/overview.js';
import { barsOf, chartsOf, drawing } from '../../../src/start/report/charts.js';
import { columnOf } from '../../data-quality/life/samples.js';
import { anomalyOf, datasetOf, overviewOf } from './samples.js';

interface Chart {
  readonly data: { readonly labels?: string[]; readonly datasets: { label: string; data: unknown[] }[] };
  readonly options: { readonly scales: Record<string, { labels?: string[]; ticks?: object }> };
  readonly hasTimes?: boolean;
}

/** A chart of a run with one data set. */
function chartIn(dataset: DatasetOverview, name: string): Chart | undefined {
  const charts = chartsOf(overviewOf([dataset]));
  // It has come out as plain data, so that it may be read as such.
  return charts[name] === undefined ? undefined : JSON.parse(JSON.stringify(charts[name]));
}

describe('the chart of scores', () => {
  it('has a group for each data set with a report, and a gap where a dimension has no score', () => {
    const datasets = [datasetOf({ title: 'a' }), datasetOf({ title: 'b', status: 'refused' })];
    const chart = chartsOf(overviewOf(datasets))['scores'] as Chart;
    expect(chart.data.labels).toEqual(['a']);
    const shares = chart.data.datasets.map(({ label, data }) => [label, data[0]]);
    expect(Object.fromEntries(shares)).toEqual({
      ...{ completeness: 75, validity: 100, uniqueness: null, consistency: null, timeliness: null },
    });
  });

  it('is not there where no data set has a report', () => {
    expect(chartsOf(overviewOf([datasetOf({ status: 'refused' })]))['scores']).toBeUndefined();
    expect(chartsOf(overviewOf([]))['scores']).toBeUndefined();
  });
});

describe('the chart of missing values', () => {
  it('has the columns that miss any, the worst first, and no other', () => {
    const columns = [columnOf('a', { missing: 1 }), columnOf('b'), columnOf('c', { missing: 5 })];
    const chart = chartIn(datasetOf({ columns }), 'missing-0');
    expect(chart?.data.labels).toEqual(['c', 'a']);
    expect(chart?.data.datasets[0]?.data).toEqual([50, 10]);
    expect(chart?.options.scales['y']?.ticks).toEqual({ autoSkip: false });
  });

  it('is not there where none is missing, nor where there are no rows', () => {
    expect(chartIn(datasetOf({ columns: [columnOf('a')] }), 'missing-0')).toBeUndefined();
    expect(chartIn(datasetOf({ rows: 0, columns: [columnOf('a')] }), 'missing-0')).toBeUndefined();
    expect(chartIn(datasetOf({ status: 'refused' }), 'missing-0')).toBeUndefined();
  });

  it('has no more than can be read', () => {
    const columns = Array.from({ length: 60 }, (_, place) => columnOf(`c${place}`, { missing: place }));
    const dataset = datasetOf({ rows: 100, columns });
    expect(barsOf(dataset)).toHaveLength(25);
    expect(chartIn(dataset, 'missing-0')?.data.labels?.[0]).toBe('c59');
  });

  it('shortens long names, by characters and not through one', () => {
    const columns = [columnOf('💧'.repeat(40), { missing: 1 }), columnOf('x'.repeat(24), { missing: 1 })];
    const labels = chartIn(datasetOf({ columns }), 'missing-0')?.data.labels;
    expect(labels).toEqual([`${'💧'.repeat(23)}…`, 'x'.repeat(24)]);
  });
});

describe('the chart of anomalies', () => {
  it('has them by row, each where its column is, by severity', () => {
    const anomalies = [
      anomalyOf({ row: 0, severity: 'critical' }),
      anomalyOf({ row: 9, columns: ['age'], severity: 'low' }),
      anomalyOf({ row: 5, columns: ['age', 'price'], severity: 'low' }),
    ];
    const chart = chartIn(datasetOf({ anomalies }), 'anomalies-0');
    expect(chart?.hasTimes).toBe(false);
    expect(chart?.options.scales['y']?.labels).toEqual(['price', 'age', 'the row as a whole']);
    const points = chart?.data.datasets.map(({ label, data }) => [label, data]);
    expect(Object.fromEntries(points ?? [])).toEqual({
      low: [
        { x: 10, y: 'age' },
        { x: 6, y: 'the row as a whole' },
      ],
      ...{ medium: [], high: [], critical: [{ x: 1, y: 'price' }] },
    });
  });

  it('has those of series by time, and tells the series apart', () => {
    const anomalies = [anomalyOf({ time: 1_000, series: 'MSFT' }), anomalyOf({ time: 2_000, series: 'IBM' })];
    const chart = chartIn(datasetOf({ anomalies }), 'anomalies-0');
    expect(chart?.hasTimes).toBe(true);
    expect(chart?.data.datasets.find(({ label }) => label === 'high')?.data).toEqual([
      { x: 1_000, y: 'MSFT price' },
      { x: 2_000, y: 'IBM price' },
    ]);
  });

  it('leaves none out: where one has no time, all stand by their rows', () => {
    const anomalies = [anomalyOf({ row: 3, time: 1_000, series: 'IBM' }), anomalyOf({ row: 7 })];
    const chart = chartIn(datasetOf({ anomalies }), 'anomalies-0');
    expect(chart?.hasTimes).toBe(false);
    expect(chart?.data.datasets.find(({ label }) => label === 'high')?.data).toEqual([
      { x: 4, y: 'IBM price' },
      { x: 8, y: 'price' },
    ]);
  });

  it('is not there where there are none, or they were not looked for', () => {
    expect(chartIn(datasetOf({ anomalies: [] }), 'anomalies-0')).toBeUndefined();
    expect(chartIn(datasetOf(), 'anomalies-0')).toBeUndefined();
  });
});

describe('what runs in the page', () => {
  /** Runs it as a browser does: with canvases, and the library. */
  function draw(charts: Readonly<Record<string, unknown>>, names: readonly string[]) {
    const drawn: { name: string; chart: Chart }[] = [];
    const removed: string[] = [];
    const canvases = names.map((name) => ({
      dataset: { chart: name },
      parentElement: { remove: () => removed.push(name) },
    }));
    class Library {
      constructor(canvas: (typeof canvases)[number], chart: Chart) {
        drawn.push({ name: canvas.dataset.chart, chart });
      }
    }
    const document = { querySelectorAll: () => canvases };
    runInNewContext(`(${drawing})(charts)`, { charts, document, Chart: Library, Date });
    return { drawn, removed };
  }

  it('draws each chart on its canvas, and takes away those that have none', () => {
    const charts = chartsOf(overviewOf([datasetOf({ anomalies: [anomalyOf()] })]));
    const { drawn, removed } = draw(charts, ['scores', 'missing-0', 'anomalies-0']);
    expect(drawn.map(({ name }) => name)).toEqual(['scores', 'anomalies-0']);
    expect(removed).toEqual(['missing-0']);
  });

  it('writes times as days', () => {
    const charts = chartsOf(overviewOf([datasetOf({ anomalies: [anomalyOf({ time: 0 })] })]));
    const [one] = draw(charts, ['anomalies-0']).drawn;
    const ticks = one?.chart.options.scales['x']?.ticks as { callback(value: number): string };
    expect(ticks.callback(86_400_000)).toBe('1970-01-02');
  });
});
