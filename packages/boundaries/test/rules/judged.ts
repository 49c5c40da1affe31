import { type BoundaryRules, rulesFrom } from '../../src/config/load-rules.js';
import type { RuleId } from '../../src/config/rule-settings.js';
import { type CheckOptions, checkProject } from '../../src/rules/check-project.js';
import type { CheckResult, Violation } from '../../src/rules/violation.js';
import { graphOf, type Sample, type SampleImport } from '../../src/self-test/sample.js';

/** What a test says of a project: as much as it needs. */
export type Given = Partial<Omit<Sample, 'files'>> & {
  /** Paths, or texts by path. Files that imports name need not be listed. */
  readonly files?: readonly string[] | { readonly [path: string]: string; readonly length?: never };
};

/** A sample of what was given, with every file that an import or a message names. */
export function sampleOf({ packages = [], files = [], imports = [], ...rest }: Given): Sample {
  const texts: Readonly<Record<string, string>> =
    'length' in files ? Object.fromEntries(Object.values(files).map((path) => [path, ''])) : files;
  const named = [
    ...imports.flatMap(({ from, to }) => (/^(npm:|node:|nowhere$|\?$)/.test(to) ? [from] : [from, to])),
    ...(rest.definitions ?? []).map(({ path }) => path),
    ...(rest.uses ?? []).map(({ path }) => path),
    ...packages.flatMap(({ entries = [] }) => entries),
  ];
  const others = named.filter((path) => !Object.hasOwn(texts, path)).map((path) => [path, ''] as const);
  return { packages, files: { ...texts, ...Object.fromEntries(others) }, imports, ...rest };
}

/** All that a check finds in a project under a configuration. */
export function judge(given: Given, config: unknown = {}, options: CheckOptions = {}): CheckResult {
  const sample = sampleOf(given);
  return checkProject(graphOf(sample), rulesFrom(config, 'mortar.config.json'), {
    readText: (path) => sample.files[path],
    today: '2026-06-01',
    ...options,
  });
}

/** What one rule finds, switched on; all others are off. */
export function found(rule: RuleId, given: Given, config: object = {}): Violation[] {
  const rules: object = 'rules' in config && typeof config.rules === 'object' ? { ...config.rules } : {};
  return judge(given, { ...config, rules: { [rule]: 'error', ...rules } }).violations.filter(
    (one) => one.rule === rule,
  );
}

/** The places of violations, `path:line`. */
export function places(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line }) => `${path}:${line}`);
}

/** An import on line 1, by the path from one file to the other. */
export function from(path: string, to: string, rest: Partial<SampleImport> = {}): SampleImport {
  return { from: path, to, specifier: to.startsWith('npm:') ? to.slice(4) : `./${to}`, ...rest };
}

/** The rules that hold where there is no configuration. */
export const defaults: BoundaryRules = rulesFrom({});
