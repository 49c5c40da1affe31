import { join } from 'node:path';
import { managers, packageManagerOf } from '../setup/installer.js';
import { type HookProject, projectLine } from './hook-projects.js';

/** The name that a hook which was there first keeps while Mortar's stands in its place. */
export const KEPT = 'pre-commit.mortar-kept';

/** What a shell runs at the top of the work tree before a commit, for one project. */
export function shellLines(project: HookProject): string[] {
  const args = argumentsOf(project);
  const places = [...new Set([project === '' ? '' : `${project}/`, ''])].map(
    (folder) => `./${folder}node_modules/.bin/mortar`,
  );
  return [
    projectLine(project),
    ...places.flatMap((place, index) => [
      `${index === 0 ? 'if' : 'elif'} [ -x ${quoted(place)} ]; then`,
      `  ${quoted(place)} ${args} || exit $?`,
    ]),
    'elif command -v mortar >/dev/null 2>&1; then',
    `  mortar ${args} || exit $?`,
    'else',
    "  echo 'The command mortar is not installed here, so nothing was checked: npm install @mortar/cli' >&2",
    '  exit 1',
    'fi',
  ];
}

/** What follows where another hook was put aside. */
export function keptLines(): string[] {
  return [`if [ -x "$(dirname "$0")/${KEPT}" ]; then exec "$(dirname "$0")/${KEPT}" "$@"; fi`];
}

/** The same as one command that the package manager of the project starts. */
export function managerCommand(top: string, project: HookProject): string {
  const { run } = managers[packageManagerOf([join(top, project), top])];
  return `${run} mortar ${argumentsOf(project)}`;
}

function argumentsOf(project: HookProject): string {
  return `check --staged${project === '' ? '' : ` --root ${quoted(project)}`}`;
}

/** For a POSIX shell, whatever the text holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
