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
  let last: { readonly path: string; readonly text: string | undefined } | undefined;
  return (path) => {
    // A path that the graph does not have was not found to be within the root.
    if (!files.has(path)) return undefined;
    if (last?.path !== path) last = { path, text: read(join(root, path)) };
    return last.text;
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The lines around a place. */
export function frameAt(text: string | undefined, { line, column }: Place): Frame | undefined {
  if (text === undefined) return undefined;
  const lines = linesAround(text, line);
  const own = lines.get(line);
  if (own === undefined) return undefined;
  const start =
    own.length <= LONGEST_LINE
      ? 0
      : Math.max(0, Math.min(column - 1 - LONGEST_LINE / 2, own.length - LONGEST_LINE));
  return {
    firstLine: Math.min(...lines.keys()),
    lines: [...lines.values()].map((one) => one.slice(start, start + LONGEST_LINE)),
    column: column - start,
  };
}

/** A line and its neighbours, without splitting the whole text. */
function linesAround(text: string, line: number): ReadonlyMap<number, string> {
  const lines = new Map<number, string>();
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  for (let number = 1; number <= line + LINES_AROUND && start <= text.length; number += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (number >= line - LINES_AROUND) lines.set(number, text.slice(start, end).replace(/\r$/, ''));
    start = end + 1;
  }
  return lines;
}
