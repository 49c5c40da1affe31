import { keyOf, settledStamp } from '../cache/scan-cache.js';
import { decodeText } from '../files/project-files.js';
import type { FileScan, ScanOptions } from '../scan/file-scan.js';
import { scanFile } from '../scan/scan-file.js';

/** One file that is to be scanned. */
export interface ScanTask {
  readonly path: string;
  readonly options: ScanOptions;
}

/** A file that was scanned. */
export interface ScannedFile {
  readonly path: string;
  readonly key: string;
  readonly stamp: string | undefined;
  /** Undefined where the file could not be read. */
  readonly scan: FileScan | undefined;
}

/** What the scan of a file depends on beside its content. */
export function settingsOf({ withMessages, withDecoratorMetadata }: ScanOptions): string {
  return `${withMessages ? 'm' : '-'}${withDecoratorMetadata ? 'd' : '-'}`;
}

/** Scans bytes; says so where they are no UTF-8. */
export function scanContent(path: string, content: Uint8Array, options: ScanOptions): FileScan {
  const { text, isValid } = decodeText(content);
  const scan = scanFile(path, text, options);
  if (isValid) return scan;
  const fault = { code: 'encoding', message: 'It is no UTF-8; what was none is replaced.' };
  return { ...scan, diagnostics: [...scan.diagnostics, fault] };
}

/** How what is scanned is to be marked, so that it is found again: not at all where nothing is kept. */
export interface Marking {
  readonly isKept: boolean;
  readonly nowMs: number;
}

/** Scans one file. `stamp` was taken before it was read. */
export function scanTask(
  { path, options }: ScanTask,
  content: Uint8Array | undefined,
  stamp: string | undefined,
  { isKept, nowMs }: Marking,
): ScannedFile {
  const settled = settledStamp(stamp, nowMs);
  if (content === undefined) return { path, key: '', stamp: settled, scan: undefined };
  const key = isKept ? keyOf(path, content, settingsOf(options)) : '';
  return { path, key, stamp: settled, scan: scanContent(path, content, options) };
}
