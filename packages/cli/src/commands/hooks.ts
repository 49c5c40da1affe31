import type { Command } from 'commander';
import { FAILED } from '../exit-code.js';
import { asGroup, type CommonOptions, type Frame, jsonText, withJson, withRoot } from '../frame.js';
import type { HookTarget } from '../hooks/hook.js';
import type { HookChange } from '../hooks/hook-change.js';

interface Answer {
  readonly state: HookChange['state'] | 'present';
  readonly notes: readonly string[];
}

type Step = 'install' | 'uninstall' | 'status';

/** `mortar hooks install|uninstall|status`. */
export function addHooks(program: Command, frame: Frame): void {
  const hooks = asGroup(program.command('hooks').description('Has git check each commit before it is made.'));
  const steps: readonly (readonly [Step, string])[] = [
    ['install', 'Adds the check to the hook before commits: of git, husky or lefthook.'],
    ['uninstall', 'Takes the check out of the hook, and leaves what else is in it.'],
    ['status', 'Says whether the check is in the hook; exit code 1 if it is not.'],
  ];
  for (const [step, description] of steps) {
    withJson(withRoot(hooks.command(step).description(description))).action((options: CommonOptions) =>
      take(step, options, frame),
    );
  }
}

async function answerTo(step: Step, target: HookTarget): Promise<Answer> {
  const { installHook, isHookInstalled, uninstallHook } = await import('../hooks/hook.js');
  if (step === 'install') return installHook(target);
  if (step === 'uninstall') return uninstallHook(target);
  return { state: isHookInstalled(target) ? 'present' : 'absent', notes: [] };
}

async function take(step: Step, { json, root: asked }: CommonOptions, { io, finish }: Frame): Promise<void> {
  const { repositoryOf } = await import('../git/repository.js');
  const { hookPlace, shown } = await import('../hooks/hook-place.js');
  const { projectRoot } = await import('../project/root.js');
  const root = projectRoot(asked, io);
  const repository = await repositoryOf(root);
  const place = hookPlace(repository);
  const { state, notes } = await answerTo(step, { root, repository, place });
  const file = shown(place.path, repository);
  const told = state === 'removed' || state === 'absent' ? notes : [...place.notes, ...notes];
  if (json === true) io.print(jsonText({ state, manager: place.manager, file, notes: told }));
  else io.print([`${SAYS[state]} ${file} (${place.manager}).`, ...told].map((line) => `${line}\n`).join(''));
  if (step === 'status' && state === 'absent') finish(FAILED);
}

const SAYS: Readonly<Record<Answer['state'], string>> = {
  installed: 'Each commit is checked from now on, by',
  updated: 'Each commit is checked; brought up to date:',
  unchanged: 'Each commit was checked already, by',
  present: 'Each commit is checked, by',
  removed: 'Commits are not checked any more; taken out of',
  absent: 'Commits are not checked: there is nothing of Mortar in',
};
