import { AssertionError } from 'node:assert';
import { errorText } from '../scenario-errors.js';
import type { SampleFault } from './upcasting.js';

/** The failure of a check of samples, which names them all; its cause holds the errors, in the same order. */
export function samplesFailure(folder: string, faults: readonly SampleFault[]): AssertionError {
  const lines = faults.map(({ file, error }) => `  ${file}: ${textOf(error)}`);
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  const error = new AssertionError({
    message: [`samples in ${folder}: ${count}`, lines.join('\n')].join('\n\n'),
    actual: faults.map(({ file }) => file),
    expected: [],
    // Not one of Node's own, to whose message it may add the difference a second time.
    operator: 'checkSamples',
    stackStartFn: samplesFailure,
  });
  error.cause = new AggregateError(
    faults.map((fault) => fault.error),
    'what is wrong with each',
  );
  return error;
}

/** Of an error without a name of its own, the message alone. */
function textOf(error: unknown): string {
  return errorText(error).replace(/^Error: /, '');
}
