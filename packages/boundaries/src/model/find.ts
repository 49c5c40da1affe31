import { MortarError, nearest } from 'mortar/errors';
import { type Element, shortName } from './element.js';
import type { Project } from './project.js';

/**
 * The module or package that a word means: an id, the last part of one where no other ends so, a folder, or a file's path.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where nothing fits, or several do.
 */
export function findElement(project: Project, word: string): Element {
  const clean = word.replace(/^\.\//, '').replace(/\/$/, '');
  const exact = project.element(clean) ?? project.elements.find(({ folder }) => folder === clean);
  if (exact !== undefined) return exact;
  if (project.graph.files.has(clean)) return project.elementOf(clean);
  const named = project.elements.filter(({ id }) => shortName(id) === clean || id.endsWith(`/${clean}`));
  const [first, second] = named;
  if (first !== undefined && second === undefined) return first;
  const ids = project.elements.map(({ id }) => id);
  const like = nearest(clean, [...ids, ...ids.map(shortName)]);
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A module or package is named by its id, its folder, or one of its files.',
    expected:
      second === undefined
        ? `${like === undefined ? '' : `${like}, perhaps, or another `}one of ${listOf(ids)}`
        : `which of ${listOf(named.map(({ id }) => id))}`,
    got: JSON.stringify(word),
  });
}

function listOf(ids: readonly string[]): string {
  return ids.length > 20 ? `${ids.slice(0, 20).join(', ')} and ${ids.length - 20} more` : ids.join(', ');
}

/**
 * A file of the project by its path.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where there is none.
 */
export function findFile(project: Project, word: string): string {
  const clean = word.replace(/^\.\//, '');
  if (project.graph.files.has(clean)) return clean;
  const like = nearest(clean, project.paths);
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A file is named by its path from the root of the project.',
    expected: like === undefined ? 'the path of a file that was read' : `${like}, perhaps`,
    got: JSON.stringify(word),
  });
}
