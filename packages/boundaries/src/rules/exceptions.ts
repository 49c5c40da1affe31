import type { Exception } from '../config/boundary-config.js';
import { compileGlob } from '../model/glob.js';
import type { Project } from '../model/project.js';
import { compileSelectors } from '../model/selector.js';
import type { Finding } from './rule.js';
import type { Violation } from './violation.js';

/** What exceptions leave, what they cover, and what is wrong with them. */
export interface Excepted {
  readonly left: readonly Violation[];
  readonly covered: readonly Violation[];
  readonly faults: readonly Finding[];
}

/** Takes away what the exceptions of the configuration cover. `today` is a day such as 2027-01-31. */
export function applyExceptions(project: Project, violations: readonly Violation[], today: string): Excepted {
  const list = project.rules.exceptions.map((exception, index) => ({
    exception,
    index,
    isExpired: exception.expires !== undefined && exception.expires < today,
    covers: coverage(project, exception),
  }));
  const used = new Set<number>();
  const covered = violations.filter((violation) => {
    const found = list.filter(({ isExpired, covers }) => !isExpired && covers(violation));
    for (const { index } of found) used.add(index);
    return found.length > 0;
  });
  const isCovered = new Set(covered);
  const faults = list
    .filter(({ index }) => !used.has(index))
    .map(({ exception, index, isExpired }) => fault(project, exception, index, isExpired));
  return { left: violations.filter((violation) => !isCovered.has(violation)), covered, faults };
}

function coverage(project: Project, { rule, from, to }: Exception): (violation: Violation) => boolean {
  const matchesFrom = selects(project, from);
  const matchesTo = selects(project, to);
  return (violation) =>
    violation.rule === rule &&
    matchesFrom(violation.from, violation.path) &&
    matchesTo(violation.to, violation.target);
}

function selects(
  project: Project,
  selectors: readonly string[] | undefined,
): (id: string, path: string | undefined) => boolean {
  if (selectors === undefined) return () => true;
  const select = compileSelectors(selectors, project.rules.sets);
  const globs = selectors.map(compileGlob);
  return (id, path) => {
    if (globs.some((glob) => glob.match(id) !== undefined)) return true;
    if (path !== undefined && project.graph.files.has(path))
      return select(project.selectable(path)) !== undefined;
    const element = project.element(id);
    return element !== undefined && select({ chain: project.chain(element) }) !== undefined;
  };
}

function fault(project: Project, exception: Exception, index: number, isExpired: boolean): Finding {
  const { rule, from = ['all'], to = ['all'], owner, expires } = exception;
  const path = project.rules.source ?? 'mortar.config.json';
  const name = `The exception from ${rule} of ${from.join(', ')} to ${to.join(', ')}`;
  return {
    path,
    line: 1,
    column: 1,
    spot: { json: ['exceptions', index] },
    kind: 'exception',
    from: path,
    to: rule,
    subject: `${rule} ${from.join(' ')} ${to.join(' ')}`,
    message: isExpired ? `${name} has expired on ${expires}.` : `${name} covers nothing.`,
    route: isExpired
      ? `Mend what it covered, or ask ${owner ?? 'whoever answers for it'} for a new day in exceptions[${index}].expires.`
      : `Remove exceptions[${index}].`,
  };
}
