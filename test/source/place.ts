/** The package a file belongs to: `packages/mortar`, `examples/01-shop`; `''` for the repository's own files. */
export function packageOf(path: string): string {
  return /^(packages|ecosystem|examples)\/[^/]+/.exec(path)?.[0] ?? '';
}

/** Whether the file is a test, or serves one. */
export function isTest(path: string): boolean {
  return path.startsWith('test/') || path.startsWith(`${packageOf(path)}/test/`);
}

/** The folder of a file. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Groups files by what `keyOf` makes of their path. */
export function groupFiles<File extends { readonly path: string }>(
  files: readonly File[],
  keyOf: (path: string) => string,
): Map<string, File[]> {
  const groups = new Map<string, File[]>();
  for (const file of files) {
    const key = keyOf(file.path);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return groups;
}
