import type { styleText } from 'node:util';
import type { Violation } from '../rules/violation.js';
import { printable } from './words.js';

/** Gives a text a look, or leaves it as it is. */
export type Style = (style: Parameters<typeof styleText>[0], text: string) => string;

export const plain: Style = (_, text) => text;

/** The lines around the place of a violation, with their numbers and a caret below the place; none where its file can't be read. */
export function framed({ frame, line }: Pick<Violation, 'frame' | 'line'>, style: Style): string[] {
  if (frame === undefined) return [];
  const { firstLine, lines, column } = frame;
  const width = String(firstLine + lines.length - 1).length;
  return lines.flatMap((text, index) => {
    const number = firstLine + index;
    const isOwn = number === line;
    const gutter = `${isOwn ? '>' : ' '} ${String(number).padStart(width)} |`;
    const own = `  ${style(isOwn ? 'red' : 'dim', gutter)} ${printable(text)}`.trimEnd();
    if (!isOwn) return [own];
    // Tabs are kept, so that the caret stands below its place.
    const before = printable(text.slice(0, column - 1)).replaceAll(/[^\t]/g, ' ');
    return [own, `  ${' '.repeat(width + 2)} ${style('dim', '|')} ${before}${style('red', '^')}`];
  });
}
