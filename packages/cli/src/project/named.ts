import { isBuiltin } from 'node:module';
import { relative, resolve, sep } from 'node:path';
import { type EdgeTarget, type Element, findElement, isNamedByRules, type Project } from '@mortar/boundaries';
import { MortarError, nearest } from 'mortar/errors';
import type { Io } from '../io.js';

/** What a user means by a name: a module or package, or one file of it. */
export interface Named {
  readonly element: Element;
  /** From the root; nothing where no single file is meant. */
  readonly path: string | undefined;
}

/**
 * Finds what is meant: a module or package by its id, the last part of it or its folder, or a file by its path. Paths count
 * from where the user stands, else from the root.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for what is not there, or could be several
 */
export function findNamed(project: Project, text: string, io: Io): Named {
  const exact = project.element(text);
  if (exact !== undefined) return { element: exact, path: undefined };
  const path = findPath(project, text, io);
  if (path !== undefined) return { element: project.elementOf(path), path };
  const folder = pathsMeant(project, text, io).find((one) =>
    project.elements.some((element) => element.folder === one),
  );
  const guess = folder === undefined ? likePath(project, text) : undefined;
  if (guess !== undefined) throw noSuchFile(text, guess);
  return { element: findElement(project, folder ?? text), path: undefined };
}

/** What is not of the project, by the name that it is imported by: a package of npm, or a module of the runtime. */
export interface Outer {
  readonly name: string;
  readonly target: EdgeTarget;
}

/**
 * Finds what would be imported: what `findNamed` finds, else `node:fs`, or a package of npm that something here imports, declares or
 * has a rule about. `npm:` before a name says that it is a package, whatever is known of it.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for what is not there, or could be several
 */
export function findTarget(project: Project, text: string, io: Io): Named | Outer {
  const [, builtin] = /^node:(.+)$/.exec(text) ?? [];
  if (builtin !== undefined && isBuiltin(text))
    return { name: text, target: { kind: 'builtin', name: builtin } };
  const [, npm] = /^npm:(.+)$/.exec(text) ?? [];
  const isOuter = npm !== undefined || (!isOwn(project, text, io) && isKnownPackage(project, text));
  if (!isOuter) return findNamed(project, text, io);
  const name = npm ?? text;
  return { name, target: { kind: 'package', name, subpath: '' } };
}

function isKnownPackage({ graph, rules }: Project, name: string): boolean {
  return (
    graph.packages.some(({ dependencies }) => Object.hasOwn(dependencies, name)) ||
    graph.edges.some(({ to }) => to.kind === 'package' && to.name === name) ||
    isNamedByRules(rules, name)
  );
}

function isOwn(project: Project, text: string, io: Io): boolean {
  return (
    findPath(project, text, io) !== undefined ||
    project.elements.some(({ id, folder }) => id === text || id.endsWith(`/${text}`) || folder === text)
  );
}

/** The file that is meant by what is not the name of a module, but looks like a path. */
function likePath(project: Project, text: string): string | undefined {
  const isPath = /[/\\].*\.[cm]?[jt]sx?$/.test(text);
  return isPath ? nearest(text, project.paths) : undefined;
}

/**
 * Finds a file by its path, from where the user stands or from the root.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function findFile(project: Project, text: string, io: Io): string {
  const path = findPath(project, text, io);
  if (path !== undefined) return path;
  throw noSuchFile(text, nearest(text, project.paths));
}

function noSuchFile(text: string, guess: string | undefined): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A file is named by its path.',
    expected: guess === undefined ? 'the path of a file with code' : `${guess}, perhaps`,
    got: JSON.stringify(text),
  });
}

function findPath(project: Project, text: string, io: Io): string | undefined {
  return pathsMeant(project, text, io).find((path) => project.graph.files.has(path));
}

function pathsMeant({ graph: { root } }: Project, text: string, { folder }: Io): string[] {
  if (text === '' || text.includes('\0')) return [];
  return [resolve(folder, text), resolve(root, text)].map((path) => {
    const inside = relative(root, path).split(sep).join('/');
    return inside === '' ? '.' : inside;
  });
}
