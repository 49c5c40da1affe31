import { z } from 'zod';

export const dimensions = ['completeness', 'validity', 'uniqueness', 'consistency', 'timeliness'] as const;
export type Dimension = (typeof dimensions)[number];

export const columnType = z.enum(['integer', 'number', 'date', 'boolean', 'text']);
export type ColumnType = z.output<typeof columnType>;

const column = z.string().min(1);

/** What must hold of a data set. A rule of a column passes over rows where it is missing, but for `complete`. */
export const rule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('complete'), column }),
  z.object({ kind: z.literal('type'), column, type: columnType }),
  /** Of numbers: both ends belong to it. */
  z.object({
    kind: z.literal('range'),
    column,
    least: z.number().optional(),
    most: z.number().optional(),
  }),
  /** The whole value matches an expression of RE2's, which takes no more than linear time. */
  z.object({ kind: z.literal('pattern'), column, pattern: z.string().min(1).max(500) }),
  z.object({ kind: z.literal('set'), column, values: z.array(z.string()).min(1).max(1_000) }),
  z.object({ kind: z.literal('unique'), columns: z.array(column).min(1).max(10) }),
  /** In each row, the one is no more than the other: numbers, or dates. */
  z.object({ kind: z.literal('ordered'), lesser: column, greater: column }),
  z.object({ kind: z.literal('not-after'), column, day: z.iso.date() }),
  /** The newest date is no older than so many days at a day. */
  z.object({ kind: z.literal('fresh'), column, day: z.iso.date(), days: z.int().min(0) }),
]);
export type Rule = z.output<typeof rule>;

const share = z.number().min(0).max(1);

/** What has come of a rule, or of what is looked at in any data set. */
export const finding = z.object({
  dimension: z.enum(dimensions),
  columns: z.array(z.string()),
  /** What should hold, as a sentence. */
  expectation: z.string(),
  checked: z.int().min(0),
  broken: z.int().min(0),
  /** 1 where all is as it should be. */
  score: share,
  /** Of rows that break it, the first ones: numbers of rows from 0. */
  examples: z.array(z.object({ row: z.int().min(0), value: z.string() })),
});
export type Finding = z.output<typeof finding>;

const counted = z.array(z.object({ value: z.string(), count: z.int().min(1) }));

/** What a column is like. */
export const columnDetails = z.object({
  name: z.string(),
  type: columnType,
  missing: z.int().min(0),
  /** Of these, rows with a word that stands for nothing, such as `NA`. */
  disguised: z.int().min(0),
  distinct: z.int().min(0),
  /** Values that are not of the type. */
  misfits: z.int().min(0),
  /** How dates are written, in the notation of `strptime`; `iso` for ISO 8601. */
  formats: z.array(z.string()),
  /** Of numbers; of dates in milliseconds since the Unix epoch. At 0, 5, 25, 50, 75, 95 and 100 per cent. */
  quantiles: z.array(z.number()).nullable(),
  mean: z.number().nullable(),
  deviation: z.number().nullable(),
  /** Of texts: characters of the shortest and the longest. */
  lengths: z.object({ least: z.int(), most: z.int() }).nullable(),
  frequent: counted,
  /** Of texts, in a sample: `a` for letters, `9` for digits. */
  patterns: counted,
  notes: z.array(z.string()),
});
export type ColumnDetails = z.output<typeof columnDetails>;

/** Of each dimension that something was looked at in. */
export const scores = z.partialRecord(z.enum(dimensions), share);
export type Scores = z.output<typeof scores>;

/** The report of a check. The same content and rules make the same report. */
export const assessment = z.object({
  rows: z.int().min(0),
  columns: z.array(columnDetails),
  /** The worst first. */
  findings: z.array(finding),
  scores,
  overall: share,
  notes: z.array(z.string()),
});
export type Assessment = z.output<typeof assessment>;
