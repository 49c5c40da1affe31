import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../git/git.js';
import { findRepository, type Repository } from '../git/repository.js';
import { isHookInstalled } from '../hooks/hook.js';
import { hookPlace, shown } from '../hooks/hook-place.js';
import { type Finding, faultOf, good } from './finding.js';

/** A workflow that is larger was not written by a person. */
const WORKFLOW_BYTES = 1024 * 1024;

/** Whether the project is checked before commits, and by a workflow. */
export async function gitFindings(root: string): Promise<Finding[]> {
  try {
    const repository = await findRepository(root);
    if (repository !== undefined) return [hookFinding(root, repository), workflowFinding(repository.top)];
    const { stderr } = await git(root, ['rev-parse', '--show-toplevel']);
    const [said = ''] = stderr.trim().split('\n');
    const isNone = /not a git repository/.test(said);
    return [
      withoutGit(isNone ? 'The project is in no git repository' : `Git refuses the repository (${said})`),
    ];
  } catch {
    return [withoutGit('There is no program git on the PATH')];
  }
}

function withoutGit(says: string): Finding {
  return { about: 'git', state: 'note', says: `${says}: no hook, no --staged, no --changed` };
}

function hookFinding(root: string, repository: Repository): Finding {
  try {
    const place = hookPlace(repository);
    if (isHookInstalled({ root, repository, place })) {
      return good('hook', `Commits are checked by ${shown(place.path, repository)} (${place.manager})`);
    }
    return { about: 'hook', state: 'note', says: 'Commits are not checked', mend: 'mortar hooks install' };
  } catch (error) {
    return faultOf('hook', error);
  }
}

function workflowFinding(top: string): Finding {
  const folder = join(top, '.github', 'workflows');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.ya?ml$/.test(file)) : [];
  const found = files.find((file) => {
    const path = join(folder, file);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile() || stat.size > WORKFLOW_BYTES) return false;
    return /\bmortar check\b/.test(readFileSync(path, 'utf8'));
  });
  if (found !== undefined) return good('workflow', `.github/workflows/${found} runs mortar check`);
  return {
    about: 'workflow',
    state: 'note',
    says: 'No workflow of GitHub runs mortar check',
    mend: 'mortar init',
  };
}
