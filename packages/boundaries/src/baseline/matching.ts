import { grouped } from '../model/grouped.js';
import type { Finding } from '../rules/rule.js';
import type { Violation } from '../rules/violation.js';
import { type Baseline, type BaselineEntry, keyOf } from './baseline.js';
import type { StillThere } from './still-there.js';

/** What a baseline leaves and covers, and what is wrong with it. */
export interface Baselined {
  readonly left: readonly Violation[];
  readonly covered: readonly Violation[];
  readonly faults: readonly BaselineFault[];
}

/** An entry that no longer fits. */
export interface BaselineFault {
  readonly rule: 'baseline-stale' | 'baseline-expired' | 'baseline-grown';
  readonly finding: Finding;
}

/** An entry with the violations it stands for. */
interface Match {
  readonly entry: BaselineEntry;
  readonly violations: readonly Violation[];
}

/** Takes away what the baseline covers. `today` is a day such as 2027-01-31, `source` the path of the baseline. */
export function applyBaseline(
  baseline: Baseline,
  violations: readonly Violation[],
  today: string,
  source: string,
  stillThere: StillThere,
): Baselined {
  const matches = matchEntries(baseline, violations, stillThere);
  const faults = matches.flatMap(({ entry, violations: found }, index): BaselineFault[] => [
    ...staleness(entry, found, source, index),
    ...(found.length > 0 && entry.expires < today ? [expiry(entry, found, source)] : []),
    ...growth(entry, found),
  ]);
  const covered = new Set(matches.flatMap((match) => match.violations));
  return {
    left: violations.filter((violation) => !covered.has(violation)),
    covered: violations.filter((violation) => covered.has(violation)),
    faults,
  };
}

/**
 * Entries, in their order, and the violations that have their keys. What is left over is matched once more, so that an entry also
 * survives that the file it names is renamed: by rule, from and to, and by a file that is named in the entry and still violates; a
 * circle by what is in it. `stillThere` tells what has another name from what is another.
 */
export function matchEntries(
  { entries }: Baseline,
  violations: readonly Violation[],
  stillThere: StillThere,
): Match[] {
  const byKey = grouped(violations, ({ key }) => key);
  const exact = new Set(entries.map(({ key }) => key));
  const over = [...byKey].filter(([key]) => !exact.has(key)).map(([, group]) => group);
  return entries.map((entry) => {
    const own = byKey.get(entry.key);
    if (own !== undefined) return { entry, violations: own };
    const index = over.findIndex((group) => isRenamed(entry, group, stillThere));
    return { entry, violations: index < 0 ? [] : (over.splice(index, 1)[0] ?? []) };
  });
}

function isRenamed(entry: BaselineEntry, group: readonly Violation[], stillThere: StillThere): boolean {
  const [first] = group;
  if (first === undefined || first.rule !== entry.rule || group.length > entry.places.length) return false;
  if (first.cycle !== undefined) return isSameCircle(entry, first, first.cycle.members, stillThere);
  if (first.from !== entry.from || first.to !== entry.to || stillThere(entry, entry.subject)) return false;
  return group.some(({ path }) => entry.places.includes(path));
}

/**
 * A circle has its members for a subject. It is the same with fewer of them, and with some that have another name, but not with
 * others. Where it is entered, and so its `from` and `to`, changes with each import that comes or goes.
 */
function isSameCircle(
  entry: BaselineEntry,
  { subject }: Violation,
  members: readonly string[],
  stillThere: StillThere,
): boolean {
  const before = entry.subject.split(' ');
  const now = subject.split(' ');
  const names = new Set(members.map((member) => member.slice(member.lastIndexOf('/') + 1)));
  const hasCommon = before.some((name) => names.has(name) || members.includes(name));
  const renamed = without(before, now).filter((name) => !stillThere(entry, name));
  return hasCommon && now.length <= before.length && without(now, before).length <= renamed.length;
}

/** The names of one list without those of another; each takes away one. */
function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return names.filter((name) => {
    const index = left.indexOf(name);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

function staleness(
  entry: BaselineEntry,
  found: readonly Violation[],
  source: string,
  index: number,
): BaselineFault[] {
  const gone = entry.places.length - found.length;
  if (gone <= 0) return [];
  const message =
    found.length === 0
      ? `${told(entry)} is mended.`
      : `${told(entry)} is mended in ${gone} of ${entry.places.length} places.`;
  const route = 'Take it out of the baseline: mortar check --update-baseline.';
  const finding = { ...inFile(entry, source, message, route), spot: { json: ['entries', index] } };
  return [{ rule: 'baseline-stale', finding }];
}

function expiry(entry: BaselineEntry, found: readonly Violation[], source: string): BaselineFault {
  const [first] = found;
  const message =
    `${told(entry)} was to be mended by ${entry.expires}; ${entry.owner} answers for it. ${first?.message ?? ''}`.trim();
  const finding = inFile(
    entry,
    source,
    message,
    `${first?.route ?? 'Mend it.'} Or agree on a new day with ${entry.owner}, and say so in the baseline.`,
  );
  return {
    rule: 'baseline-expired',
    finding:
      first === undefined
        ? finding
        : { ...finding, path: first.path, line: first.line, column: first.column },
  };
}

/** One for each violation in a file that the entry does not name; where all are named, one for each that is too many. */
function growth(entry: BaselineEntry, found: readonly Violation[]): BaselineFault[] {
  const more = found.length - entry.places.length;
  if (more <= 0) return [];
  const isNew = ({ path }: Violation): boolean => !entry.places.includes(path);
  const sorted = [...found].sort((a, b) => Number(isNew(b)) - Number(isNew(a)));
  return sorted.slice(0, more).map(({ path, line, column, message, route }) => ({
    rule: 'baseline-grown',
    finding: {
      ...inFile(
        entry,
        path,
        `${message} The baseline knows ${entry.places.length} such, and this makes ${found.length}.`,
        route,
      ),
      line,
      column,
    },
  }));
}

function told({ rule, from, to, subject }: BaselineEntry): string {
  return `${rule} of ${from} to ${to} (${subject})`;
}

function inFile({ key, from, to }: BaselineEntry, path: string, message: string, route: string): Finding {
  return { path, line: 1, column: 1, kind: 'baseline', from, to, subject: key, message, route };
}

/** Who answers for entries that are new, why they are there, and until which day they hold. */
export interface NewEntries {
  readonly owner: string;
  readonly reason: string;
  /** `2027-01-31` */
  readonly expires: string;
}

/**
 * The baseline that covers just these violations, which have to be all of the project: what is not among them is dropped as mended.
 * Entries that were there keep their owner, reason and day; so an expired one stays expired. `stillThere` tells what has another
 * name from what is another.
 */
export function updatedBaseline(
  old: Baseline | undefined,
  violations: readonly Violation[],
  fresh: NewEntries,
  stillThere: StillThere,
): Baseline {
  const kept = matchEntries(old ?? { version: 1, entries: [] }, violations, stillThere).filter(
    (match) => match.violations.length > 0,
  );
  const covered = new Set(kept.flatMap((match) => match.violations));
  const groups = grouped(
    violations.filter((violation) => !covered.has(violation)),
    ({ key }) => key,
  );
  const entries = [
    ...kept.map(({ entry, violations: found }) => entryOf(found, entry)),
    ...[...groups.values()].map((group) => entryOf(group, fresh)),
  ].flatMap((entry) => (entry === undefined ? [] : [entry]));
  return { version: 1, entries: entries.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)) };
}

function entryOf(
  group: readonly Violation[],
  { owner, reason, expires }: NewEntries,
): BaselineEntry | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const { rule, from, to, subject } = first;
  const places = group.map(({ path }) => path).sort();
  return { key: keyOf({ rule, from, to, subject }), rule, from, to, subject, places, owner, reason, expires };
}

function sortKey({ rule, from, to, subject }: BaselineEntry): string {
  return [rule, from, to, subject].join('\0');
}
