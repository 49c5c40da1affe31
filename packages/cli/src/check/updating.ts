import {
  type BoundaryRules,
  type CheckResult,
  createProject,
  type ProjectGraph,
  readBaseline,
  stillThereIn,
  updatedBaseline,
  type Violation,
  writeBaseline,
} from '@mortar/boundaries';
import { MortarError } from 'mortar/errors';
import { git } from '../git/git.js';
import type { CheckOptions } from './options.js';

/** What became of a baseline. */
export interface BaselineChange {
  /** Path of the file, from the root. */
  readonly file: string;
  /** Entries now; without any there is no file. */
  readonly entries: number;
  /** Violations that they stand for. */
  readonly violations: number;
  /** Entries whose day is over: they keep theirs, and a check fails for them. */
  readonly expired: number;
}

/** Half a year: long enough to plan with, short enough to be remembered. */
const EXPIRES_AFTER_DAYS = 183;
const MS_A_DAY = 24 * 60 * 60 * 1000;

/**
 * Keeps the errors of a check of the whole project that was made without a baseline as known. What is wrong with the configuration is not kept:
 * it is mended there.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a day that is none, `MORTAR_BASELINE_INVALID`
 */
export async function updateBaseline(
  graph: ProjectGraph,
  rules: BoundaryRules,
  { violations }: CheckResult,
  options: CheckOptions,
): Promise<BaselineChange> {
  refusePart(graph);
  const { root } = graph;
  const kept = violations.filter(isKept);
  const fresh = {
    owner: options.owner ?? (await gitUser(root)),
    reason: options.reason ?? 'It was there when the check came.',
    expires: dayOf(options.expires),
  };
  const old = await readBaseline(root, rules);
  const baseline = updatedBaseline(old, kept, fresh, stillThereIn(createProject(graph, rules)));
  await writeBaseline(root, rules, baseline);
  const today = new Date().toISOString().slice(0, 10);
  const { entries } = baseline;
  const expired = entries.filter(({ expires }) => expires < today).length;
  return { file: rules.baseline, entries: entries.length, violations: kept.length, expired };
}

/** What could not be read would be dropped as mended, and come back without its owner and day. */
function refusePart({ diagnostics }: ProjectGraph): void {
  const unread = diagnostics.find(({ code }) => code === 'file-unreadable' || code === 'folder-unreadable');
  if (unread === undefined) return;
  throw new MortarError('MORTAR_BASELINE_INVALID', {
    rule: 'A baseline is of the whole project: what could not be read would count as mended.',
    expected: 'all files and folders of code to be read, or to be left out by .gitignore',
    got: `${unread.path}: ${unread.message}`,
  });
}

/** Whether a baseline may keep it. */
export function isKept({ severity, rule }: Violation): boolean {
  return severity === 'error' && !/^(unused-rule|unused-exception|baseline-)/.test(rule);
}

async function gitUser(root: string): Promise<string> {
  try {
    const { stdout } = await git(root, ['config', 'user.name']);
    return stdout.trim() || 'nobody yet';
  } catch {
    // A baseline needs no git.
    return 'nobody yet';
  }
}

function dayOf(text: string | undefined): string {
  if (text === undefined) {
    return new Date(Date.now() + EXPIRES_AFTER_DAYS * MS_A_DAY).toISOString().slice(0, 10);
  }
  const day = new Date(`${text}T00:00:00Z`);
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
  // What has expired would fail at once.
  if (isDay && text >= new Date().toISOString().slice(0, 10)) return text;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option --expires takes a day that is not over.',
    expected: 'one such as 2027-01-31',
    got: JSON.stringify(text),
  });
}
