import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { CheckResult, ReportFormat, ReportOptions } from '@mortar/boundaries';
import { checkFolder, type FolderCheck, loadFormat } from '@mortar/boundaries/check';
import { type ExitCode, FAILED, OK } from '../exit-code.js';
import { jsonText } from '../frame.js';
import type { Io } from '../io.js';
import { packageVersion } from '../package-version.js';
import { emptyProject, readingOf } from '../project/reading-options.js';
import { CONFIG_FILE, projectRoot } from '../project/root.js';
import type { CheckOptions } from './options.js';
import type { BaselineChange } from './updating.js';

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
  if (options.updateBaseline === true) return keepKnown(root, options, io);
  const { result: whole, paths } = await wholeCheck(root, options, io);
  const result = options.changed === undefined ? whole : await ofChangedSince(options.changed, root, whole);
  const report = options.json === true ? 'json' : options.format;
  await tell(result, report, root, io);
  return { code: result.errors > 0 && options.warnOnly !== true ? FAILED : OK, paths };
}

/** @throws MortarError `MORTAR_PROJECT_EMPTY` */
async function wholeCheck(root: string, options: CheckOptions, io: Io): Promise<FolderCheck> {
  if (options.staged === true) return (await import('./staged.js')).checkStaged(root, options, io);
  const check = await checkFolder(root, readingOf(root, options, io));
  io.progress?.('');
  if (check.paths.length === 0) throw emptyProject(root);
  return check;
}

async function ofChangedSince(ref: string, root: string, whole: CheckResult): Promise<CheckResult> {
  const { loadRules } = await import('@mortar/boundaries');
  const { changedFiles } = await import('../git/changed-files.js');
  const { ofChanged } = await import('./changed.js');
  const { baseline } = await loadRules(root);
  return ofChanged(whole, await changedFiles(root, ref), {
    settings: [CONFIG_FILE, baseline],
    isThere: (path) => existsSync(join(root, path)),
  });
}

async function tell(result: CheckResult, report: ReportFormat, root: string, io: Io): Promise<void> {
  const format = await loadFormat(report);
  io.print(format(result, await reportOptions(root, report, io)));
}

/** Those that are read on a build machine, which counts paths from the top of the repository. */
const FROM_TOP: ReadonlySet<ReportFormat> = new Set<ReportFormat>(['github', 'gitlab', 'sarif']);

async function reportOptions(root: string, report: ReportFormat, io: Io): Promise<ReportOptions> {
  const plain = { colour: io.hasColour, version: packageVersion() };
  if (!FROM_TOP.has(report)) return plain;
  const { findRepository } = await import('../git/repository.js');
  const repository = await findRepository(root).catch(() => undefined);
  return repository === undefined
    ? plain
    : { ...plain, prefix: relative(repository.top, root).split(sep).join('/') };
}

/** Writes the baseline. What it can't keep is told, and fails as ever. */
async function keepKnown(root: string, options: CheckOptions, io: Io): Promise<Checked> {
  const { checkProject, loadRules } = await import('@mortar/boundaries');
  const { readGraph } = await import('../project/reading.js');
  const rules = await loadRules(root);
  const graph = await readGraph(root, options, io);
  const result = checkProject(graph, rules);
  const { isKept, updateBaseline } = await import('./updating.js');
  const change = await updateBaseline(graph, rules, result, options);
  const left = result.violations.filter((violation) => !isKept(violation));
  const errors = left.filter(({ severity }) => severity === 'error').length;
  if (options.json === true || options.format === 'json') io.print(jsonText({ ...change, left: errors }));
  else {
    const rest = { ...result, violations: left, errors, warnings: left.length - errors };
    // A report that a program reads is whole and alone, also where there is nothing left to tell.
    const isForPeople = options.format === 'pretty';
    if (errors > 0 || !isForPeople) await tell(rest, options.format, root, io);
    if (isForPeople) io.print(saysOf(change));
    else io.complain(saysOf(change));
  }
  return { code: errors > 0 && options.warnOnly !== true ? FAILED : OK, paths: graph.files.keys() };
}

function saysOf({ file, entries, violations, expired }: BaselineChange): string {
  if (entries === 0) return 'There is nothing to keep; no baseline.\n';
  const kept = `${file} keeps ${violations} violation${violations === 1 ? '' : 's'}.\n`;
  return expired === 0
    ? kept
    : `${kept}${expired} of ${entries} entries expired: a check fails until they are mended, or given another day in the file.\n`;
}
