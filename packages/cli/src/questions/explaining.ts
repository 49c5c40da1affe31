import { posix } from 'node:path';
import {
  checkProject,
  type Edge,
  type EdgeTarget,
  type Element,
  exportedName,
  type Project,
  type ProjectGraph,
  type Violation,
} from '@mortar/boundaries';
import type { Named, Outer } from '../project/named.js';
import { isPartOf, linksBetween } from './way.js';

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
  /** The module or package; a package of npm, or a module of the runtime, by its name. */
  readonly element: string;
  /** The file that the question is put for; what is not of the project has its name again. */
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
 * to its first door, for a package without files of its own from those of the modules in it; `undefined` for one that has none.
 */
export function explanationOf(project: Project, from: Named, to: Named | Outer): Explanation | undefined {
  const start = fileOf(project, from, false);
  const end = 'element' in to ? endIn(project, from.element, to) : endOutside(project, from.element, to);
  if (start === undefined || end === undefined) return undefined;
  const { side, target, specifier, now } = end;
  const isSame = target.kind === 'file' && target.path === start;
  const planted = importOf(start, specifier ?? specifierOf(project, start, side.path), target);
  const broken = isSame ? [] : brokenBy(project, planted);
  return {
    from: sideOf(from.element, start),
    to: side,
    isAllowed: broken.every(({ severity }) => severity !== 'error'),
    broken,
    now: now.slice(0, MOST_PLACES),
    places: now.length,
  };
}

/** What is imported, and where the other side depends on it now. */
interface End {
  readonly side: Side;
  readonly target: EdgeTarget;
  /** Unless the place of the import bears on it. */
  readonly specifier?: string;
  readonly now: Explanation['now'];
}

function endIn(project: Project, from: Element, to: Named): End | undefined {
  const path = fileOf(project, to, true);
  if (path === undefined) return undefined;
  const now = linksBetween(project, from, to.element).map(({ path: place, line, kind, what }) => ({
    path: place,
    line,
    kind,
    what,
  }));
  return { side: sideOf(to.element, path), target: { kind: 'file', path }, now };
}

function endOutside(project: Project, from: Element, { name, target }: Outer): End {
  const now = project.edges
    .filter(
      (edge) =>
        nameOf(edge.to) === nameOf(target) &&
        !project.isTest(edge.from) &&
        isPartOf(project, project.elementOf(edge.from), from),
    )
    .map(({ from: path, line, kind, specifier }) => ({ path, line, kind, what: specifier }));
  return { side: { element: name, path: name, doors: [], tags: [] }, target, specifier: name, now };
}

/** The package or module of the runtime that an edge leads to. */
function nameOf(to: EdgeTarget): string | undefined {
  if (to.kind === 'unresolved') return to.package;
  return to.kind === 'package' || to.kind === 'builtin' ? to.name : undefined;
}

function fileOf(project: Project, { element, path }: Named, isTarget: boolean): string | undefined {
  if (path !== undefined) return path;
  const parts = project.elements.filter((one) => isPartOf(project, one, element));
  const files = element.files.length > 0 ? element.files : parts.flatMap((part) => part.files).sort();
  const door = isTarget ? element.doors.find((one) => project.graph.files.has(one)) : undefined;
  return door ?? files.find((one) => !project.isTest(one)) ?? files[0];
}

function sideOf({ id, doors, tags }: Element, path: string): Side {
  return { element: id, path, doors, tags };
}

function importOf(from: string, specifier: string, to: EdgeTarget): Edge {
  return {
    from,
    kind: 'import',
    specifier,
    to,
    names: ['*'],
    isTypeOnly: false,
    line: PLANTED_LINE,
    column: 1,
  };
}

/** As it would be written: by name between packages, else by path. */
function specifierOf({ graph }: Project, from: string, to: string): string {
  const target = graph.packages.find(({ name }) => name === graph.files.get(to)?.package);
  if (target === undefined || target.name === graph.files.get(from)?.package) {
    const way = posix.relative(posix.dirname(from), to);
    return way.startsWith('.') ? way : `./${way}`;
  }
  if (!target.entries.includes(to)) return `${target.name}/${posix.relative(target.folder, to)}`;
  return exportedName(target, to);
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
  const left = places - now.length;
  const more = left > 0 ? `  and in ${left} more ${left === 1 ? 'place' : 'places'}\n` : '';
  const used = now.map(({ path, line, kind, what }) => `  ${path}:${line} ${kind} ${what}\n`).join('');
  const today =
    places === 0
      ? `\n${from.element} does not depend on ${to.element} now.\n`
      : `\n${from.element} depends on ${to.element} now:\n${used}${more}`;
  const isOne = from.element === to.element;
  const both = isAllowed ? `: both are of ${to.element}` : `, though both are of ${to.element}`;
  return `${from.path} ${verdict} ${to.path}${isOne ? both : ''}.\n${told.join('')}${isOne ? '' : doors + today}`;
}
