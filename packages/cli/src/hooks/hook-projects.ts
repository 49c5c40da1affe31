import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A project that a hook checks: its folder from the top of the work tree, with `/`; empty for the top itself. */
export type HookProject = string;

const MARK = '# mortar:project ';

/** The line of a block that says which project the lines after it are for. */
export function projectLine(project: HookProject): string {
  return MARK + JSON.stringify(project === '' ? '.' : project);
}

/** The projects that a block names, in order. */
export function projectsOf(block: string): HookProject[] {
  return block.split(/\r?\n/).flatMap((line) => {
    const at = line.trimStart();
    if (!at.startsWith(MARK)) return [];
    const project = textOf(at.slice(MARK.length));
    return project === undefined ? [] : [project === '.' ? '' : project];
  });
}

/** With one more project, and without those whose folders are gone. */
export function withProject(
  projects: readonly HookProject[],
  project: HookProject,
  top: string,
): readonly HookProject[] {
  const there = projects.filter((one) => one === project || existsSync(join(top, one)));
  return there.includes(project) ? there : [...there, project];
}

function textOf(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
