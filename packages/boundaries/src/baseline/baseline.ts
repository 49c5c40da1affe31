import { createHash } from 'node:crypto';
import { type Issue, MortarError } from 'mortar/errors';
import { isRuleId } from '../config/rule-settings.js';
import { day, list, object, type Shape, type ShapeFault, text } from '../config/shape.js';

/** Violations that were there before, and are to be mended. */
export interface BaselineEntry {
  /** Hash of rule, from, to and subject. */
  readonly key: string;
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  /** What is reached. */
  readonly subject: string;
  /** Paths of the files that violate, one for each violation; sorted. */
  readonly places: readonly string[];
  /** Who answers for it. */
  readonly owner: string;
  readonly reason: string;
  /** The last day on which it holds: `2027-01-31`. */
  readonly expires: string;
}

/** The file of the baseline. */
export interface Baseline {
  readonly version: 1;
  /** Sorted by rule, from, to and subject. */
  readonly entries: readonly BaselineEntry[];
}

/** What a key is made of. */
export type Identity = Pick<BaselineEntry, 'rule' | 'from' | 'to' | 'subject'>;

/** The key of a violation: neither its file nor its line is in it. */
export function keyOf({ rule, from, to, subject }: Identity): string {
  return createHash('sha256').update([rule, from, to, subject].join('\0')).digest('hex').slice(0, 20);
}

const entryShape: Shape<BaselineEntry> = object<BaselineEntry>(
  'Violations that were there before.',
  {
    key: text('Hash of rule, from, to and subject.'),
    rule: text('The id of the rule.'),
    from: text('What violates.'),
    to: text('What is reached.'),
    subject: text('What is reached there.'),
    places: list('Files that violate, one for each violation.', text('A path.')),
    owner: text('Who answers for it.'),
    reason: text('Why it is still there.'),
    expires: day('The last day.'),
  },
  ['key', 'rule', 'from', 'to', 'subject', 'places', 'owner', 'reason', 'expires'],
);

const entriesShape = list('All entries.', entryShape);

/**
 * Reads a baseline from its parsed file. Entries are checked against their keys: who edits what one covers by hand is told.
 * @throws MortarError `MORTAR_BASELINE_INVALID` with every fault as an issue.
 */
export function baselineFrom(value: unknown, source: string): Baseline {
  const faults: ShapeFault[] = [];
  const file = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  if (!('version' in file) || file.version !== 1) faults.push({ path: ['version'], message: 'expected 1' });
  const entries = entriesShape.read('entries' in file ? file.entries : undefined, ['entries'], faults) ?? [];
  for (const [index, entry] of entries.entries()) {
    if (!isRuleId(entry.rule))
      faults.push({ path: ['entries', index, 'rule'], message: `there is no rule ${entry.rule}` });
    else if (entry.key !== keyOf(entry))
      faults.push({ path: ['entries', index, 'key'], message: 'it is not the key of what the entry says' });
  }
  const last = new Map(entries.map(({ key }, index) => [key, index]));
  const twice = entries.find(({ key }, index) => last.get(key) !== index);
  if (twice !== undefined) faults.push({ path: ['entries'], message: `the key ${twice.key} is there twice` });
  if (faults.length > 0) throw invalid(source, faults);
  return { version: 1, entries };
}

function invalid(source: string, faults: readonly ShapeFault[]): MortarError {
  const issues = faults.slice(0, 50).map(({ path, message }) => ({ path: path.join('.'), message }));
  return invalidBaseline(source, issues.map(({ path, message }) => `${path}: ${message}`).join('; '), issues);
}

/** The error of a baseline that can't be used. */
export function invalidBaseline(source: string, got: string, issues: readonly Issue[]): MortarError {
  return new MortarError('MORTAR_BASELINE_INVALID', {
    rule: `${source} lists violations that were there before; mortar check --update-baseline writes it.`,
    expected: 'JSON of version 1 and entries, each with a key that fits, places, owner, reason and expires',
    got,
    issues,
  });
}
