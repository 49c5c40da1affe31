import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place, ProjectGraph } from '../graph/project-graph.js';
import type { Frame } from './violation.js';

const LINES_AROUND = 1;
const LONGEST_LINE = 160;

/**
 * Texts of a project's files by their paths, as the graph was read; from the work tree where the graph has no texts. Nothing where
 * that fails.
 */
export function textReader(graph: ProjectGraph): (path: string) => string | undefined {
  if (graph.readText !== undefined) return graph.readText;
  const { root, files } = graph;
  // A path that the graph does not have was not found to be within the root.
  return (path) => (files.has(path) ? read(join(root, path)) : undefined);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The lines around places. A file is read once, and gone through once, where those in it are asked for together and by rising lines. */
export function frameReader(
  readText: (path: string) => string | undefined,
): (path: string, place: Place) => Frame | undefined {
  let last: { readonly path: string; readonly text: FramedText | undefined } | undefined;
  return (path, place) => {
    if (last?.path !== path) {
      const text = readText(path);
      last = { path, text: text === undefined ? undefined : new FramedText(text) };
    }
    return last.text?.frameAt(place);
  };
}

class FramedText {
  readonly #text: string;
  /** The number of the line that begins at `#start`. */
  #line = 1;
  #start = 0;

  constructor(text: string) {
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  frameAt({ line, column }: Place): Frame | undefined {
    const firstLine = Math.max(1, line - LINES_AROUND);
    this.#goTo(firstLine);
    const lines = this.#lines(line + LINES_AROUND - firstLine + 1);
    const own = lines[line - firstLine];
    if (own === undefined) return undefined;
    const start =
      own.length <= LONGEST_LINE
        ? 0
        : Math.max(0, Math.min(column - 1 - LONGEST_LINE / 2, own.length - LONGEST_LINE));
    return {
      firstLine,
      lines: lines.map((one) => flat(one.slice(start, start + LONGEST_LINE))),
      column: column - start,
    };
  }

  /** To the beginning of a line; to the end of the text where it has fewer. */
  #goTo(line: number): void {
    if (line < this.#line) {
      this.#line = 1;
      this.#start = 0;
    }
    for (; this.#line < line && this.#start <= this.#text.length; this.#line += 1)
      this.#start = endOfLine(this.#text, this.#start) + 1;
  }

  /** As many lines as there are from here on, but no more than are asked for. */
  #lines(most: number): string[] {
    const lines: string[] = [];
    for (let start = this.#start; lines.length < most && start <= this.#text.length; ) {
      const end = endOfLine(this.#text, start);
      lines.push(this.#text.slice(start, this.#text[end - 1] === '\r' ? Math.max(start, end - 1) : end));
      start = end + 1;
    }
    return lines;
  }
}

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}

/** A copy: what is cut from a string keeps the whole of it in memory. */
function flat(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
