import { existsSync } from 'node:fs';
import { MISUSED } from '../exit-code.js';
import { errorText } from '../failure.js';
import type { Frame } from '../frame.js';
import { projectRoot } from '../project/root.js';
import { foldersOf, startWatching } from '../project/watching.js';
import { checkOnce } from './checking.js';
import type { CheckOptions } from './options.js';

/**
 * Checks again whenever a file changes, until nobody reads what is printed or the process is interrupted. What a check
 * can't do is told, and the next change may mend it.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where there is no such project
 */
export async function watchAndCheck(options: CheckOptions, { io, finish }: Frame): Promise<void> {
  const root = projectRoot(options.root, io);
  const watching = startWatching(root, io.signal);
  let folders: ReadonlySet<string> = new Set(['.']);
  watching.follow(folders);
  try {
    do {
      const readAt = Date.now();
      try {
        const { code, paths } = await checkOnce(options, io);
        finish(code);
        folders = foldersOf(paths);
        watching.follow(folders, readAt);
      } catch (error) {
        io.progress?.('');
        // Nothing tells when a folder that is gone comes back.
        if (!existsSync(root)) throw error;
        finish(MISUSED);
        if (options.json === true || options.format === 'json') io.print(errorText(error, true));
        else io.complain(errorText(error, false));
        watching.follow(folders, readAt);
      }
      io.complain(`Watching ${root}: waits for a change.\n`);
    } while (await watching.change());
  } finally {
    watching.close();
  }
}
