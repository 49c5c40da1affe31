import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InputOf } from 'mortar';
import type { RegisterDataset } from '../data-quality/contract.js';

/** A file to register. */
export interface GivenFile extends Required<InputOf<typeof RegisterDataset>> {
  /** What it is called. */
  readonly title: string;
}

type Rules = GivenFile['rules'];

/** A file of the user's own. The same path is the same data set, whatever it contains. */
export function givenFile(path: string): GivenFile {
  const title = basename(path).replace(/\p{C}/gu, '\u{FFFD}');
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 8);
  // The cut may go through a character of two units.
  const name = title.slice(0, 100).replace(/[\u{D800}-\u{DBFF}]$/u, '');
  return { datasetId: `${name}-${hash}`, title, path, rules: [] };
}

/** Real data sets of different shapes, from the package `vega-datasets`. */
export function sampleFiles(): GivenFile[] {
  return samples.map(({ file, rules }) => ({
    datasetId: file,
    title: file,
    path: fileURLToPath(new URL(`../data/${file}`, import.meta.resolve('vega-datasets'))),
    rules,
  }));
}

const samples: readonly { readonly file: string; readonly rules: Rules }[] = [
  {
    file: 'movies.json',
    rules: [
      { kind: 'range', column: 'IMDB Rating', least: 1, most: 10 },
      { kind: 'range', column: 'Rotten Tomatoes Rating', least: 0, most: 100 },
      { kind: 'range', column: 'Running Time min', least: 40, most: 300 },
      { kind: 'range', column: 'US Gross', least: 1 },
      { kind: 'range', column: 'Production Budget', least: 1_000 },
      { kind: 'set', column: 'MPAA Rating', values: ['G', 'PG', 'PG-13', 'R', 'NC-17', 'Not Rated', 'Open'] },
      { kind: 'pattern', column: 'Title', pattern: String.raw`.*\pL.*` },
      { kind: 'unique', columns: ['Title', 'Release Date'] },
      { kind: 'ordered', lesser: 'US Gross', greater: 'Worldwide Gross' },
      { kind: 'not-after', column: 'Release Date', day: '2010-12-31' },
    ],
  },
  {
    file: 'seattle-weather.csv',
    rules: [
      { kind: 'unique', columns: ['date'] },
      { kind: 'range', column: 'precipitation', least: 0, most: 300 },
      { kind: 'range', column: 'wind', least: 0, most: 40 },
      { kind: 'ordered', lesser: 'temp_min', greater: 'temp_max' },
      { kind: 'set', column: 'weather', values: ['sun', 'rain', 'fog', 'drizzle', 'snow'] },
    ],
  },
  {
    file: 'stocks.csv',
    rules: [
      { kind: 'unique', columns: ['symbol', 'date'] },
      { kind: 'range', column: 'price', least: 0.01 },
      { kind: 'pattern', column: 'symbol', pattern: '[A-Z]{1,5}' },
      { kind: 'fresh', column: 'date', day: '2010-03-31', days: 31 },
    ],
  },
  {
    file: 'flights-2k.json',
    rules: [
      { kind: 'pattern', column: 'origin', pattern: '[A-Z]{3}' },
      { kind: 'pattern', column: 'destination', pattern: '[A-Z]{3}' },
      { kind: 'range', column: 'distance', least: 1, most: 12_000 },
    ],
  },
  {
    file: 'penguins.json',
    rules: [
      { kind: 'set', column: 'Species', values: ['Adelie', 'Chinstrap', 'Gentoo'] },
      { kind: 'set', column: 'Sex', values: ['MALE', 'FEMALE'] },
      { kind: 'range', column: 'Body Mass (g)', least: 2_000, most: 8_000 },
    ],
  },
];
