import type { CheckResult } from '../rules/violation.js';
import type { ReportOptions } from './format.js';
import { fingerprints, prefixed } from './words.js';

/** GitLab's code quality report, a subset of Code Climate's format. */
export function formatGitlab({ violations }: CheckResult, options: ReportOptions): string {
  const issues = fingerprints(violations).map(({ violation, fingerprint }) => ({
    type: 'issue',
    description: `${violation.message} ${violation.route}`,
    check_name: violation.rule,
    fingerprint,
    severity: violation.severity === 'error' ? 'major' : 'minor',
    categories: ['Style'],
    location: {
      path: prefixed(violation.path, options),
      lines: { begin: violation.line, end: violation.line },
    },
  }));
  return `${JSON.stringify(issues, undefined, 2)}\n`;
}
