import type { RuleId } from '../config/rule-settings.js';
import type { Finding } from './rule.js';

/** Lines of code around a place. */
export interface Frame {
  /** Number of the first line, from 1. */
  readonly firstLine: number;
  /** Shortened where they are long. */
  readonly lines: readonly string[];
  /** Where in its line the place now stands, from 1; other than the column where the line was shortened at its start. */
  readonly column: number;
}

/** One broken boundary rule. Plain data. */
export interface Violation extends Omit<Finding, 'spot'> {
  readonly rule: RuleId;
  readonly severity: 'error' | 'warn';
  /** Why the rule is there. */
  readonly why: string;
  /** Told apart by rule, from, to and subject alone, so that it survives moves and edits; several violations may share it. */
  readonly key: string;
  /** Nothing where the file can't be read. */
  readonly frame: Frame | undefined;
}

/** A module or package, and what was found in it. */
export interface ModuleSummary {
  readonly id: string;
  readonly kind: 'package' | 'module';
  readonly folder: string;
  readonly files: number;
  /** Paths of the files that others may import. */
  readonly doors: readonly string[];
  readonly tags: readonly string[];
  readonly errors: number;
  readonly warnings: number;
}

/** What a check has found. */
export interface CheckResult {
  /** Sorted by path, line, column and rule. */
  readonly violations: readonly Violation[];
  /** Those that the baseline covers. */
  readonly baselined: readonly Violation[];
  /** Those that exceptions cover. */
  readonly excepted: readonly Violation[];
  /** How many were left out, since what is asked about has no part in them; nothing where all are told. */
  readonly elsewhere?: number;
  readonly modules: readonly ModuleSummary[];
  readonly errors: number;
  readonly warnings: number;
  readonly files: number;
  readonly edges: number;
}
