import { type FSWatcher, fstatSync, readdirSync, type Stats, statSync, watch } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { MortarError } from 'mortar/errors';

/** Saving one file is often several events, and a change of branches is thousands: they are over after this silence. */
const QUIET_MS = 60;
const READ = /^\.([cm]?[jt]sx?|vue|svelte|jsonc?|ya?ml)$/;

/** Tells when files of a project have changed. */
export interface Watching {
  /**
   * Watches these folders, and no others any more. Paths are from the root, with `/`; `.` is the root. What has changed since
   * they were read, before their watch began, is a change too. `readAt` is in ms since 1970.
   */
  readonly follow: (folders: Iterable<string>, readAt?: number) => void;
  /** Waits for the next change, one since the last call included. `false` when it was aborted. */
  readonly change: () => Promise<boolean>;
  readonly close: () => void;
}

/** Every folder that holds one of the files, and those above, down to the root. */
export function foldersOf(paths: Iterable<string>): ReadonlySet<string> {
  const folders = new Set(['.']);
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

/** Watches folders of a project: each by itself, since what is ignored (node_modules) is the greater part of most trees. */
export function startWatching(root: string, signal: AbortSignal): Watching {
  const watchers = new Map<string, Watched>();
  const outputs = ownOutputs();
  let isDirty = false;
  let wake: (() => void) | undefined;
  const notice = (name: string | null, event: string): void => {
    if (!concerns(name === null ? null : basename(name), event)) return;
    const stat = name === null || outputs.size === 0 ? undefined : statOf(name);
    if (stat !== undefined && outputs.has(numberOf(stat))) return;
    isDirty = true;
    wake?.();
  };
  const stop = (folder: string): void => {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  };
  return {
    follow: (folders, readAt = Number.POSITIVE_INFINITY) => {
      const wanted = new Set(folders);
      for (const [folder, { identity }] of [...watchers]) {
        // A folder that was made anew, as by a change of branches, is another one: the watch of the old one is deaf.
        if (!wanted.has(folder) || identityOf(join(root, folder)) !== identity) stop(folder);
      }
      for (const folder of wanted) {
        if (watchers.has(folder)) continue;
        const path = join(root, folder);
        const identity = identityOf(path);
        const watcher = open(path, notice, () => stop(folder));
        if (watcher === undefined) continue;
        watchers.set(folder, { watcher, identity });
        if (isNewerThan(path, readAt)) isDirty = true;
      }
    },
    change: async () => {
      while (!isDirty && !signal.aborted) await event(signal, (listener) => (wake = listener));
      // Until nothing has come for a while.
      while (isDirty && !signal.aborted) {
        isDirty = false;
        await event(signal, (listener) => (wake = listener), QUIET_MS);
        if (!isDirty) return true;
      }
      return false;
    },
    close: () => {
      for (const folder of [...watchers.keys()]) stop(folder);
    },
  };
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly identity: string | undefined;
}

/** Tells one folder from another that has its name later, and may have its number too. */
function identityOf(folder: string): string | undefined {
  const stat = statOf(folder);
  return stat === undefined ? undefined : `${numberOf(stat)}:${stat.birthtimeMs}`;
}

function numberOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A link that leads in a circle, or below a file.
    return undefined;
  }
}

/** The files that this process prints into: a report that was led into the project would have it checked again for ever. */
function ownOutputs(): ReadonlySet<string> {
  const numbers = [1, 2].flatMap((descriptor) => {
    try {
      const stat = fstatSync(descriptor);
      return stat.isFile() ? [numberOf(stat)] : [];
    } catch {
      // It is closed.
      return [];
    }
  });
  return new Set(numbers);
}

/** Whether something that is read has changed in a folder since a time, in ms since 1970. */
function isNewerThan(folder: string, time: number): boolean {
  if (time === Number.POSITIVE_INFINITY) return false;
  try {
    return readdirSync(folder).some((name) => {
      if (!concerns(name, 'rename')) return false;
      const stat = statOf(join(folder, name));
      return stat !== undefined && Math.max(stat.mtimeMs, stat.ctimeMs) > time;
    });
  } catch {
    // It went while we came: the next check says what there is to say.
    return false;
  }
}

/** What is read is code and configuration; a name without an ending that comes or goes may be a folder of them. */
function concerns(name: string | null, event: string): boolean {
  if (name === null) return true;
  if (name === 'node_modules' || name === '.git') return false;
  // It says what is read.
  if (name === '.gitignore') return true;
  const ending = extname(name);
  return READ.test(ending) || (ending === '' && event === 'rename');
}

function open(
  folder: string,
  notice: (name: string | null, event: string) => void,
  gone: () => void,
): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (event, name) => notice(name === null ? null : join(folder, name), event));
    watcher.on('error', () => {
      gone();
      notice(null, 'rename');
    });
    return watcher;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    // It went while we came, or something else has its name.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The option --watch needs a watch of the operating system for each folder.',
      expected: 'fewer folders, or a higher limit (fs.inotify.max_user_watches on Linux)',
      got: `${code} at ${folder}`,
      cause,
    });
  }
}

/** Waits for a call of the listener, for the time to pass, or for the signal. */
async function event(
  signal: AbortSignal,
  listen: (listener: () => void) => void,
  timeoutMs?: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let done: () => void = () => undefined;
  await new Promise<void>((resolve) => {
    done = resolve;
    listen(resolve);
    signal.addEventListener('abort', done, { once: true });
    if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
  });
  clearTimeout(timer);
  signal.removeEventListener('abort', done);
}
