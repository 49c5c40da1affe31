import fc from 'fast-check';

/** What the values of a column are, as the generator has made them. */
export type Kind = 'integer' | 'number' | 'date' | 'boolean' | 'text';

/** A column as it is written in a file. */
export interface RandomColumn {
  readonly kind: Kind;
  readonly cells: readonly string[];
}

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(1990, 0, 1);
const WORDS = [
  'Oslo',
  'Bergen',
  'AB-12',
  'cd 7',
  'ünï',
  "it's",
  'a "quoted" one',
  'one, two',
  '測試',
  'x;y|z',
];

const values: Readonly<Record<Kind, fc.Arbitrary<string>>> = {
  integer: fc.integer({ min: -1_000, max: 1_000_000 }).map(String),
  number: fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => (cents / 100).toFixed(2)),
  date: fc.nat({ max: 12_000 }).map((days) => dayOf(FIRST_DAY + days * DAY_MS)),
  boolean: fc.constantFrom('true', 'FALSE', 'Yes', 'no'),
  text: fc.constantFrom(...WORDS),
};

/** Missing in all the ways that there are. */
const nothing = fc.constantFrom('', ' ', 'NA', 'n/a', '-', '?', 'NULL', ' nan ', '#N/A');
const margin = fc.constantFrom('', '', '', '', ' ', '  ', '\u{A0}');

function cellOf(kind: Kind): fc.Arbitrary<string> {
  const present = fc.tuple(margin, values[kind], margin).map((parts) => parts.join(''));
  return fc.oneof({ weight: 5, arbitrary: present }, { weight: 1, arbitrary: nothing });
}

/** A column of each kind, all equally long. */
export const randomColumns: fc.Arbitrary<readonly RandomColumn[]> = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.boolean())
  .chain(([rows, withMisfit]) =>
    fc.tuple(
      ...(['integer', 'number', 'date', 'boolean', 'text'] as const).map((kind) =>
        fc
          .array(cellOf(kind), { minLength: rows, maxLength: rows })
          .map((cells) => ({ kind, cells: withMisfit ? [...cells, misfitFor(kind, cells)] : cells })),
      ),
    ),
  );

/** One value that is no number or date, where the others are enough to say what the column is. */
function misfitFor(kind: Kind, cells: readonly string[]): string {
  return kind !== 'text' && presentIn(cells).length >= 4 ? 'oops' : '';
}

/** The cells that have a value, trimmed. */
export function presentIn(cells: readonly string[]): string[] {
  return cells.map((cell) => cell.trim()).filter((cell) => !isNothing(cell));
}

/** Whether a cell stands for nothing. */
export function isNothing(cell: string): boolean {
  const words = ['', 'na', 'n/a', '#n/a', 'null', 'nil', 'nan', '?', '-', '--', '.'];
  return words.includes(cell.trim().toLowerCase());
}

/** A file with these columns, named by their places, after one with the number of the row. */
export function csvOf(columns: readonly (readonly string[])[]): string {
  const rows = columns[0]?.length ?? 0;
  const lines = Array.from({ length: rows }, (_, row) =>
    [String(row), ...columns.map((cells) => quoted(cells[row] ?? ''))].join(','),
  );
  return `${['row', ...columns.map((_, place) => `c${place}`)].join(',')}\n${lines.join('\n')}\n`;
}

export function quoted(cell: string): string {
  return cell === '' ? '' : `"${cell.replaceAll('"', '""')}"`;
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
