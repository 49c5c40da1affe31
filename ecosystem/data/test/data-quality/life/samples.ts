import type { Assessment, ColumnDetails, Finding } from '../../../src/data-quality/contract/report.js';
import type { Source } from '../../../src/data-quality/contract/source.js';

/** A file as it was looked at; its content is what the fingerprint says. */
export function sourceOf(fingerprint: string): Source {
  return { path: '/data/sales.csv', format: 'csv', encoding: 'utf-8', bytes: 12, fingerprint };
}

/** A report that speaks for its data set, but for what is said. */
export function assessmentOf(parts: Partial<Assessment> = {}): Assessment {
  return {
    ...{ rows: 2, columns: [], findings: [], scores: { validity: 1 }, overall: 1, notes: [] },
    ...parts,
  };
}

/** A column of ten whole numbers, all different, but for what is said. */
export function columnOf(name: string, parts: Partial<ColumnDetails> = {}): ColumnDetails {
  return {
    ...{ name, type: 'integer', missing: 0, disguised: 0, distinct: 10, misfits: 0, formats: [] },
    ...{ quantiles: null, mean: null, deviation: null, lengths: null, frequent: [], patterns: [], notes: [] },
    ...parts,
  };
}

/** A finding with nothing broken, but for what is said. */
export function findingOf(parts: Partial<Finding> = {}): Finding {
  return {
    ...{ dimension: 'validity', columns: ['a'], expectation: 'a is a number.' },
    ...{ checked: 10, broken: 0, score: 1, examples: [] },
    ...parts,
  };
}
