import { relative } from 'node:path';
import type { Repository } from '../git/repository.js';
import type { HookChange } from './hook-change.js';
import type { HookPlace } from './hook-place.js';
import type { HookProject } from './hook-projects.js';
import { installLefthook, isInLefthook, uninstallLefthook } from './lefthook.js';
import { installScript, isInScript, uninstallScript } from './script-hook.js';

/** A project, and where its hook belongs. */
export interface HookTarget {
  /** The folder of the project: the top of the work tree, or below. */
  readonly root: string;
  readonly repository: Repository;
  readonly place: HookPlace;
}

/**
 * Has each commit checked before it is made. Installed a second time it changes nothing; other projects of the repository
 * that are checked stay so.
 * @throws MortarError `MORTAR_FILE_IN_WAY` where that can't be done without harm to what is there
 */
export function installHook(target: HookTarget): HookChange {
  const { place, repository } = target;
  const project = projectOf(target);
  return place.manager === 'lefthook'
    ? installLefthook(place.path, repository.top, project)
    : installScript(place, repository.top, project);
}

/** Takes out what `installHook` has put in for this project, and nothing else. */
export function uninstallHook(target: HookTarget): HookChange {
  const { place, repository } = target;
  const project = projectOf(target);
  return place.manager === 'lefthook'
    ? uninstallLefthook(place.path, repository.top, project)
    : uninstallScript(place, project);
}

/** Whether commits are checked for this project. */
export function isHookInstalled(target: HookTarget): boolean {
  const { place } = target;
  const project = projectOf(target);
  return place.manager === 'lefthook' ? isInLefthook(place.path, project) : isInScript(place, project);
}

function projectOf({ root, repository }: HookTarget): HookProject {
  return relative(repository.top, root).replaceAll('\\', '/');
}
