import { posix } from 'node:path';
import type { CheckResult, Violation } from '@mortar/boundaries';

/** What changes how a whole folder is read. */
const FOLDER_WIDE = /(^|\/)(package\.json|[tj]sconfig[^/]*\.json|pnpm-workspace\.yaml)$/;

/**
 * The violations that changed files are part of: they stand in one, reach one, or are a circle through one; those in and into the
 * folder of a package.json or tsconfig that has changed; and imports that lead nowhere, where such a file has changed or any file
 * is gone. All of them where the configuration or the baseline itself has changed. Paths are from the root.
 */
export function ofChanged(
  result: CheckResult,
  changed: ReadonlySet<string>,
  { settings, isThere }: ChangedOptions,
): CheckResult {
  if (settings.some((path) => changed.has(path))) return result;
  const folders = [...changed].filter((path) => FOLDER_WIDE.test(path)).map((path) => posix.dirname(path));
  const isTouched = (path: string): boolean =>
    changed.has(path) || folders.some((folder) => folder === '.' || path.startsWith(`${folder}/`));
  const mayLeadNowhere = folders.length > 0 || [...changed].some((path) => !isThere(path));
  const violations = result.violations.filter(
    (violation) =>
      concerns(violation, isTouched) || (mayLeadNowhere && violation.rule === 'unresolved-import'),
  );
  return {
    ...result,
    violations,
    errors: violations.filter(({ severity }) => severity === 'error').length,
    warnings: violations.filter(({ severity }) => severity === 'warn').length,
    elsewhere: result.violations.length - violations.length,
  };
}

/** What is asked beside the violations and the changes. */
export interface ChangedOptions {
  /** Paths of the configuration and the baseline. */
  readonly settings: readonly string[];
  /** Whether a file is still there. */
  readonly isThere: (path: string) => boolean;
}

function concerns({ path, target, cycle }: Violation, isTouched: (path: string) => boolean): boolean {
  if (isTouched(path) || (target !== undefined && isTouched(target))) return true;
  if (cycle === undefined) return false;
  return cycle.members.some(isTouched) || cycle.cut.some((link) => isTouched(link.path));
}
