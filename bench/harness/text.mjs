import { judge, ratioOf } from './result.mjs';

/** @typedef {import('./result.mjs').Table} Table */
/** @typedef {import('./result.mjs').Row} Row */
/** @typedef {import('./result.mjs').Goal} Goal */

const NAME_WIDTH = 40;
const VALUE_WIDTH = 12;

/**
 * A table for people: the rows from best to worst, each with its ratio to our first row, then the goals.
 * @param {Table} table
 * @returns {string}
 */
export function renderTable({ name, unit, rows, goals }) {
  const first = rows.find(({ kind }) => kind === 'ours');
  const sorted = [...rows].sort((a, b) => a.value - b.value);
  const lines = sorted.map((row) => renderRow(row, first));
  return [`${name} (${unit})`, ...lines, ...goals.map((goal) => renderGoal(rows, goal)), ''].join('\n');
}

/**
 * @param {Row} row
 * @param {Row | undefined} first
 */
function renderRow(row, first) {
  const mark = row.kind === 'ours' ? '>' : ' ';
  const range = row.kind === 'limit' ? '' : `± ${Math.round(row.spread * 100)} %`;
  const ratio = first === undefined || first === row ? '' : `${number(ratioOf(first, row))}x`;
  const value = number(row.value).padStart(VALUE_WIDTH);
  return ` ${mark} ${row.name.padEnd(NAME_WIDTH)}${value}  ${range.padEnd(8)}${ratio.padStart(9)}`.trimEnd();
}

/**
 * @param {readonly Row[]} rows
 * @param {Goal} goal
 */
function renderGoal(rows, goal) {
  const { ratio, isReached } = judge(rows, goal);
  const what = `goal: ${goal.peer} / ${goal.ours} is at least ${number(goal.atLeast)}`;
  return ` ${isReached ? '✓' : '✗'} ${what}: ${number(ratio)}, ${isReached ? 'reached' : 'missed'}`;
}

/** @param {number} value */
function number(value) {
  const digits = value >= 1_000 ? 0 : value >= 100 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
