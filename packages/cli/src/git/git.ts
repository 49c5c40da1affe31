import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { MortarError } from 'mortar/errors';

/** The list of files of a very large repository is some tens of MiB. */
const OUTPUT_BYTES = 256 * 1024 * 1024;

/** What git answered. */
export interface GitAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs git in a folder, without a shell and without programs that the repository's own configuration names.
 * A code other than 0 is an answer.
 * @throws MortarError `MORTAR_GIT_UNAVAILABLE` where there is no git
 */
export function git(folder: string, args: readonly string[]): Promise<GitAnswer> {
  const quiet = ['-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false', '-C', folder];
  return new Promise((done, fail) => {
    execFile(
      'git',
      [...quiet, ...args],
      { encoding: 'utf8', maxBuffer: OUTPUT_BYTES, env: { ...environment(), LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        if (error === null) done({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') done({ code: error.code, stdout, stderr });
        else fail(notStarted(error));
      },
    );
  });
}

/**
 * In a hook git names its folder and its index from where the hook stands, which need not be where git is run next: the
 * index becomes absolute, and the folder is found again, since without GIT_WORK_TREE any folder would pass for the top.
 */
function environment(): NodeJS.ProcessEnv {
  const { GIT_DIR, ...others } = process.env;
  const { GIT_WORK_TREE, GIT_INDEX_FILE } = others;
  return {
    ...others,
    ...(GIT_INDEX_FILE === undefined ? {} : { GIT_INDEX_FILE: resolve(GIT_INDEX_FILE) }),
    ...(GIT_DIR === undefined || GIT_WORK_TREE === undefined
      ? {}
      : { GIT_DIR: resolve(GIT_DIR), GIT_WORK_TREE: resolve(GIT_WORK_TREE) }),
  };
}

function notStarted(cause: Error): MortarError {
  return new MortarError('MORTAR_GIT_UNAVAILABLE', {
    rule: 'What concerns commits is asked of git.',
    expected: 'the program git on the PATH',
    got: 'none that starts',
    cause,
  });
}
