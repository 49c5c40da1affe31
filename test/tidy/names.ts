import type { SourceFile } from '../source/file.js';
import type { Violation } from '../source/violation.js';

const SAYS_NOTHING = /^(utils?|helpers?|managers?|common|misc|impl)$/;

/** No file or folder has a name that could hold anything: util, helper, manager, common, misc, impl. */
export function fileNames(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path }): Violation[] => {
    const word = path.split(/[/.-]/).find((part) => SAYS_NOTHING.test(part.toLowerCase()));
    if (word === undefined) return [];
    return [{ rule: 'file-name', path, line: 1, message: `"${word}" does not say what is in it` }];
  });
}
