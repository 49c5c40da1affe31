import type { CheckResult, Violation } from '@mortar/boundaries';

/**
 * The violations that changed files are part of: they stand in one, reach one, or are a circle through one. All of them
 * where the configuration or the baseline itself has changed. Paths are from the root.
 */
export function ofChanged(
  result: CheckResult,
  changed: ReadonlySet<string>,
  settings: readonly string[],
): CheckResult {
  if (settings.some((path) => changed.has(path))) return result;
  const violations = result.violations.filter((violation) => concerns(violation, changed));
  return {
    ...result,
    violations,
    errors: violations.filter(({ severity }) => severity === 'error').length,
    warnings: violations.filter(({ severity }) => severity === 'warn').length,
  };
}

function concerns({ path, target, cycle }: Violation, changed: ReadonlySet<string>): boolean {
  if (changed.has(path) || (target !== undefined && changed.has(target))) return true;
  if (cycle === undefined) return false;
  return (
    cycle.members.some((member) => changed.has(member)) || cycle.cut.some((link) => changed.has(link.path))
  );
}
