import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place, ProjectGraph } from '../graph/project-graph.js';
import type { SourceText } from './source-text.js';
import type { Frame } from './violation.js';

const LINES_AROUND = 1;
/** How much of a line a frame has at most. */
export const LONGEST_LINE = 160;

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

/** The lines around a place. */
export function frameAt(source: SourceText | undefined, { line, column }: Place): Frame | undefined {
  const own = source?.line(line);
  if (source === undefined || own === undefined) return undefined;
  const firstLine = Math.max(1, line - LINES_AROUND);
  const start =
    own.length <= LONGEST_LINE
      ? 0
      : Math.max(0, Math.min(column - 1 - LONGEST_LINE / 2, own.length - LONGEST_LINE));
  const lines: string[] = [];
  for (let number = firstLine; number <= line + LINES_AROUND; number += 1) {
    const text = source.line(number);
    if (text !== undefined) lines.push(flat(text.slice(start, start + LONGEST_LINE)));
  }
  return { firstLine, lines, column: column - start };
}

/** A copy: what is cut from a string keeps the whole of it in memory. */
function flat(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
