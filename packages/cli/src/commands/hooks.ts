import type { Command } from 'commander';
import { FAILED } from '../exit-code.js';
import { asGroup, type CommonOptions, type Frame, jsonText, withJson, withRoot } from '../frame.js';
import { repositoryOf } from '../git/repository.js';
import { type HookTarget, installHook, isHookInstalled, uninstallHook } from '../hooks/hook.js';
import type { HookChange } from '../hooks/hook-change.js';
import { hookPlace, shown } from '../hooks/hook-place.js';
import { projectRoot } from '../project/root.js';

interface Answer {
  readonly state: HookChange['state'] | 'present';
  readonly notes: readonly string[];
}

type Step = (target: HookTarget) => Answer;

/** `mortar hooks install|uninstall|status`. */
export function addHooks(program: Command, frame: Frame): void {
  const hooks = asGroup(program.command('hooks').description('Has git check each commit before it is made.'));
  const steps: readonly (readonly [string, string, Step])[] = [
    ['install', 'Adds the check to the hook before commits: of git, husky or lefthook.', installHook],
    ['uninstall', 'Takes the check out of the hook, and leaves what else is in it.', uninstallHook],
    ['status', 'Says whether the check is in the hook; exit code 1 if it is not.', status],
  ];
  for (const [name, description, step] of steps) {
    withJson(withRoot(hooks.command(name).description(description))).action((options: CommonOptions) =>
      take(step, options, frame),
    );
  }
}

function status(target: HookTarget): Answer {
  return { state: isHookInstalled(target) ? 'present' : 'absent', notes: [] };
}

async function take(step: Step, { json, root: asked }: CommonOptions, { io, finish }: Frame): Promise<void> {
  const root = projectRoot(asked, io);
  const repository = await repositoryOf(root);
  const place = hookPlace(repository);
  const { state, notes } = step({ root, repository, place });
  const file = shown(place.path, repository);
  const told = state === 'removed' || state === 'absent' ? notes : [...place.notes, ...notes];
  if (json === true) io.print(jsonText({ state, manager: place.manager, file, notes: told }));
  else io.print([`${SAYS[state]} ${file} (${place.manager}).`, ...told].map((line) => `${line}\n`).join(''));
  if (step === status && state === 'absent') finish(FAILED);
}

const SAYS: Readonly<Record<Answer['state'], string>> = {
  installed: 'Each commit is checked from now on, by',
  updated: 'Each commit is checked; brought up to date:',
  unchanged: 'Each commit was checked already, by',
  present: 'Each commit is checked, by',
  removed: 'Commits are not checked any more; taken out of',
  absent: 'Commits are not checked: there is nothing of Mortar in',
};
