import { posix } from 'node:path';
import {
  checkProject,
  type Edge,
  type Element,
  type Link,
  linksOf,
  type Project,
  type ProjectGraph,
  type Violation,
} from '@mortar/boundaries';
import type { Named } from '../project/named.js';

/** Whether one place may import another. */
export interface Explanation {
  readonly from: Side;
  readonly to: Side;
  /** Whether an import of just this would break no rule. */
  readonly isAllowed: boolean;
  /** The rules that it would break. */
  readonly broken: readonly Broken[];
  /** Where the module of `from` depends on the module of `to` now: the first places. */
  readonly now: readonly {
    readonly path: string;
    readonly line: number;
    readonly kind: string;
    readonly what: string;
  }[];
  /** How many such places there are. */
  readonly places: number;
}

/** One end of an import. */
export interface Side {
  /** The module or package. */
  readonly element: string;
  /** The file that the question is put for. */
  readonly path: string;
  /** The files by which others may come in. */
  readonly doors: readonly string[];
  readonly tags: readonly string[];
}

/** A rule that an import would break. */
export type Broken = Pick<Violation, 'rule' | 'severity' | 'message' | 'why' | 'route'>;

const MOST_PLACES = 5;

/**
 * Puts the import into the project as it is, and asks the rules. For a module the question is put from its first file and
 * to its first door; `undefined` for one that has no files.
 */
export function explanationOf(project: Project, from: Named, to: Named): Explanation | undefined {
  const start = fileOf(project, from, false);
  const end = fileOf(project, to, true);
  if (start === undefined || end === undefined) return undefined;
  const links = from.element === to.element ? [] : linksBetween(project, from.element, to.element);
  const broken = start === end ? [] : brokenBy(project, importOf(project, start, end));
  return {
    from: sideOf(from.element, start),
    to: sideOf(to.element, end),
    isAllowed: broken.every(({ severity }) => severity !== 'error'),
    broken,
    now: links.slice(0, MOST_PLACES).map(({ path, line, kind, what }) => ({ path, line, kind, what })),
    places: links.length,
  };
}

function fileOf(project: Project, named: Named, isTarget: boolean): string | undefined {
  if (named.path !== undefined) return named.path;
  const { doors, files } = named.element;
  const own = files.filter((path) => !project.isTest(path));
  return (isTarget ? doors.find((path) => project.graph.files.has(path)) : undefined) ?? own[0] ?? files[0];
}

function sideOf({ id, doors, tags }: Element, path: string): Side {
  return { element: id, path, doors, tags };
}

function linksBetween(project: Project, from: Element, to: Element): Link[] {
  return linksOf(project, { types: true }).filter((link) => link.from === from && link.to === to);
}

/** An import as it would be written: by name between packages, else by path. */
function importOf(project: Project, from: string, to: string): Edge {
  return {
    from,
    kind: 'import',
    specifier: specifierOf(project, from, to),
    to: { kind: 'file', path: to },
    names: ['*'],
    isTypeOnly: false,
    line: PLANTED_LINE,
    column: 1,
  };
}

function specifierOf({ graph }: Project, from: string, to: string): string {
  const target = graph.packages.find(({ name }) => name === graph.files.get(to)?.package);
  if (target === undefined || target.name === graph.files.get(from)?.package) {
    const way = posix.relative(posix.dirname(from), to);
    return way.startsWith('.') ? way : `./${way}`;
  }
  return target.entries.includes(to) ? target.name : `${target.name}/${posix.relative(target.folder, to)}`;
}

/** No file has this line, so that what is found there is about the import that was put in. */
const PLANTED_LINE = Number.MAX_SAFE_INTEGER;

function brokenBy(project: Project, planted: Edge): Broken[] {
  const graph: ProjectGraph = { ...project.graph, edges: [...project.graph.edges, planted] };
  const before = new Set(checkProject(project.graph, project.rules).violations.map(textOf));
  const { violations } = checkProject(graph, project.rules);
  return violations
    .filter((violation) => isOf(violation, planted) || !before.has(textOf(violation)))
    .filter(({ rule }) => !rule.startsWith('unused-'))
    .map(({ rule, severity, message, why, route }) => ({ rule, severity, message, why, route }));
}

function isOf({ path, line }: Violation, planted: Edge): boolean {
  return path === planted.from && line === planted.line;
}

function textOf({ rule, message }: Violation): string {
  return `${rule}\n${message}`;
}

/** The same for people. */
export function explanationText({ from, to, isAllowed, broken, now, places }: Explanation): string {
  const verdict = isAllowed ? 'may import' : 'may not import';
  const told = broken.map(
    ({ rule, severity, message, why, route }) =>
      `\n${severity === 'error' ? 'breaks' : 'is warned by'} ${rule}: ${message}\n  why      ${why}\n  instead  ${route}\n`,
  );
  const doors = to.doors.length === 0 ? '' : `\n${to.element} is entered by ${to.doors.join(', ')}.\n`;
  const more = places > now.length ? `  and in ${places - now.length} more places\n` : '';
  const used = now.map(({ path, line, kind, what }) => `  ${path}:${line} ${kind} ${what}\n`).join('');
  const today =
    places === 0
      ? `\n${from.element} does not depend on ${to.element} now.\n`
      : `\n${from.element} depends on ${to.element} now:\n${used}${more}`;
  const isOne = from.element === to.element;
  return `${from.path} ${verdict} ${to.path}${isOne ? `: both are of ${to.element}` : ''}.\n${told.join('')}${isOne ? '' : doors + today}`;
}
