import type { ColumnDetails, Rule } from '../contract/report.js';
import type { Source } from '../contract/source.js';
import type { Outcome } from '../domain/dataset.js';

/** A column as it is read: how its values are understood. */
export type ColumnReading = Pick<ColumnDetails, 'name' | 'type' | 'formats'>;

/** Some rows of a table. */
export interface PageWanted {
  readonly columns: readonly ColumnReading[];
  readonly offset: number;
  readonly limit: number;
}

/** Looks into files. */
export interface Inspector {
  /** How a file is now; a string says why it can't be a data set. */
  look(path: string, signal: AbortSignal): Promise<Source | string>;
  /** Reads the file as it was registered, and judges it. `day` is that of the registration. */
  assess(source: Source, rules: readonly Rule[], day: string, signal: AbortSignal): Promise<Outcome>;
  /** Numbers, and dates as milliseconds since the Unix epoch; `NaN` for what is neither. */
  numbers(source: Source, page: PageWanted): Promise<Float64Array<ArrayBuffer>[]>;
  texts(source: Source, page: PageWanted): Promise<(string | null)[][]>;
}
