import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { dimensions } from '../../data-quality/contract/report.js';
import { type DatasetOverview, type Overview, rankOfShown } from '../overview.js';
import { barsOf, chartsOf, drawing } from './charts.js';
import { bytes, counted, day, grouped, percent } from './wording.js';
import { worstOf } from './worst.js';

/** How many data sets a page shows. */
export const MOST_SHOWN = 100;
const MOST_ROWS = 30;
const MOST_UNREADABLE = 100;
/** How high charts are. */
const LEAST_REM = 18;
const BESIDE_BARS_REM = 5;
const BAR_REM = 1.3;

/** Writes the report as one HTML file that needs nothing else. */
export async function writePage(overview: Overview): Promise<void> {
  const library = await readFile(
    fileURLToPath(new URL('./chart.umd.min.js', import.meta.resolve('chart.js'))),
    'utf8',
  );
  const made = `${overview.report}.${process.pid}.tmp`;
  await writeFile(made, pageOf(overview, library));
  await rename(made, overview.report);
}

function pageOf(whole: Overview, library: string): string {
  const { shown, rest: left } = worstOf(whole.datasets, MOST_SHOWN, rankOfShown);
  const overview = { ...whole, datasets: shown };
  const rest = left + (whole.omitted ?? 0);
  const data = JSON.stringify(chartsOf(overview)).replaceAll('<', String.raw`\u003c`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Data quality and anomalies</title><style>${STYLE}</style></head><body>
<h1>Data quality and anomalies</h1>
${unreadablePart(overview)}
${canvas('scores', 0)}
${overview.datasets.map(section).join('\n')}
${rest === 0 ? '' : `<p>And ${counted(rest, 'data set')} that fared better.</p>`}
<script>${library.replaceAll('</script', String.raw`<\/script`)}</script>
<script>const charts = ${data};(${drawing})(charts);</script>
</body></html>
`;
}

function unreadablePart({ unreadable }: Overview): string {
  const rest = unreadable.length - MOST_UNREADABLE;
  const lines = unreadable
    .slice(0, MOST_UNREADABLE)
    .map(({ path, reason }) => `<p class="bad">${escaped(path)}: ${escaped(reason)}</p>`);
  return [
    ...lines,
    ...(rest > 0 ? [`<p class="bad">And ${counted(rest, 'file')} more could not be read.</p>`] : []),
  ].join('');
}

/** Where a chart is drawn, high enough for a number of bars below each other. */
function canvas(chart: string, bars: number): string {
  const height = Math.max(LEAST_REM, BESIDE_BARS_REM + bars * BAR_REM);
  return `<div class="chart" style="height:${height}rem"><canvas data-chart="${chart}"></canvas></div>`;
}

function section(dataset: DatasetOverview, place: number): string {
  const { title, quality, anomalies, givenUp } = dataset;
  const { assessment, status, reasons, source } = quality;
  const head = `<section><h2>${escaped(title)} <small class="${status}">${status}</small></h2>
<p>${escaped(source.path)}, ${bytes(source.bytes)}</p>${[...reasons, ...(givenUp === undefined ? [] : [`Not finished: ${givenUp}`])].map((reason) => `<p class="bad">${escaped(reason)}</p>`).join('')}`;
  if (assessment === null) return `${head}</section>`;
  const scores = dimensions
    .filter((dimension) => assessment.scores[dimension] !== undefined)
    .map((dimension) => `${dimension} <b>${percent(assessment.scores[dimension] ?? 0)}</b>`);
  return `${head}
<p>${counted(assessment.rows, 'row')}, quality <b>${percent(assessment.overall)}</b>: ${scores.join(', ')}</p>
${assessment.notes.map((note) => `<p>${escaped(note)}</p>`).join('')}
<div class="pair">${canvas(`missing-${place}`, barsOf(dataset).length)}${canvas(`anomalies-${place}`, 0)}</div>
${findingTable(dataset)}${anomalyTable(anomalies)}${columnTable(dataset)}</section>`;
}

function findingTable({ quality }: DatasetOverview): string {
  const broken = quality.assessment?.findings.filter((finding) => finding.broken > 0) ?? [];
  const rows = broken.slice(0, MOST_ROWS).map(({ dimension, expectation, broken, checked, examples }) => {
    const shown = examples
      .filter(({ value }) => value !== '')
      .map(({ row, value }) => `${value} (row ${row + 1})`);
    return [dimension, expectation, `${grouped(broken)} of ${grouped(checked)}`, shown.join(', ')];
  });
  const title = titled('Findings', broken.length, rows.length);
  return table(title, ['Dimension', 'What should hold', 'Does not in', 'Examples'], rows);
}

function anomalyTable(anomalies: DatasetOverview['anomalies']): string {
  const rows = (anomalies?.anomalies ?? []).slice(0, MOST_ROWS).map((anomaly) => {
    const { row, severity, time, series, reasons } = anomaly;
    const where = [series ?? '', time === undefined ? `row ${row + 1}` : day(time)].join(' ');
    return [severity, where, reasons.map(({ text }) => text).join(' ')];
  });
  const title = titled('Anomalies', anomalies?.total ?? 0, rows.length);
  return table(title, ['Severity', 'Where', 'Why'], rows);
}

function titled(title: string, all: number, shown: number): string {
  return `${title}: ${grouped(all)}${shown < all ? `, of which the worst ${grouped(shown)} are shown` : ''}`;
}

function columnTable({ quality }: DatasetOverview): string {
  const heads = [
    'Column',
    'Type',
    'Missing',
    'Different',
    'Least',
    'Median',
    'Most',
    'Most frequent',
    'Notes',
  ];
  const rows = (quality.assessment?.columns ?? []).map((column) => {
    const { name, type, missing, distinct, quantiles, frequent, notes } = column;
    const shown = (value: number | undefined) =>
      value === undefined ? '' : type === 'date' ? day(value) : grouped(value);
    return [
      ...[name, type, grouped(missing), grouped(distinct)],
      ...[0, 3, 6].map((place) => shown(quantiles?.[place])),
      frequent.map(({ value, count }) => `${value} (${grouped(count)})`).join(', '),
      notes.join('; '),
    ];
  });
  return table('Columns', heads, rows);
}

function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return `<h3>${escaped(title)}</h3><p>None.</p>`;
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<details open><summary>${escaped(title)}</summary><div class="wide"><table><thead>${line(heads, 'th')}</thead><tbody>${rows.map((cells) => line(cells, 'td')).join('')}</tbody></table></div></details>`;
}

/** Text in HTML. Data sets may contain anything. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.6rem}h2{margin:0 0 .3rem}small{font-size:.8rem;padding:.1rem .5rem;border-radius:1rem;background:#dfe5ee}
.released{background:#d4efdc}.quarantined,.refused{background:#f8d8d4}.bad{color:#a3271b}
section{border-top:1px solid #dfe5ee;padding:1.5rem 0}section p{overflow-wrap:anywhere}.chart{position:relative;min-width:0}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(28rem,100%),1fr));gap:1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.85rem;margin:.5rem 0 1rem}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #eef1f5;vertical-align:top}
th{white-space:nowrap}td{max-width:36rem;overflow-wrap:break-word}
summary{font-weight:600;cursor:pointer}@media(max-width:50rem){td{max-width:18rem;min-width:4rem}body{margin-top:1rem}}`;
