import type { SourceFile } from '../source/file.js';
import { isTest, packageOf } from '../source/place.js';
import type { Violation } from '../source/violation.js';

const TEST_LINES_PER_SOURCE_LINE = 1.2;
/** The suites that the kernel ships for whoever implements its ports: they are the tests of its own adapters too. */
const CONFORMANCE = 'packages/mortar/src/testing/conformance/';

/**
 * The packages have at least 1.2 lines of tests for each line of source: together, since the tests that one adapter shares
 * with the others stand in the kernel. Examples show, and need not.
 */
export function testRatio(files: readonly SourceFile[]): Violation[] {
  const inside = files.filter(({ path }) => packageOf(path) !== '' && !path.startsWith('examples/'));
  const tests = countLines(inside.filter(({ path }) => isTest(path) || path.startsWith(CONFORMANCE)));
  const sources = countLines(inside) - tests;
  const wanted = Math.ceil(sources * TEST_LINES_PER_SOURCE_LINE);
  if (tests >= wanted) return [];
  const message = `${tests} lines of tests for ${sources} lines of source; at least ${wanted}`;
  return [{ rule: 'test-ratio', path: 'packages', line: 1, message }];
}

function countLines(files: readonly SourceFile[]): number {
  return files.reduce((sum, file) => sum + file.lines, 0);
}
