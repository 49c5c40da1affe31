import type { SourceFile } from '../source/file.js';
import { folderOf, groupFiles } from '../source/place.js';
import type { Violation } from '../source/violation.js';
import { overLimits } from './share.js';

const LIMITS = { most: 400, all: 600 };
const FILES_IN_FOLDER = 12;

/** 95 % of all files are within 400 lines, none over 600. */
export function fileLengths(files: readonly SourceFile[]): Violation[] {
  const measured = files.map(({ lines, path }) => ({
    length: lines,
    violation: (message: string): Violation => ({ rule: 'file-length', path, line: 1, message }),
  }));
  return overLimits(measured, 'file', LIMITS);
}

/** At most 12 files stand in one folder, so that a reader finds the right one from the tree. */
export function folderSizes(files: readonly SourceFile[]): Violation[] {
  const folders = groupFiles(files, folderOf);
  return [...folders].flatMap(([path, inside]): Violation[] => {
    if (inside.length <= FILES_IN_FOLDER) return [];
    const message = `${inside.length} files in one folder; at most ${FILES_IN_FOLDER}`;
    return [{ rule: 'folder-size', path, line: 1, message }];
  });
}
