import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where something is registered: the module, and the place in the source. */
export interface Site {
  readonly module: string;
  readonly place: string;
}

const UNKNOWN_PLACE = 'an unknown place';

/** Where in the source a function was called from: `src/shop/module.ts:12`, from the working directory. */
export function placeOfCall(callee: (...args: never) => unknown): string {
  const holder: { stack?: unknown } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, callee);
  Error.stackTraceLimit = stackTraceLimit;
  // Where someone has set Error.prepareStackTrace, a stack may be anything.
  const { stack } = holder;
  return typeof stack === 'string' ? placeOf(stack.split('\n')[1] ?? '') : UNKNOWN_PLACE;
}

/** The place in one line of a stack, `at <place>` or `at <function> (<place>)`. Names of folders may hold blanks and brackets. */
export function placeOf(line: string): string {
  const [, inBrackets, bare = ''] = /^\s*at (?:[^(]* \((.+)\)|(?:async )?(.+))$/.exec(line) ?? [];
  const [, file, number] = /^(.+):(\d+):\d+$/.exec(inBrackets ?? bare) ?? [];
  if (file === undefined) return UNKNOWN_PLACE;
  const path = file.startsWith('file://') ? fileURLToPath(file) : file;
  const shown = isAbsolute(path) ? relative(process.cwd(), path) : path;
  return `${shown.replaceAll('\\', '/')}:${number}`;
}
