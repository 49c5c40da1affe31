import type { ColumnDetails } from '../../../dist/data-quality/contract/report.js';
import { isNothing, presentIn, type RandomColumn } from './table.js';

const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

/** What a profile should say of a column, by the plainest computation that there is. */
export function plainProfile({ kind, cells }: RandomColumn): Omit<ColumnDetails, 'name' | 'notes'> {
  const present = presentIn(cells);
  const type = present.length === 0 ? 'text' : kind;
  const numbers = present.map((value) => numberOf(type, value)).filter((value) => !Number.isNaN(value));
  const isOrdered = type === 'integer' || type === 'number' || type === 'date';
  const isNumber = type === 'integer' || type === 'number';
  const isText = type === 'text' && present.length > 0;
  return {
    ...{ type, missing: cells.length - present.length },
    disguised: cells.filter((cell) => isNothing(cell) && cell.trim() !== '').length,
    distinct: new Set(present).size,
    misfits: type === 'text' ? 0 : present.length - numbers.length,
    formats: type === 'date' ? ['iso'] : [],
    quantiles: isOrdered && numbers.length > 0 ? quantilesOf(numbers) : null,
    mean: isNumber && numbers.length > 0 ? meanOf(numbers) : null,
    deviation: isNumber && numbers.length > 1 ? deviationOf(numbers) : null,
    lengths: isText ? lengthsOf(present) : null,
    frequent: mostFrequent(present),
    patterns: isText ? mostFrequent(present.map(patternOf)) : [],
  };
}

/** What a profile should remark on a column. */
export function plainNotes({ cells }: RandomColumn): string[] {
  const present = presentIn(cells);
  const disguised = cells.filter((cell) => isNothing(cell) && cell.trim() !== '').length;
  const padded = cells.filter((cell) => !isNothing(cell) && cell !== cell.trim()).length;
  const notes: string[] = [];
  if (present.length === 0) notes.push('it has no value at all');
  else if (new Set(present).size === 1 && cells.length > 1) notes.push('it has one value throughout');
  if (disguised > 0) notes.push(`a word such as NA stands for nothing: ${times(disguised)}`);
  if (padded > 0) notes.push(`blanks stand around the value: ${times(padded)}`);
  return notes;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** `NaN` for what is not of the type. */
export function numberOf(type: ColumnDetails['type'], value: string): number {
  if (type === 'date') return /^\d{4}-/.test(value) ? Date.parse(value) : Number.NaN;
  if (type === 'boolean')
    return /^(?:true|yes)$/i.test(value) ? 1 : /^(?:false|no)$/i.test(value) ? 0 : Number.NaN;
  return Number(value);
}

function quantilesOf(numbers: readonly number[]): number[] {
  const sorted = numbers.toSorted((a, b) => a - b);
  return QUANTILES.map((share) => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
    return below + (above - below) * (place - Math.floor(place));
  });
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function deviationOf(numbers: readonly number[]): number {
  const mean = meanOf(numbers);
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (numbers.length - 1));
}

function lengthsOf(present: readonly string[]) {
  const lengths = present.map((value) => [...value].length);
  return { least: Math.min(...lengths), most: Math.max(...lengths) };
}

/** Runs of letters and of digits, found character by character. */
function patternOf(value: string): string {
  let pattern = '';
  for (const character of value) {
    const sign = /\p{L}/u.test(character) ? 'a' : /\d/.test(character) ? '9' : character;
    const isRun = (sign === 'a' || sign === '9') && pattern.endsWith(sign);
    if (!isRun) pattern += sign;
  }
  return pattern;
}

function mostFrequent(values: readonly string[]): { value: string; count: number }[] {
  const all = [...new Set(values)].map((value) => ({
    value,
    count: values.filter((one) => one === value).length,
  }));
  return all.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, 5);
}
