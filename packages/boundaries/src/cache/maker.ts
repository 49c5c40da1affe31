import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require: NodeJS.Require = createRequire(import.meta.url);
/** What scans, graphs and answers rest on beside our own code, and where that is. */
const LIBRARIES: readonly (readonly [name: string, place: () => string])[] = [
  ['oxc-parser', () => require.resolve('oxc-parser')],
  ['oxc-transform', () => require.resolve('oxc-transform')],
  ['jsonc-parser', () => require.resolve('jsonc-parser')],
];
const ownFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/** Who writes a cache: nobody else reads it, since what code is found to mean may differ with each. None of it has a space. */
export interface Maker {
  /** Our version; where it is being worked on, of the build too. */
  readonly version: string;
  /** What the disk says of the libraries: as long as it stays, so do their versions. Undefined where they are no files of their own. */
  readonly stamp: string | undefined;
  /** The versions of the libraries. They are read when they are asked for: of most runs the stamp says enough. */
  readonly libraries: () => string;
}

/** The maker that the package in this folder is. */
export function makerOf(folder: string = ownFolder): Maker {
  const manifests = manifestsAround(folder);
  const build = statSync(join(folder, 'dist/.tsbuildinfo'), { throwIfNoEntry: false });
  const version = versionIn(join(folder, 'package.json'));
  let libraries: string | undefined;
  return {
    version: build === undefined ? version : `${version}+${build.size}.${build.mtimeMs}`,
    stamp: manifests.includes(undefined) ? undefined : manifests.map((one) => one?.stamp).join(),
    libraries: () => {
      libraries ??= LIBRARIES.map(([name, place], index) => {
        const manifest = manifests[index]?.path;
        // Without a folder of its own it lies in an archive, which is named for its version.
        return `${name}@${manifest === undefined ? encodeURIComponent(place()) : versionIn(manifest)}`;
      }).join();
      return libraries;
    },
  };
}

interface Manifest {
  readonly path: string;
  readonly stamp: string;
}

/** The package.json of each library, sought as Node seeks packages; where one lies, the others are likely to lie too. */
function manifestsAround(folder: string): readonly (Manifest | undefined)[] {
  let home = '';
  return LIBRARIES.map(([name]) => {
    const beside = home === '' ? undefined : manifestIn(home, name);
    if (beside !== undefined) return beside;
    for (const up of foldersAbove(folder)) {
      const found = manifestIn(up, name);
      if (found === undefined) continue;
      home = up;
      return found;
    }
    return undefined;
  });
}

function* foldersAbove(folder: string): Generator<string> {
  let at = join(folder, '.');
  for (;;) {
    if (basename(at) !== 'node_modules') yield at;
    const above = dirname(at);
    if (above === at) return;
    at = above;
  }
}

/** The time of the last change to a file, unlike that of its content, can't be set: some package managers give all files the same. */
function manifestIn(folder: string, name: string): Manifest | undefined {
  const path = join(folder, 'node_modules', name, 'package.json');
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : { path, stamp: `${stat.size}.${stat.ctimeMs}.${stat.ino}` };
}

function versionIn(path: string): string {
  const { version }: { readonly version: string } = JSON.parse(readFileSync(path, 'utf8'));
  return version;
}
