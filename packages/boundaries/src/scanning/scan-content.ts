import { keyOf, settledStamp } from '../cache/scan-cache.js';
import { decodeText, type Stamp } from '../files/project-files.js';
import type { FileScan, ScanOptions } from '../scan/file-scan.js';
import { scanFile, scanFileAside } from '../scan/scan-file.js';
import { Places } from '../scan/tokens/places.js';
import { type ScanTask, settingsOf } from './scan-task.js';

/** A file that was scanned. */
export interface ScannedFile {
  readonly path: string;
  readonly key: string;
  readonly stamp: Stamp | undefined;
  /** Undefined where the file could not be read. */
  readonly scan: FileScan | undefined;
}

/** Scans bytes; says so where they are no UTF-8. */
export function scanContent(path: string, content: Uint8Array, options: ScanOptions): FileScan {
  const { text, isValid } = decodeText(content);
  return isValid ? scanFile(path, text, options) : withFault(scanFile(path, text, options), text);
}

/** At the first that was replaced. */
function withFault(scan: FileScan, text: string): FileScan {
  const place = new Places(text).at(Math.max(0, text.indexOf('\uFFFD')));
  const fault = { code: 'encoding', message: 'It is no UTF-8; what was none is replaced.', ...place };
  return { ...scan, diagnostics: [...scan.diagnostics, fault] };
}

/** How what is scanned is to be marked, so that it is found again: not at all where nothing is kept. */
export interface Marking {
  readonly isKept: boolean;
  readonly nowMs: number;
}

/** Scans one file. `stamp` was taken before it was read; `content` is not looked at any more when it returns. */
export function scanTask(
  task: ScanTask,
  content: Uint8Array | undefined,
  stamp: Stamp | undefined,
  marking: Marking,
): ScannedFile {
  const scan = content === undefined ? undefined : scanContent(task.path, content, task.options);
  return { ...marked(task, content, stamp, marking), scan };
}

/** The same, with part of the work on another thread where that is long. */
export function scanTaskAside(
  task: ScanTask,
  content: Uint8Array | undefined,
  stamp: Stamp | undefined,
  marking: Marking,
): ScannedFile | Promise<ScannedFile> {
  const mark = marked(task, content, stamp, marking);
  if (content === undefined) return { ...mark, scan: undefined };
  const { text, isValid } = decodeText(content);
  const scan = scanFileAside(task.path, text, task.options);
  const finish = (found: FileScan): ScannedFile => ({
    ...mark,
    scan: isValid ? found : withFault(found, text),
  });
  return scan instanceof Promise ? scan.then(finish) : finish(scan);
}

function marked(
  { path, options }: ScanTask,
  content: Uint8Array | undefined,
  stamp: Stamp | undefined,
  { isKept, nowMs }: Marking,
): Omit<ScannedFile, 'scan'> {
  const key = isKept && content !== undefined ? keyOf(content, settingsOf(options)) : '';
  return { path, key, stamp: settledStamp(stamp, nowMs) };
}
