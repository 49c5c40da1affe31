import { installedPackages } from '../doctor/installed.js';
import { hasLockfile, managers, namedManager, type PackageManager } from './installer.js';

/** What is set up, and where. */
export interface SetupSite {
  /** The folder of the project. Absolute. */
  readonly root: string;
  /** The top of the repository. Absolute. */
  readonly top: string;
  readonly manager: PackageManager;
  readonly hasWorkflow: boolean;
}

/** What is still missing before the workflow and the hook can run, a sentence each; nothing where all is there. */
export function openPoints({ root, top, manager, hasWorkflow }: SetupSite): readonly string[] {
  const isInstalled = installedPackages(root).some(({ name }) => name === '@mortar/cli');
  const folders = [root, top];
  const { add, lockfiles } = managers[manager];
  const isNamed = folders.some((folder) => namedManager(folder) !== undefined);
  return [
    ...(isInstalled ? [] : [`${add} @mortar/cli makes the command part of the project.`]),
    ...(hasWorkflow && !hasLockfile(folders, manager)
      ? [`The workflow needs ${lockfiles[0]} in the repository: ${manager} install makes it.`]
      : []),
    ...(hasWorkflow && manager === 'pnpm' && !isNamed
      ? [
          'The workflow needs "packageManager" in package.json, such as "pnpm@10.0.0", to know which pnpm to run.',
        ]
      : []),
  ];
}
