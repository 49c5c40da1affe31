import type { CheckResult, Violation } from '../rules/violation.js';
import type { ReportOptions } from './format.js';
import { prefixed } from './words.js';

/** Workflow commands of GitHub Actions: annotations at the lines of a pull request. Empty where nothing was found. */
export function formatGithub({ violations }: CheckResult, options: ReportOptions): string {
  return violations.map((violation) => `${command(violation, options)}\n`).join('');
}

function command(
  { severity, path, line, column, rule, message, why, route }: Violation,
  options: ReportOptions,
): string {
  const properties = {
    file: prefixed(path, options),
    line: String(line),
    col: String(column),
    title: `mortar ${rule}`,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  const text = `${message}\nWhy: ${why}\nInstead: ${route}`;
  return `::${severity === 'error' ? 'error' : 'warning'} ${list.join(',')}::${escapeData(text)}`;
}

/** As actions/toolkit does it in packages/core/src/command.ts: a newline would begin another command. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
