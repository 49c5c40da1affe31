import type { ReportFormat } from '@mortar/boundaries';
import type { ReadingOptions } from '../project/reading-options.js';

/** What `mortar check` may be told. */
export interface CheckOptions extends ReadingOptions {
  readonly format: ReportFormat;
  readonly staged?: boolean;
  readonly changed?: string;
  readonly watch?: boolean;
  readonly warnOnly?: boolean;
  readonly updateBaseline?: boolean;
  readonly owner?: string;
  readonly reason?: string;
  readonly expires?: string;
  readonly selfTest?: boolean;
}
