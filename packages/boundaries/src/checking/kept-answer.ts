import { hash } from 'node:crypto';
import type { Probe } from '../files/probed-files.js';
import { stampOf } from '../files/work-tree.js';
import type { Reading } from '../graph/reading.js';
import type { CheckResult } from '../rules/violation.js';
import { isCode } from '../scan/language.js';
import { scanFiles } from '../scanning/scan-files.js';
import { optionsOfKey, type ScanTask } from '../scanning/scan-task.js';
import type { FolderCheck } from './folder-check.js';

/** What a check is asked with, beside what is in the folder. */
export interface Question {
  readonly withBaseline: boolean;
  readonly today: string;
}

interface KeptAnswer {
  /** The hash of the question, of the paths of all files and links, and of what was wrong when they were listed. */
  readonly asked: string;
  /** All that the disk was asked for: rules and baseline, manifests and compiler options, what imports lead to, and each text that a rule has looked at. */
  readonly probes: readonly Probe[];
  /** The hash of the shapes of all files with code, by path: their paths are known by `asked`. */
  readonly shapes: string;
  readonly result: CheckResult;
}

/**
 * The answer that was kept, where all that it rests on is the same. A check is a function of the question, the list of files, the
 * shapes of those with code, and the answers of the disk. It asks the disk in the same order for the same, so where all that was asked
 * has the same answer, nothing else would be asked. The rest of a file, such as the inside of its functions, bears on an answer only
 * through the texts that rules look at, and these are among what was asked.
 */
export async function keptAnswer(reading: Reading, question: Question): Promise<FolderCheck | undefined> {
  const body = reading.kept?.file('answer').read();
  if (body === undefined) return undefined;
  const { asked, probes, shapes, result }: KeptAnswer = JSON.parse(body.toString('utf8'));
  if (asked !== askedOf(reading, question) || !reading.probed.hold(probes)) return undefined;
  const { cache, files } = reading;
  const paths = files.files.map(({ path }) => path).filter(isCode);
  const changed = tasksOf(
    reading,
    paths.filter((path) => !cache.isSame(path, stampOf(files.root, path))),
  );
  if (changed === undefined) return undefined;
  if (changed.length > 0) await scanChanged(reading, changed);
  if (shapes !== cache.shapesOf(paths)) return undefined;
  cache.save();
  return { result, paths };
}

/** Keeps an answer that was found, unless somebody wrote meanwhile. The cache must have been asked for all files. */
export function keepAnswer(reading: Reading, question: Question, { result, paths }: FolderCheck): void {
  const { probed, cache, kept } = reading;
  if (kept === undefined || !probed.isSteady) return;
  const asked = askedOf(reading, question);
  const answer: KeptAnswer = { asked, probes: probed.probes, shapes: cache.shapesOf(paths), result };
  kept.file('answer').write([Buffer.from(JSON.stringify(answer))]);
}

function askedOf({ probed, files }: Reading, { withBaseline, today }: Question): string {
  return hash('sha1', JSON.stringify([withBaseline, today, probed.tree, files.diagnostics]), 'base64url');
}

async function scanChanged({ files, cache, options }: Reading, tasks: readonly ScanTask[]): Promise<void> {
  const { workers, signal, onProgress } = options;
  await scanFiles({ files, cache, isIndex: false, workers, signal, onProgress, diagnostics: [] }, tasks);
}

/** With the settings that the files were scanned with before; nothing where one of them is not known. */
function tasksOf({ cache }: Reading, paths: readonly string[]): readonly ScanTask[] | undefined {
  const keys = paths.map((path) => cache.keyOf(path));
  return keys.includes(undefined)
    ? undefined
    : paths.map((path, index) => ({ path, options: optionsOfKey(keys[index] ?? '') }));
}
