import type { SourceFile } from './file.js';

/** One broken rule. */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  /** From 1; the first line where the whole file or folder is meant. */
  readonly line: number;
  readonly message: string;
}

/** A violation at an offset of a file. */
export function violationAt(file: SourceFile, offset: number, rule: string, message: string): Violation {
  return { rule, path: file.path, line: file.lineAt(offset), message };
}

/** One line for each violation, in the order of the tree, such as an editor can jump to. */
export function listViolations(violations: readonly Violation[]): string[] {
  const sorted = [...violations].sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
  return sorted.map(({ path, line, rule, message }) => `${path}:${line} ${rule}: ${message}`);
}
