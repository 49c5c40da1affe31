import { closeSync, openSync, writeSync } from 'node:fs';

const LINES_AT_ONCE = 10_000;

/**
 * Writes a table of ten columns: two keys, a time, words of which some are missing, numbers of several kinds.
 * @param {string} file
 * @param {number} rows
 */
export function writeTable(file, rows) {
  const out = openSync(file, 'w');
  writeSync(out, 'id,when,city,amount,ratio,count,flag,name,code,score\n');
  for (let start = 0; start < rows; start += LINES_AT_ONCE) {
    const count = Math.min(LINES_AT_ONCE, rows - start);
    writeSync(out, Array.from({ length: count }, (_, place) => line(start + place)).join(''));
  }
  closeSync(out);
}

/** @param {number} row */
function line(row) {
  const mixed = Math.imul(row + 1, 2_654_435_761) >>> 0;
  const other = Math.imul(row + 7, 2_246_822_519) >>> 0;
  const when = new Date(1_600_000_000_000 + row * 60_000).toISOString();
  const city = ['Oslo', 'Paris', '', 'Rome', 'Lima'][mixed % 5];
  const numbers = `${(mixed % 1_000_000) / 100},${(other / 2 ** 32).toFixed(6)},${other % 100_000}`;
  return `${row},${when},${city},${numbers},${mixed % 3 > 0},n${other % 300_000},c${mixed % 500},${(other % 1_000) / 10}\n`;
}
