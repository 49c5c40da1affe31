import { type Dimension, dimensions } from '../../data-quality/contract/report.js';
import { type DatasetOverview, MOST_ALERTS_ASKED, type Overview, rankOfShown, sumOf } from '../overview.js';
import { counted, day, grouped, KEPT_BLANK, percent, plain, seconds, wrapped } from './wording.js';
import { worstOf } from './worst.js';

const MOST_FINDINGS = 4;
const MOST_ANOMALIES = 3;
const MOST_ALERTS = 5;
const MOST_DATASETS = 20;
const MOST_UNREADABLE = 20;
const USUAL_WIDTH = 100;
const LEAST_WIDTH = 40;

/**
 * The end of a run, for a person to read. `columns` is how wide the terminal is, where there is one that knows; `place` the
 * options that lead to where this run has kept everything.
 */
export function summaryOf(overview: Overview, columns = 0, place: readonly string[] = []): string {
  const width = columns > 0 ? Math.max(LEAST_WIDTH, Math.min(columns, USUAL_WIDTH)) : USUAL_WIDTH;
  const { shown, rest: left } = worstOf(overview.datasets, MOST_DATASETS, rankOfShown);
  const rest = left + (overview.omitted ?? 0);
  const parts = [
    ...shown.map((dataset) => datasetPart(dataset, width)),
    ...(rest === 0 ? [] : [othersPart(rest, overview)]),
    ...(overview.unreadable.length === 0 ? [] : [unreadablePart(overview)]),
    closing(overview, place),
  ];
  return `\n${parts.join(`\n${'─'.repeat(width)}\n`)}\n`;
}

function datasetPart(dataset: DatasetOverview, width: number): string {
  return linesOf(dataset)
    .map((line) => wrapped(plain(line), width))
    .join('\n');
}

function linesOf(dataset: DatasetOverview): string[] {
  const { quality, title, outcome, givenUp } = dataset;
  const { assessment, status, reasons } = quality;
  const again = givenUp === undefined ? '' : `${givenUp} Start again to try once more.`;
  if (assessment === null)
    return [
      givenUp === undefined ? `${title}: ${status}. ${reasons.join(' ')}` : `${title}: not checked. ${again}`,
    ];
  const size = `${counted(assessment.rows, 'row')}, ${counted(assessment.columns.length, 'column')}`;
  const lines = [
    `${title}  ·  ${size}  ·  quality ${percent(assessment.overall)}  ·  ${status}${outcome === 'new' ? '' : `, ${outcome}`}`,
    ...[scoresLine(assessment.scores)].filter(Boolean).map((line) => `  ${line}`),
    ...reasons.map((reason) => `  Why: ${reason}`),
    ...assessment.notes.map((note) => `  Note: ${note}`),
    ...findingLines(dataset),
    ...anomalyLines(dataset),
    ...(givenUp === undefined ? [] : [`  Not finished: ${again}`]),
  ];
  return lines;
}

function scoresLine(scores: Partial<Record<Dimension, number>>): string {
  return dimensions
    .filter((dimension) => scores[dimension] !== undefined)
    .map((dimension) => `${dimension} ${bar(scores[dimension] ?? 0)} ${percent(scores[dimension] ?? 0)}`)
    .map((score) => score.replaceAll(' ', KEPT_BLANK))
    .join('   ');
}

function bar(share: number): string {
  const full = Math.floor(share * 5 + 1e-9);
  return '█'.repeat(full) + '░'.repeat(5 - full);
}

function findingLines({ quality }: DatasetOverview): string[] {
  const broken = quality.assessment?.findings.filter(({ broken }) => broken > 0) ?? [];
  const columns = quality.assessment?.columns.filter(({ notes }) => notes.length > 0) ?? [];
  if (broken.length + columns.length === 0) return ['  Worst fields: none'];
  const lines = interesting(broken).map(({ expectation, broken, checked, examples }) => {
    const shown = examples
      .filter(({ value }) => value !== '')
      .map(({ row, value }) => `${value} (row ${row + 1})`);
    const such = shown.length === 0 ? '' : `, such as ${shown.join(', ')}`;
    return `  ✘ ${expectation.replace(/\.$/, '')}: not in ${grouped(broken)} of ${grouped(checked)}${such}`;
  });
  const rest = broken.length - lines.length;
  const notes = columns.slice(0, MOST_FINDINGS).map(({ name, notes }) => `  · ${name}: ${notes.join('; ')}`);
  return [
    '  Worst fields:',
    ...lines,
    ...(rest > 0 ? [`    and ${rest} more, in the report`] : []),
    ...notes,
  ];
}

/** Those with examples first: that something is missing is soon said. */
function interesting<F extends { readonly dimension: string }>(findings: readonly F[]): F[] {
  const missing = findings.filter(({ dimension }) => dimension === 'completeness');
  const others = findings.filter(({ dimension }) => dimension !== 'completeness');
  const most = others.length === 0 ? MOST_FINDINGS : Math.max(2, MOST_FINDINGS - others.length);
  return [...others.slice(0, MOST_FINDINGS + 2), ...missing.slice(0, most)];
}

function anomalyLines({ anomalies }: DatasetOverview): string[] {
  if (anomalies === undefined) return ['  Anomalies: not looked for'];
  if (anomalies.total === 0) return ['  Anomalies: none'];
  const lines = anomalies.anomalies.slice(0, MOST_ANOMALIES).map((anomaly) => {
    const { row, severity, time, series, reasons } = anomaly;
    const where = [series, time === undefined ? `row ${row + 1}` : day(time)].filter(Boolean).join(', ');
    const others = reasons.length > 1 ? ` (${reasons.length} detectors agree)` : '';
    return `  ! ${severity.padEnd(8)} ${where}: ${reasons[0]?.text ?? ''}${others}`;
  });
  return [`  Anomalies: ${grouped(anomalies.total)}`, ...lines];
}

function othersPart(count: number, { datasets, omitted }: Overview): string {
  const many = `And ${counted(count, 'data set')} that fared better`;
  return omitted === undefined
    ? `${many}, in the report.`
    : `${many}; the report has the worst ${datasets.length}.`;
}

function unreadablePart({ unreadable }: Overview): string {
  const lines = unreadable
    .slice(0, MOST_UNREADABLE)
    .map(({ path, reason }) => plain(`  ✘ ${path}: ${reason}`));
  const rest = unreadable.length - lines.length;
  return ['Could not be read:', ...lines, ...(rest > 0 ? [`    and ${grouped(rest)} more`] : [])].join('\n');
}

function closing(
  { alerts, events, tookMs, rowsInThisRun, database, report }: Overview,
  place: readonly string[],
): string {
  const start = (more = '') => {
    const options = [...place, more].filter(Boolean).join(' ');
    return `  npm start${options === '' ? '' : ` -- ${options}`}`.padEnd(33);
  };
  const rate = (count: number) => grouped(Math.round((count * 1_000) / Math.max(1, tookMs)));
  const { published, publishedInThisRun, handledInThisRun, deadLetters } = events;
  return [
    `Open alerts: ${alertsLine(alerts)}`,
    `Events: ${grouped(publishedInThisRun)} published and ${grouped(handledInThisRun)} handled in this run, ${grouped(sumOf(published))} in the log; dead letters: ${deadLetters === 0 ? 'none' : grouped(deadLetters)}`,
    `Time: ${seconds(tookMs)}, ${rate(publishedInThisRun)} events and ${rate(rowsInThisRun)} rows a second`,
    `Database: ${database}`,
    `Report:   ${report}`,
    '',
    'Try next:',
    `${start()} again: nothing is read or published twice`,
    `${start('path/to/your.csv')} a file of your own`,
    `${start('--watch DIR')} files as they arrive`,
    `${start('--help')} what else there is`,
  ]
    .map(plain)
    .join('\n');
}

function alertsLine(alerts: Overview['alerts']): string {
  if (alerts.length === 0) return 'none';
  const shown = alerts.slice(0, MOST_ALERTS).map(({ datasetId, severity }) => `${datasetId} (${severity})`);
  const rest = alerts.length - shown.length;
  const more = alerts.length < MOST_ALERTS_ASKED ? grouped(rest) : `at least ${grouped(rest)}`;
  return `${shown.join(', ')}${rest > 0 ? ` and ${more} more` : ''}`;
}
