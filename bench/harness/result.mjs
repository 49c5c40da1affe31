import { median, spread } from './statistics.mjs';

/**
 * What was measured of one contestant.
 * @typedef {object} Row
 * @property {string} name
 * @property {'ours' | 'peer' | 'limit'} kind a limit is not measured: it is what a goal allows
 * @property {readonly number[]} samples one a round, in the unit of the table
 * @property {number} value the median
 * @property {number} spread half the distance between the quartiles, as a share of the median
 */

/**
 * What must be reached: the peer's value over ours.
 * @typedef {object} Goal
 * @property {string} ours the name of a row
 * @property {string} peer the name of a row
 * @property {number} atLeast
 */

/**
 * What one case measured of one thing.
 * @typedef {object} Table
 * @property {string} name
 * @property {'ns an event' | 'ns' | 'bytes'} unit
 * @property {readonly Row[]} rows
 * @property {readonly Goal[]} goals
 */

/**
 * One comparison of the JSON line. Values are nanoseconds an event, or bytes where the name says so; less is better, so
 * a ratio over 1 means that we are ahead.
 * @typedef {object} Comparison
 * @property {string} name
 * @property {number} ours
 * @property {string} peer
 * @property {number} peerValue
 * @property {number} ratio peerValue / ours
 */

/**
 * @param {string} name
 * @param {Row['kind']} kind
 * @param {readonly number[]} samples one or more
 * @returns {Row}
 */
export function rowOf(name, kind, samples) {
  return { name, kind, samples, value: median(samples), spread: spread(samples) };
}

/**
 * One set of tables from those of several processes: each row has the samples of all.
 * @param {readonly (readonly Table[])[]} runs the same tables, once a process
 * @returns {Table[]}
 */
export function mergeTables([first = [], ...others]) {
  return first.map((table, tablePlace) => ({
    ...table,
    rows: table.rows.map(({ name, kind, samples }, place) => {
      const more = others.flatMap((tables) => tables[tablePlace]?.rows[place]?.samples ?? []);
      return rowOf(name, kind, [...samples, ...more]);
    }),
  }));
}

/**
 * Each row of ours against each other row.
 * @param {readonly Table[]} tables
 * @returns {Comparison[]}
 */
export function comparisonsOf(tables) {
  return tables.flatMap(({ name, rows }) => {
    const others = rows.filter(({ kind }) => kind !== 'ours');
    const own = rows.filter(({ kind }) => kind === 'ours');
    return own.flatMap((ours) => others.map((peer) => compare(`${name}: ${ours.name}`, ours, peer)));
  });
}

/**
 * The one line of `--json`.
 * @param {string} suite
 * @param {readonly Table[]} tables
 */
export function jsonLine(suite, tables) {
  return `${JSON.stringify({ suite, cases: comparisonsOf(tables) })}\n`;
}

/**
 * How a goal was met.
 * @param {readonly Row[]} rows
 * @param {Goal} goal
 * @returns {{ ratio: number, isReached: boolean }}
 */
export function judge(rows, goal) {
  const [ours, peer] = [goal.ours, goal.peer].map((name) => rowNamed(rows, name));
  const ratio = ratioOf(/** @type {Row} */ (ours), /** @type {Row} */ (peer));
  return { ratio, isReached: ratio >= goal.atLeast };
}

/**
 * @param {Row} ours
 * @param {Row} peer
 */
export function ratioOf(ours, peer) {
  return peer.value / ours.value;
}

/**
 * @param {string} name
 * @param {Row} ours
 * @param {Row} peer
 * @returns {Comparison}
 */
function compare(name, ours, peer) {
  return {
    name,
    ours: rounded(ours.value),
    peer: peer.name,
    peerValue: rounded(peer.value),
    ratio: rounded(ratioOf(ours, peer)),
  };
}

/**
 * Four digits, which is more than any measurement here can tell.
 * @param {number} value
 */
function rounded(value) {
  return Number(value.toPrecision(4));
}

/**
 * @param {readonly Row[]} rows
 * @param {string} name
 * @returns {Row}
 */
function rowNamed(rows, name) {
  const row = rows.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`A goal names a row that is not there: ${name}.`);
  return row;
}
