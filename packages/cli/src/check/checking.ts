import { relative, sep } from 'node:path';
import {
  type Baseline,
  type BoundaryRules,
  type CheckResult,
  checkProject,
  format,
  loadRules,
  parseBaseline,
  parseRules,
  type ReportFormat,
  type ReportOptions,
  readBaseline,
} from '@mortar/boundaries';
import { type ExitCode, FAILED, OK } from '../exit-code.js';
import { jsonText } from '../frame.js';
import { changedFiles } from '../git/changed-files.js';
import { indexText } from '../git/index-text.js';
import { findRepository, repositoryOf } from '../git/repository.js';
import type { Io } from '../io.js';
import { packageVersion } from '../package-version.js';
import { readGraph } from '../project/reading.js';
import { CONFIG_FILE, projectRoot } from '../project/root.js';
import { ofChanged } from './changed.js';
import type { CheckOptions } from './options.js';
import { isKept, updateBaseline } from './updating.js';

/** How a check went. */
export interface Checked {
  readonly code: ExitCode;
  /** Of the files that were read, from the root. */
  readonly paths: Iterable<string>;
}

/**
 * Checks once, and tells what was found.
 * @throws MortarError for wrong use and wrong configuration, `MORTAR_PROJECT_EMPTY`
 */
export async function checkOnce(options: CheckOptions, io: Io): Promise<Checked> {
  const root = projectRoot(options.root, io);
  const ofIndex = options.staged === true;
  if (ofIndex) await repositoryOf(root);
  const ownRules = await rulesOf(root, ofIndex);
  const graph = await readGraph(root, { ...options, ofIndex, mayBeEmpty: ofIndex }, io);
  // The first commit may be of a README alone. Nothing is wrong with it, and rules for what is still to come name nothing in vain.
  const rules = graph.files.size === 0 ? parseRules('{}') : ownRules;
  const baseline = options.updateBaseline === true ? undefined : await baselineOf(root, rules, ofIndex);
  const whole = checkProject(graph, rules, {
    baseline,
    ...(graph.readText === undefined ? {} : { readText: graph.readText }),
  });
  const paths = graph.files.keys();
  if (options.updateBaseline === true) return { code: await keep(root, rules, whole, options, io), paths };
  const result =
    options.changed === undefined
      ? whole
      : ofChanged(whole, await changedFiles(root, options.changed), [CONFIG_FILE, rules.baseline]);
  const report = options.json === true ? 'json' : options.format;
  io.print(format(result, report, await reportOptions(root, report, io)));
  return { code: result.errors > 0 && options.warnOnly !== true ? FAILED : OK, paths };
}

/** Those that are read on a build machine, which counts paths from the top of the repository. */
const FROM_TOP: ReadonlySet<ReportFormat> = new Set<ReportFormat>(['github', 'gitlab', 'sarif']);

async function reportOptions(root: string, report: ReportFormat, io: Io): Promise<ReportOptions> {
  const plain = { colour: io.hasColour, version: packageVersion() };
  const repository = FROM_TOP.has(report) ? await findRepository(root).catch(() => undefined) : undefined;
  return repository === undefined
    ? plain
    : { ...plain, prefix: relative(repository.top, root).split(sep).join('/') };
}

/** What git does not know yet is not in the index, and meant all the same. */
async function rulesOf(root: string, ofIndex: boolean): Promise<BoundaryRules> {
  const text = ofIndex ? await indexText(root, CONFIG_FILE) : undefined;
  return text === undefined ? loadRules(root) : parseRules(text);
}

async function baselineOf(
  root: string,
  rules: BoundaryRules,
  ofIndex: boolean,
): Promise<Baseline | undefined> {
  const text = ofIndex ? await indexText(root, rules.baseline) : undefined;
  return text === undefined ? readBaseline(root, rules) : parseBaseline(text, rules.baseline);
}

/** Writes the baseline. What it can't keep is told, and fails as ever. */
async function keep(
  root: string,
  rules: BoundaryRules,
  result: CheckResult,
  options: CheckOptions,
  io: Io,
): Promise<ExitCode> {
  const change = await updateBaseline(root, rules, result, options);
  const left = result.violations.filter((violation) => !isKept(violation));
  const errors = left.filter(({ severity }) => severity === 'error').length;
  if (options.json === true || options.format === 'json') io.print(jsonText({ ...change, left: errors }));
  else {
    const rest = { ...result, violations: left, errors, warnings: left.length - errors };
    // A report that a program reads is whole and alone, also where there is nothing left to tell.
    const isForPeople = options.format === 'pretty';
    if (errors > 0 || !isForPeople)
      io.print(format(rest, options.format, await reportOptions(root, options.format, io)));
    const kept = `${change.violations} violation${change.violations === 1 ? '' : 's'}`;
    const says =
      change.entries === 0 ? 'There is nothing to keep; no baseline.\n' : `${change.file} keeps ${kept}.\n`;
    if (isForPeople) io.print(says);
    else io.complain(says);
  }
  return errors > 0 && options.warnOnly !== true ? FAILED : OK;
}
