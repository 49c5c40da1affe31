import type { ScanOptions } from '../scan/file-scan.js';

/** One file that is to be scanned. */
export interface ScanTask {
  readonly path: string;
  readonly options: ScanOptions;
}

/** What the scan of a file depends on beside its content: two letters, at the end of the key of the scan. */
export function settingsOf({ withMessages, withDecoratorMetadata }: ScanOptions): string {
  return `${withMessages ? 'm' : '-'}${withDecoratorMetadata ? 'd' : '-'}`;
}

/** The settings that a scan was made with, by its key. */
export function optionsOfKey(key: string): ScanOptions {
  return { withMessages: key.at(-2) === 'm', withDecoratorMetadata: key.at(-1) === 'd' };
}
