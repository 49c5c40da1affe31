import type { SourceFile } from '../source/file.js';
import type { Violation } from '../source/violation.js';
import { anyTypes, casts } from './casts.js';
import { docstrings } from './docstrings.js';
import { applyExceptions, type Exception } from './exceptions.js';
import { exportRules } from './exports.js';
import { functionLengths } from './functions.js';
import { fileNames } from './names.js';
import { fileLengths, folderSizes } from './sizes.js';
import { testRatio } from './test-ratio.js';
import { consoleCalls, openEnds, skippedTests } from './words.js';

type Rule = (files: readonly SourceFile[]) => Violation[];

const rules: readonly Rule[] = [
  functionLengths,
  fileLengths,
  folderSizes,
  anyTypes,
  casts,
  exportRules,
  fileNames,
  testRatio,
  openEnds,
  skippedTests,
  consoleCalls,
  docstrings,
];

/** Every violation of the style that CONTRIBUTING.md describes, but for the exceptions. */
export function checkTidy(files: readonly SourceFile[], exceptions: readonly Exception[]): Violation[] {
  return applyExceptions(
    rules.flatMap((rule) => rule(files)),
    exceptions,
  );
}
