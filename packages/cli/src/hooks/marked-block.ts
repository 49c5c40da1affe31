/** The lines that are Mortar's in a file that is somebody else's. */
const BEGIN = '# mortar:begin';
const END = '# mortar:end';

/** How a file came to hold the block: it was there, it was made for it, or it took the place of another. */
export type Origin = 'into' | 'made' | 'replaced';

const ORIGINS: Readonly<Record<Origin, string>> = {
  into: '',
  made: ' this file too',
  replaced: ' in place of the file that ends in .mortar-kept',
};

/** Where the block stands in a text. */
export interface BlockPlace {
  /** Offset of its first character, and after its last line break. */
  readonly start: number;
  readonly end: number;
  readonly origin: Origin;
}

/** The block with its marks; each line, also the last, ends with a line break. */
export function markedBlock(lines: readonly string[], origin: Origin, indent = ''): string {
  const marked = [
    `${BEGIN}${ORIGINS[origin]} (by mortar hooks install; mortar hooks uninstall takes it out)`,
    ...lines,
    END,
  ];
  return marked.map((line) => `${indent}${line}\n`).join('');
}

/** The block in a text: `undefined` where there is none, `'broken'` where its marks do not pair. */
export function findBlock(text: string): BlockPlace | 'broken' | undefined {
  const begins = [...text.matchAll(/^[ \t]*# mortar:begin\b.*\r?(\n|$)/gm)];
  const ends = [...text.matchAll(/^[ \t]*# mortar:end\b.*\r?(\n|$)/gm)];
  const [begin] = begins;
  const [end] = ends;
  if (begin === undefined && end === undefined) return undefined;
  if (begins.length !== 1 || ends.length !== 1 || begin === undefined || end === undefined) return 'broken';
  if (end.index < begin.index) return 'broken';
  return { start: begin.index, end: end.index + end[0].length, origin: originOf(begin[0]) };
}

/** The text with something else between two offsets. */
export function replaceBetween(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  by: string,
): string {
  return text.slice(0, start) + by + text.slice(end);
}

function originOf(line: string): Origin {
  if (line.includes(`${BEGIN}${ORIGINS.made}`)) return 'made';
  return line.includes(`${BEGIN}${ORIGINS.replaced}`) ? 'replaced' : 'into';
}
