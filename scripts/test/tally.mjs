/**
 * How many tests ended how.
 * @typedef {{ readonly passed: number, readonly failed: number, readonly skipped: number }} Tally
 */

/** @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult */

/**
 * Counts a report of Vitest's JSON reporter. What is no failed test but still not right counts as one failure:
 * a file that could not be loaded, a run without any test, an error outside the tests, a run without a report.
 * @param {unknown} report
 * @param {number} exitCode of Vitest
 * @returns {Tally}
 */
export function tallyOf(report, exitCode) {
  const files = filesOf(report);
  const statuses = files.flatMap((file) => file.assertionResults.map((result) => result.status));
  const passed = statuses.filter((status) => status === 'passed').length;
  const failedTests = statuses.filter((status) => status === 'failed').length;
  const failed = failedTests + files.filter(isBroken).length;
  const unexplained = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: unexplained ? 1 : failed, skipped: statuses.length - passed - failedTests };
}

/** @param {readonly Tally[]} tallies */
export function add(tallies) {
  /** @param {(tally: Tally) => number} pick */
  const sum = (pick) => tallies.reduce((total, tally) => total + pick(tally), 0);
  return {
    passed: sum((one) => one.passed),
    failed: sum((one) => one.failed),
    skipped: sum((one) => one.skipped),
  };
}

/** @param {Tally} tally */
export function hasFailed(tally) {
  return tally.failed > 0 || tally.passed === 0;
}

/**
 * What was left out, line by line, then the tally alone on the last line.
 * @param {Tally} tally
 * @param {readonly string[]} leftOut
 */
export function summary(tally, leftOut) {
  const { passed, failed, skipped } = tally;
  const lines = leftOut.map((what) => `Left out: ${what}.`);
  return `\n${[...lines, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`].join('\n')}\n`;
}

/**
 * A file whose tests all passed, or that has none because it could not be loaded, and which is failed all the same.
 * @param {FileResult} file
 */
function isBroken(file) {
  return file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed');
}

/**
 * @param {unknown} report
 * @returns {FileResult[]}
 */
function filesOf(report) {
  if (typeof report !== 'object' || report === null || !('testResults' in report)) return [];
  return Array.isArray(report.testResults) ? report.testResults : [];
}
