import type { SourceFile } from '../source/file.js';
import { groupFiles, isTest, packageOf } from '../source/place.js';
import type { Violation } from '../source/violation.js';

const TEST_LINES_PER_SOURCE_LINE = 1.2;

/** Each package has at least 1.2 lines of tests for each line of source. Examples show, and need not. */
export function testRatio(files: readonly SourceFile[]): Violation[] {
  const packages = groupFiles(files, packageOf);
  return [...packages].flatMap(([path, inside]): Violation[] => {
    if (path === '' || path.startsWith('examples/')) return [];
    const tests = countLines(inside.filter((file) => isTest(file.path)));
    const sources = countLines(inside.filter((file) => !isTest(file.path)));
    const wanted = Math.ceil(sources * TEST_LINES_PER_SOURCE_LINE);
    if (tests >= wanted) return [];
    const message = `${tests} lines of tests for ${sources} lines of source; at least ${wanted}`;
    return [{ rule: 'test-ratio', path, line: 1, message }];
  });
}

function countLines(files: readonly SourceFile[]): number {
  return files.reduce((sum, file) => sum + file.lines, 0);
}
