import { stemOf } from '../model/element.js';
import type { Project } from '../model/project.js';
import type { BaselineEntry } from './baseline.js';

/**
 * Whether a name in the subject of an entry still means something in the project. If so, a violation with another subject is not the
 * same under a new name, but another one.
 */
export type StillThere = (entry: BaselineEntry, name: string) => boolean;

/** Asks a project: for its files, for what contracts export, for its modules and messages, by the rule of the entry. */
export function stillThereIn(project: Project): StillThere {
  return ({ rule, to, subject }, name) => {
    if (rule === 'module-cycle' || rule === 'message-cycle') return project.element(name) !== undefined;
    if (rule === 'file-cycle') return hasFile(project, subject.split(' '), name);
    if (project.definitions.some((definition) => definition.name === name)) return true;
    const files = project.paths.filter((path) =>
      project.chain(project.elementOf(path)).some(({ id }) => id === to),
    );
    if (/^contract-(?:content|leak|reexport)$/.test(rule))
      return files.some((path) => project.graph.files.get(path)?.exports.includes(name));
    return files.some((path) => stemOf(path) === name);
  };
}

/** The subject of a circle of files has the ids of their modules too; a file of that name elsewhere is another. */
function hasFile(project: Project, subject: readonly string[], name: string): boolean {
  const homes = subject.flatMap((id) => project.element(id) ?? []);
  const files = homes.length === 0 ? project.paths : homes.flatMap((home) => home.files);
  return (
    project.element(name) !== undefined || files.some((path) => path.endsWith(`/${name}`) || path === name)
  );
}
