import type * as ESTree from 'oxc-parser';
import { parseSync } from 'oxc-parser';

/** A parsed source file. */
export interface SourceFile {
  /** Relative to the root of the repository, with `/`: `packages/mortar/src/app.ts`. */
  readonly path: string;
  readonly text: string;
  /** Number of lines, without the empty one after the last line break. */
  readonly lines: number;
  readonly program: ESTree.Program;
  readonly comments: readonly ESTree.Comment[];
  /** The line of an offset in the text, from 1. */
  lineAt(offset: number): number;
}

/** Parses TypeScript or JavaScript, by the extension of `path`. Throws for a file that is neither. */
export function parseFile(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new SyntaxError(`${path}: ${errors[0].message}`);
  const starts = lineStarts(text);
  return {
    path,
    text,
    lines: text.endsWith('\n') ? starts.length - 1 : starts.length,
    program,
    comments,
    lineAt: (offset) => lastAtOrBefore(starts, offset) + 1,
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last of the ascending `values` that is not above `value`. */
function lastAtOrBefore(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Number.POSITIVE_INFINITY) <= value) low = middle;
    else high = middle;
  }
  return low;
}
