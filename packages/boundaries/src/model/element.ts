/** A module or a package: what has a door that others come in by. */
export interface Element {
  /** A package's name; a module's is below its package: `@acme/app/orders`, and just `orders` in the package of the root. */
  readonly id: string;
  readonly kind: 'package' | 'module';
  /** From the root; `.` for the root. A module of several paths has the first. */
  readonly folder: string;
  /** The name of the package that it is, or is in. */
  readonly package: string;
  /** The id of the package or module that it stands in. */
  readonly parent: string | undefined;
  readonly tags: readonly string[];
  /** Whether its door is a contract.ts that was found by itself or by the configuration. */
  readonly hasContract: boolean;
  /** Paths of the files that others may import. */
  readonly doors: readonly string[];
  /** Paths of the files that what stands around it may import to put it together: module.ts. */
  readonly wiring: readonly string[];
  /** Paths of its files, but for those of elements inside it; sorted. */
  readonly files: readonly string[];
}

/** The name by which people call an element: the last part of its id, as messages have it before their dot. */
export function shortName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** The folder that a path stands in; `.` for the root. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '.' : path.slice(0, end);
}

/** A file's name without its folder and extension: `a/contract.mts` is `contract`. */
export function stemOf(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/(\.d)?\.[cm]?[jt]sx?$/, '')
    .replace(/\.(vue|svelte)$/, '');
}

/** Whether a path is in a folder, at any depth. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}
