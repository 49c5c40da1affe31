import type { Project } from './project.js';
import { compileSelectors, type Selected } from './selector.js';

/** Asks selectors about files by their paths; each file is looked at once. */
export function selectFiles(
  project: Project,
  selectors: readonly string[],
): (path: string) => Selected | undefined {
  const select = compileSelectors(selectors, project.rules.sets);
  const known = new Map<string, Selected | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, select(project.selectable(path)));
    return known.get(path);
  };
}
