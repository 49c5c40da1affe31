import { posix } from 'node:path';
import type { BoundaryRules } from '../config/load-rules.js';
import type { Edge, ProjectGraph } from '../graph/project-graph.js';
import { type Element, folderOf, isWithin } from '../model/element.js';
import { findElement, findFile } from '../model/find.js';
import { createProject, exportedName, type Project } from '../model/project.js';
import { type CheckOptions, checkProject } from './check-project.js';
import { textReader } from './frame.js';
import type { Violation } from './violation.js';

/** What would be if a file were in another module. */
export interface WhatIf {
  readonly file: string;
  /** Where it would lie. */
  readonly path: string;
  readonly from: string;
  readonly to: string;
  /** Violations that would come, at the new path. */
  readonly added: readonly Violation[];
  /** Violations that would go, at the old path. */
  readonly removed: readonly Violation[];
  /** Imports that would have to be written anew, here and in others. */
  readonly rewritten: readonly RewrittenImport[];
}

/** An import whose specifier would change. */
export interface RewrittenImport {
  /** The file it is in, where it would then lie. */
  readonly path: string;
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

/**
 * Moves a file to another module in the graph, not on the disk, and compares the violations before and after. In its own module it
 * stays where it is.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where the file or the module is not of the project.
 */
export function whatIfMove(
  graph: ProjectGraph,
  rules: BoundaryRules,
  file: string,
  module: string,
  options: CheckOptions = {},
): WhatIf {
  const project = createProject(graph, rules);
  const old = findFile(project, file);
  const to = homeIn(project, findElement(project, module));
  const from = project.elementOf(old);
  if (from === to)
    return { file: old, path: old, from: from.id, to: to.id, added: [], removed: [], rewritten: [] };
  const path = freePath(project, old, from, to);
  const readText = options.readText ?? textReader(graph);
  const moved = movedGraph(project, old, path);
  const before = checkProject(graph, rules, { ...options, readText }).violations;
  const after = checkProject(moved.graph, rules, {
    ...options,
    readText: (one) => readText(one === path ? old : one),
  }).violations;
  const keys = (violations: readonly Violation[]): Set<string> =>
    new Set(violations.map((one) => identityOf(one, path, old)));
  const known = keys(before);
  const left = keys(after);
  return {
    file: old,
    path,
    from: from.id,
    to: to.id,
    added: after.filter((one) => !known.has(identityOf(one, path, old))),
    removed: before.filter((one) => !left.has(identityOf(one, path, old))),
    rewritten: moved.rewritten,
  };
}

/** The same violation before and after: what it says may change with the path. */
function identityOf({ rule, path, line, column, from, to }: Violation, moved: string, old: string): string {
  return [rule, path === moved ? old : path, line, column, from, to].join('\0');
}

/** Where the file would lie: as deep in the code of the new module as it was in that of the old one. */
function freePath(project: Project, file: string, from: Element, to: Element): string {
  const inside = isWithin(file, from.folder) ? posix.relative(from.folder, file) : posix.basename(file);
  const code = codeFolder(project, from);
  const path = isWithin(file, code)
    ? posix.join(codeFolder(project, to), posix.relative(code, file))
    : posix.join(to.folder, inside);
  return project.graph.files.has(path) ? path.replace(/(\.[^/]*)?$/, '-moved$1') : path;
}

/** A module's folder; that of a package is its `src`, where it has one. */
function codeFolder(project: Project, { kind, folder, package: name }: Element): string {
  const src = posix.join(folder, 'src');
  const hasSrc = (path: string): boolean => isWithin(path, src) && project.elementOf(path).package === name;
  return kind === 'package' && project.paths.some(hasSrc) ? src : folder;
}

/** A package whose code is one module is that module. */
function homeIn(project: Project, element: Element): Element {
  const folder = codeFolder(project, element);
  return project.elements.find((one) => one.kind === 'module' && one.folder === folder) ?? element;
}

interface Moved {
  readonly graph: ProjectGraph;
  readonly rewritten: readonly RewrittenImport[];
}

function movedGraph({ graph, elementOf }: Project, old: string, path: string): Moved {
  const rename = (one: string): string => (one === old ? path : one);
  const home = elementOf(path).package;
  const files = [...graph.files].map(
    ([key, file]) =>
      [rename(key), { ...file, path: rename(key), package: key === old ? home : file.package }] as const,
  );
  const rewritten: RewrittenImport[] = [];
  const edges = graph.edges.map((edge): Edge => {
    if (edge.from !== old && !(edge.to.kind === 'file' && edge.to.path === old)) return edge;
    const next = movedEdge(graph, edge, rename);
    if (next.specifier !== edge.specifier) {
      rewritten.push({ path: next.from, line: edge.line, before: edge.specifier, after: next.specifier });
    }
    return next;
  });
  const place = <T extends { readonly path: string }>(one: T): T => ({ ...one, path: rename(one.path) });
  return {
    graph: {
      ...graph,
      files: new Map(files),
      edges,
      definitions: graph.definitions.map(place),
      uses: graph.uses.map((use) => ({
        ...place(use),
        definedIn: use.definedIn === undefined ? undefined : rename(use.definedIn),
      })),
    },
    rewritten,
  };
}

/** Between packages an import goes by name where the target is exported; else by its path, as nothing better is there. */
function movedEdge(graph: ProjectGraph, edge: Edge, rename: (path: string) => string): Edge {
  const from = rename(edge.from);
  if (edge.to.kind !== 'file') return { ...edge, from };
  const target = rename(edge.to.path);
  const to = { ...edge.to, path: target };
  const homeOf = (path: string): ProjectGraph['packages'][number] | undefined =>
    graph.packages
      .filter(({ folder }) => folder === '.' || path.startsWith(`${folder}/`))
      .sort((a, b) => b.folder.length - a.folder.length)[0];
  const home = homeOf(target);
  if (home !== undefined && home !== homeOf(from) && home.entries.includes(target))
    return { ...edge, from, to, specifier: exportedName(home, target) };
  const isRelative = edge.specifier.startsWith('.');
  if (!isRelative && home !== homeOf(from)) return { ...edge, from, to };
  const relative = posix.relative(folderOf(from), target);
  const extension = /\.[cm]?[jt]sx?$/.exec(edge.specifier)?.[0];
  const named =
    extension === undefined
      ? relative.replace(/(\.d)?\.[cm]?[jt]sx?$/, '').replace(/\/index$/, '')
      : relative.replace(/\.[cm]?[jt]sx?$/, extension);
  return { ...edge, from, to, specifier: named.startsWith('.') ? named : `./${named}` };
}
