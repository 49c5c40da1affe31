import { severities } from '../../anomaly-detection/contract.js';
import { type ColumnDetails, dimensions } from '../../data-quality/contract/report.js';
import type { DatasetOverview, Overview } from '../overview.js';

const COLOURS = ['#3b6fb6', '#4c9f70', '#d9a441', '#8d6cab', '#c2573f'];
const SEVERITY_COLOURS = { low: '#9db7d5', medium: '#d9a441', high: '#e07b39', critical: '#b3261e' } as const;
const MOST_COLUMNS = 25;
const MOST_CHARACTERS = 24;

type Found = NonNullable<DatasetOverview['anomalies']>['anomalies'][number];

/** What the plotting library draws, by the name of its canvas; plain data. */
export function chartsOf({ datasets }: Overview): Readonly<Record<string, unknown>> {
  const charts: Record<string, unknown> = { scores: scoresChart(datasets) };
  datasets.forEach((dataset, place) => {
    charts[`missing-${place}`] = missingChart(dataset);
    charts[`anomalies-${place}`] = anomalyChart(dataset);
  });
  return charts;
}

/** Runs in the page. What it draws is data alone, so that nothing in a data set can run. */
export const drawing = `(charts) => {
  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  for (const canvas of document.querySelectorAll('canvas')) {
    const chart = charts[canvas.dataset.chart];
    if (!chart) { canvas.parentElement.remove(); continue; }
    if (chart.hasTimes) chart.options.scales.x.ticks = { callback: (value) => day(value) };
    new Chart(canvas, chart);
  }
}`;

function scoresChart(datasets: readonly DatasetOverview[]): unknown {
  const assessed = datasets.filter(({ quality }) => quality.assessment !== null);
  if (assessed.length === 0) return undefined;
  return {
    type: 'bar',
    data: {
      labels: assessed.map(({ title }) => title),
      datasets: dimensions.map((dimension, place) => ({
        label: dimension,
        data: assessed.map(({ quality }) => inPercent(quality.assessment?.scores[dimension])),
        backgroundColor: COLOURS[place],
      })),
    },
    options: optionsOf('Scores by dimension, %', { y: { min: 0, max: 100 } }),
  };
}

/** The columns that have most values missing, if any has. */
export function barsOf({ quality }: DatasetOverview): ColumnDetails[] {
  const worst = quality.assessment?.columns.toSorted((a, b) => b.missing - a.missing) ?? [];
  return worst.filter(({ missing }) => missing > 0).slice(0, MOST_COLUMNS);
}

function missingChart(dataset: DatasetOverview): unknown {
  const { rows = 0 } = dataset.quality.assessment ?? {};
  const worst = barsOf(dataset);
  if (worst.length === 0) return undefined;
  const data = worst.map(({ missing }) => inPercent(missing / rows));
  const options = optionsOf('Rows without a value, %', {
    x: { min: 0, max: 100 },
    y: { ticks: { autoSkip: false } },
  });
  return {
    type: 'bar',
    data: {
      labels: worst.map(({ name }) => label(name)),
      datasets: [{ label: 'missing', data, backgroundColor: '#c2573f' }],
    },
    options: { ...options, plugins: { ...options.plugins, legend: { display: false } }, indexAxis: 'y' },
  };
}

/** Where the worst ones are, by the column that is far off; values of several columns have no scale in common. */
function anomalyChart({ anomalies }: DatasetOverview): unknown {
  const found = anomalies?.anomalies ?? [];
  if (found.length === 0) return undefined;
  // None is left out: where one has no time, all stand by their rows.
  const hasTimes = found.every(({ time }) => time !== undefined);
  const labels = [...new Set(found.map(placeOf))];
  return {
    type: 'scatter',
    hasTimes,
    data: {
      datasets: severities.map((severity) => ({
        label: severity,
        backgroundColor: SEVERITY_COLOURS[severity],
        data: found
          .filter((anomaly) => anomaly.severity === severity)
          .map((anomaly) => ({
            x: hasTimes ? (anomaly.time ?? 0) : anomaly.row + 1,
            y: placeOf(anomaly),
          })),
      })),
    },
    options: optionsOf(hasTimes ? 'Anomalies by time' : 'Anomalies by row', {
      x: {},
      y: { type: 'category', labels, offset: true },
    }),
  };
}

function placeOf({ series, columns }: Found): string {
  if (columns.length > 1) return 'the row as a whole';
  return label([series, ...columns].filter((part) => part !== undefined).join(' '));
}

/** Short enough to leave room for what is drawn. */
function label(name: string): string {
  const characters = [...name];
  return characters.length <= MOST_CHARACTERS
    ? name
    : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}

function inPercent(share: number | undefined): number | null {
  return share === undefined ? null : Math.round(share * 1_000) / 10;
}

function optionsOf(title: string, scales: Readonly<Record<string, object>>) {
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    plugins: { title: { display: true, text: title } },
    scales,
  };
}
