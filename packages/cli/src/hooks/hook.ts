import { relative } from 'node:path';
import type { Repository } from '../git/repository.js';
import type { HookChange } from './hook-change.js';
import { managerCommand } from './hook-command.js';
import type { HookPlace } from './hook-place.js';
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
 * Has each commit checked before it is made. Installed a second time it changes nothing.
 * @throws MortarError `MORTAR_FILE_IN_WAY` where that can't be done without harm to what is there
 */
export function installHook({ root, repository, place }: HookTarget): HookChange {
  if (place.manager === 'lefthook') return installLefthook(place.path, managerCommand(repository.top, root));
  return installScript(place, relative(repository.top, root).replaceAll('\\', '/'));
}

/** Takes out what `installHook` has put in, and nothing else. */
export function uninstallHook({ place }: HookTarget): HookChange {
  return place.manager === 'lefthook' ? uninstallLefthook(place.path) : uninstallScript(place);
}

/** Whether commits are checked. */
export function isHookInstalled({ place }: HookTarget): boolean {
  return place.manager === 'lefthook' ? isInLefthook(place.path) : isInScript(place);
}
