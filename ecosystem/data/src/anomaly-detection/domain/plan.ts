import { MortarError } from 'mortar';
import {
  checkSettings,
  type DetectorChoice,
  type DetectorName,
  type DetectorSettings,
  detectorNames,
} from './settings.js';

/** What is known of a column before it is read. */
export interface ColumnProfile {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'date' | 'boolean' | 'text';
  readonly missing: number;
  readonly distinct: number;
}

/** What is known of a data set before it is read. */
export interface Profile {
  readonly rows: number;
  readonly columns: readonly ColumnProfile[];
}

/** What to look at, and with what. */
export interface Plan {
  /** Columns of numbers that say how much of something there is. */
  readonly measures: readonly string[];
  /** The column of times that a series may follow. */
  readonly time: string | undefined;
  /** Columns by which rows with the same time may belong to several series, the likeliest first. */
  readonly groups: readonly string[];
  readonly notes: readonly string[];
}

/** Settings that hold for every data set, by detector; `false` leaves a detector out. */
export type DetectorOverrides = {
  readonly [N in DetectorName]?: false | Omit<Extract<DetectorChoice, { readonly detector: N }>, 'detector'>;
};

/** Fewer values than that are a code or a rank, not a measure. */
const FEWEST_DISTINCT = 11;
const FEWEST_ROWS = 8;
/** `id`, `customer_id`, `orderId`, `row number`: what such a column holds says nothing of how much there is of something. */
const KEY_NAMES = [
  /(?:^|[^\p{L}])(?:ids?|key|pk|uuid|guid|row ?(?:id|number|nr|no))$/iu,
  /\p{Ll}(?:Id|ID|Key)$/u,
  /^(?:index|idx)$/i,
];
/** How many times as many numbers as rows a range of numbers of rows may have. */
const ROOM = 2;
const MOST_MEASURES = 50;
const MOST_SERIES = 50;
const MOST_GROUPS = 5;
const LONGEST_NAME = 200;
const MOST_MISSING_TIMES = 0.05;
/** Of a table, no more rows than that share are told as unusual. */
const MOST_ROWS_OF_TABLE = 0.01;
/** Noise without any outlier has forest scores up to about that many deviations above their median. */
const FOREST_DEVIATIONS = 5;
/** Of normal noise, one row in some hundred has a factor above 1.5, and one in some thousand above this. */
const LEAST_FACTOR = 2;

const STRANGE_NAMES = `Columns with names of more than ${LONGEST_NAME} characters, or with such as are no text, were not looked at.`;

/** A text as it may stand in an event: not too long, and without what is no character. */
export function tellable(text: string): string {
  return text.slice(0, LONGEST_NAME).replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
}

/** Chooses the columns that are worth a look. */
export function planOf({ rows, columns }: Profile): Plan {
  if (rows < FEWEST_ROWS)
    return {
      measures: [],
      time: undefined,
      groups: [],
      notes: [`${rows} rows are too few to tell one from the others.`],
    };
  const named = columns.filter(({ name }) => tellable(name) === name);
  const numeric = named.filter(({ type }) => type === 'integer' || type === 'number');
  const measures = numeric.filter((column) => isMeasure(column, rows)).map(({ name }) => name);
  const left = numeric.map(({ name }) => name).filter((name) => !measures.includes(name));
  const time = named.find(({ type, missing }) => type === 'date' && missing <= rows * MOST_MISSING_TIMES);
  const groups = named
    .filter(
      ({ type, distinct, missing }) =>
        type === 'text' && distinct > 1 && distinct <= MOST_SERIES && missing === 0,
    )
    .toSorted((a, b) => a.distinct - b.distinct);
  return {
    measures: measures.slice(0, MOST_MEASURES),
    time: time?.name,
    groups: groups.slice(0, MOST_GROUPS).map(({ name }) => name),
    notes: [
      ...(named.length < columns.length ? [STRANGE_NAMES] : []),
      ...(left.length === 0
        ? []
        : [`Not measured, since they look like codes or numbers of rows: ${left.join(', ')}.`]),
      ...(measures.length > MOST_MEASURES
        ? [`Only the first ${MOST_MEASURES} columns of numbers were looked at.`]
        : []),
    ],
  };
}

/** Few different values are a code. How many there are of many is only known about, so `numbersRows` looks at values instead. */
function isMeasure({ name, type, distinct, missing }: ColumnProfile, rows: number): boolean {
  const present = rows - missing;
  if (present < FEWEST_ROWS || (type === 'integer' && KEY_NAMES.some((key) => key.test(name)))) return false;
  return distinct >= FEWEST_DISTINCT || distinct * 2 >= present;
}

/** Whether values name rows rather than measure something: whole numbers that only grow, only fall, or make up a range, each once. */
export function numbersRows(values: Float64Array): boolean {
  let [count, rising, falling] = [0, 0, 0];
  let [last, least, greatest] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (!Number.isSafeInteger(value)) return false;
    count += 1;
    if (value > last) rising += 1;
    if (value < last) falling += 1;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    last = value;
  }
  if (count < 2 * FEWEST_DISTINCT) return false;
  if (Math.max(rising, falling) === count - 1) return true;
  return greatest - least < ROOM * count && areAllDifferent(values, least, greatest);
}

function areAllDifferent(values: Float64Array, least: number, greatest: number): boolean {
  const isThere = new Uint8Array(greatest - least + 1);
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (isThere[value - least] === 1) return false;
    isThere[value - least] = 1;
  }
  return true;
}

/** With what a column by itself is looked at. */
export function columnChoices(overrides: DetectorOverrides): DetectorSettings[] {
  return chosen(overrides, [
    { detector: 'z-score', scale: 'auto' },
    { detector: 'robust-z-score', scale: 'auto' },
    { detector: 'interquartile-range', scale: 'auto', threshold: 3 },
  ]);
}

/** With what a series is looked at. */
export function seriesChoices(overrides: DetectorOverrides): DetectorSettings[] {
  return chosen(overrides, [{ detector: 'seasonal-window' }]);
}

/** With what rows as a whole are looked at. */
export function tableChoices(overrides: DetectorOverrides): DetectorSettings[] {
  return chosen(overrides, [
    { detector: 'isolation-forest', maxShare: MOST_ROWS_OF_TABLE, minDeviations: FOREST_DEVIATIONS },
    { detector: 'local-outlier-factor', maxShare: MOST_ROWS_OF_TABLE, threshold: LEAST_FACTOR },
  ]);
}

function chosen(overrides: DetectorOverrides, choices: readonly DetectorChoice[]): DetectorSettings[] {
  return choices.flatMap((choice) => {
    const override = overrides[choice.detector];
    return override === false ? [] : [checkSettings({ ...choice, ...override })];
  });
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` for a detector that there is not, and settings out of their bounds */
export function checkOverrides(overrides: DetectorOverrides): void {
  const stranger = Object.keys(overrides).find((name) => !detectorNames.some((known) => known === name));
  if (stranger !== undefined) {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'Settings are those of a detector.',
      expected: detectorNames.join(', '),
      got: stranger,
    });
  }
  for (const detector of detectorNames) {
    const override = overrides[detector];
    if (override !== undefined && override !== false) checkSettings({ ...override, detector });
  }
}
