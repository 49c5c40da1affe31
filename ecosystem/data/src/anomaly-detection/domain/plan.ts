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
const MOST_MEASURES = 50;
const MOST_SERIES = 50;
const MOST_GROUPS = 5;
const LONGEST_NAME = 200;
const MOST_MISSING_TIMES = 0.05;
/** Of a table, no more rows than that share are told as unusual. */
const MOST_ROWS_OF_TABLE = 0.01;

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

/** Few different values are a code; whole numbers that are all different name a row. */
function isMeasure({ type, distinct, missing }: ColumnProfile, rows: number): boolean {
  const present = rows - missing;
  if (present < FEWEST_ROWS) return false;
  const isName = type === 'integer' && distinct >= present && present >= FEWEST_DISTINCT * 2;
  return !isName && (distinct >= FEWEST_DISTINCT || distinct * 2 >= present);
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
    { detector: 'isolation-forest', maxShare: MOST_ROWS_OF_TABLE },
    { detector: 'local-outlier-factor', maxShare: MOST_ROWS_OF_TABLE },
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
