import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The place of the line that is so many below the caller's, such as `test/modules/verbs.unit.test.ts:12`. */
export function here(below = 0): string {
  const line = new Error().stack?.split('\n')[2] ?? '';
  const [, file = '', number = ''] = /((?:file:\/\/)?\/[^()]+):(\d+):\d+\)?$/.exec(line) ?? [];
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  if (!isAbsolute(path)) throw new Error(`No place in ${line}`);
  return `${relative(process.cwd(), path)}:${Number(number) + below}`;
}
