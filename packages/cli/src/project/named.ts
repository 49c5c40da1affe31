import { relative, resolve, sep } from 'node:path';
import { type Element, findElement, type Project } from '@mortar/boundaries';
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
