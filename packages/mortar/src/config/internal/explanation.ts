import { formatPath } from '../../contracts/index.js';
import type { Issue } from '../../errors/index.js';
import type { Fault } from './fault.js';
import { valueAt } from './frozen.js';
import type { Found, Reading } from './reading.js';

/** So much of a secret's beginning is enough to count as a repetition of it. */
const TELLING_CHARACTERS = 6;

/** The schema's issues as faults that name the keys, without those that follow from a fault already known. */
export function explainIssues(issues: readonly Issue[], reading: Reading): readonly Fault[] {
  const known = reading.faults.map(({ path }) => path);
  const faults = issues.flatMap((issue): readonly Fault[] => {
    const found = reading.found.find(({ path }) => isAtOrIn(issue.path, formatPath(path)));
    if (found !== undefined && known.includes(found.path.join('.'))) return [];
    return [{ kind: 'bad-value', path: issue.path, message: explain(issue, found, reading) }];
  });
  // A group may be refused as a whole because of a value in it that could not be read.
  return reading.faults.length > 0 ? faults : faults.length > 0 ? faults : [UNEXPLAINED];
}

const UNEXPLAINED: Fault = { kind: 'bad-value', path: '', message: 'the schema refuses it without an issue' };

function explain(issue: Issue, found: Found | undefined, reading: Reading): string {
  const key = found?.key ?? (issue.path === '' ? 'the configuration' : issue.path);
  if (found?.value === undefined && found !== undefined) return `${key} is not set`;
  if (found?.setting.isSecret)
    return `${key}: does not fit its schema; why is not shown since it is a secret`;
  if (reading.secretTexts.some((text) => issue.message.includes(text.slice(0, TELLING_CHARACTERS)))) {
    return `${key}: does not fit its schema; why is not shown since it repeats a secret`;
  }
  return `${key}: ${issue.message}`;
}

function isAtOrIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
}

/** A fault for each secret that the schema's output does not have in its place: it may stand unwrapped in another. */
export function lostSecrets(output: unknown, { found }: Reading): readonly Fault[] {
  return found
    .filter(
      ({ setting, value, path }) =>
        setting.isSecret && value !== undefined && valueAt(output, path) === undefined,
    )
    .map(({ key, path }) => ({
      kind: 'bad-value',
      path: path.join('.'),
      message: `${key}: the schema must keep a secret in its place, ${path.join('.')}`,
    }));
}
