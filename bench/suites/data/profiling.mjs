import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { rowOf } from '../../harness/result.mjs';
import { writeTable } from './table.mjs';

const ROWS = 1_000_000;
const MANY_ROWS = 5_000_000;
const COLUMNS = 10;
const MOST_NS = 10e9;

const OURS = 'profile and rules';
const FLOOR = "DuckDB's SUMMARIZE";
const LIMIT = 'the limit';

/** @typedef {{ readonly rows: number, readonly columns: number, readonly ns: number, readonly bytes: number }} Run */

/** @type {readonly import('../../harness/case.mjs').Case[]} */
export const profiling = [
  {
    name: 'a million rows of ten columns',
    isOnce: true,
    async measure({ rounds }) {
      return inFolder((folder) => {
        const [ours, floor] = byTurns(folder, ROWS, rounds, ['profile-file.mjs', 'summarize-file.mjs']);
        const table = (/** @type {'ns' | 'bytes'} */ unit) => [
          rowOf(
            OURS,
            'ours',
            ours.map((run) => run[unit]),
          ),
          rowOf(
            FLOOR,
            'peer',
            floor.map((run) => run[unit]),
          ),
        ];
        const limit = rowOf(LIMIT, 'limit', [MOST_NS]);
        const goals = [{ ours: OURS, peer: LIMIT, atLeast: 1 }];
        return [
          { name: this.name, unit: 'ns', rows: [...table('ns'), limit], goals },
          { name: `bytes, ${this.name}, resident at most`, unit: 'bytes', rows: table('bytes'), goals: [] },
        ];
      });
    },
  },
  {
    name: 'bytes, resident at most, 1 and 5 million rows',
    isOnce: true,
    isBig: true,
    async measure({ rounds }) {
      const [few, many] = [ROWS, MANY_ROWS].map((rows) =>
        inFolder((folder) => byTurns(folder, rows, rounds, ['profile-file.mjs'])[0]),
      );
      const rowFor = (/** @type {readonly Run[]} */ runs, /** @type {'ours' | 'peer'} */ kind) =>
        rowOf(
          `${OURS}, ${runs[0]?.rows} rows`,
          kind,
          runs.map(({ bytes }) => bytes),
        );
      const rows = [rowFor(many, 'ours'), rowFor(few, 'peer')];
      const goals = [{ ours: rows[0].name, peer: rows[1].name, atLeast: 0.7 }];
      return [{ name: this.name, unit: 'bytes', rows, goals }];
    },
  },
];

/**
 * Runs each program on the same file, each time in a process and a folder of its own.
 * @param {string} folder
 * @param {number} rows
 * @param {number} rounds
 * @param {readonly string[]} programs
 * @returns {Run[][]}
 */
function byTurns(folder, rows, rounds, programs) {
  const file = join(folder, 'table.csv');
  writeTable(file, rows);
  const runs = programs.map(() => /** @type {Run[]} */ ([]));
  for (let round = 0; round < rounds; round += 1)
    programs.forEach((program, place) => {
      runs[place]?.push(runOnce(program, file, join(folder, 'work'), rows));
    });
  return runs;
}

/**
 * @param {string} program
 * @param {string} file
 * @param {string} work
 * @param {number} rows
 * @returns {Run}
 */
function runOnce(program, file, work, rows) {
  mkdirSync(work, { recursive: true });
  try {
    const path = fileURLToPath(new URL(program, import.meta.url));
    const run = JSON.parse(execFileSync(process.execPath, [path, file, work], { encoding: 'utf8' }));
    if (run.rows === rows && run.columns === COLUMNS) return run;
    throw new Error(
      `${program}: expected ${rows} rows of ${COLUMNS} columns; got ${run.rows} of ${run.columns}.`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @template T
 * @param {(folder: string) => T} use
 * @returns {T}
 */
function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-bench-data-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
