import { rulesFrom } from '../../src/config/load-rules.js';
import type { RuleId } from '../../src/config/rule-settings.js';
import { ruleIds } from '../../src/config/rule-settings.js';
import { readProject } from '../../src/graph/read-project.js';
import { type CheckOptions, checkProject } from '../../src/rules/check-project.js';
import type { CheckResult, Violation } from '../../src/rules/violation.js';
import { type Files, makeProject } from '../support/project.js';

/** Reads a folder with these files from the disk, and checks it under a configuration. */
export async function check(
  files: Files,
  config: object = {},
  options: CheckOptions = {},
): Promise<CheckResult> {
  return checkProject(await readProject(makeProject(files)), rulesFrom(config, 'mortar.config.json'), {
    today: '2026-06-01',
    ...options,
  });
}

/** `src/a.ts:1 rule from → to` for each violation of a folder, in the order of the report. */
export async function told(files: Files, config: object = {}): Promise<string[]> {
  return lines((await check(files, config)).violations);
}

/** The same for one rule, switched on; all others are off. */
export async function toldBy(rule: RuleId, files: Files, config: object = {}): Promise<string[]> {
  return lines(await violationsOf(rule, files, config));
}

/** What one rule finds in a folder, switched on; all others are off. */
export async function violationsOf(
  rule: RuleId,
  files: Files,
  config: object = {},
): Promise<readonly Violation[]> {
  const off = Object.fromEntries(ruleIds.map((id) => [id, 'off']));
  const own: object = 'rules' in config && typeof config.rules === 'object' ? { ...config.rules } : {};
  return (await check(files, { ...config, rules: { ...off, [rule]: 'error', ...own } })).violations;
}

/** Violations, each on a line. */
export function lines(violations: readonly Violation[]): string[] {
  return violations.map(({ rule, path, line, from, to }) => `${path}:${line} ${rule} ${from} → ${to}`);
}

/** A package.json. */
export function manifest(name: string, fields: object = {}): string {
  return JSON.stringify({ name, type: 'module', ...fields });
}
