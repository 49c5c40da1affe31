import type { CheckResult, Violation } from '../rules/violation.js';
import { fingerprints } from './words.js';

/** The number of the shape below; fields may be added under it, and none is taken away or changes its meaning. */
const FORMAT_VERSION = 1;

/** A violation as it stands in the JSON. */
type JsonViolation = Omit<Violation, 'subject' | 'because'> & { readonly fingerprint: string };

/** For programs. */
export function formatJson(result: CheckResult): string {
  const { errors, warnings, files, edges, modules } = result;
  const document = {
    formatVersion: FORMAT_VERSION,
    summary: {
      errors,
      warnings,
      baselined: result.baselined.length,
      excepted: result.excepted.length,
      elsewhere: result.elsewhere ?? 0,
      files,
      edges,
      modules: modules.length,
    },
    violations: listed(result.violations),
    baselined: listed(result.baselined),
    excepted: listed(result.excepted),
    modules,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function listed(violations: readonly Violation[]): JsonViolation[] {
  return fingerprints(violations).map(({ violation, fingerprint }) => {
    const { subject: _subject, because: _because, ...rest } = violation;
    return { ...rest, fingerprint };
  });
}
