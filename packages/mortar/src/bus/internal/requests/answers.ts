import { checked, type Failure } from '../../../contracts/index.js';
import { describeValue, MortarError } from '../../../errors/index.js';
import { fail } from '../../requests/result.js';
import type { AnyRequest } from '../handler-context.js';

/**
 * What a handler has answered, as the contract says results are.
 * @throws MortarError `MORTAR_RESULT_INVALID`
 */
export function resultOf({ name, result }: AnyRequest, answer: unknown): unknown {
  if (result === undefined) return undefined;
  return checked('MORTAR_RESULT_INVALID', `The result of ${name}`, result, answer);
}

/**
 * The same of a failure.
 * @throws MortarError `MORTAR_RESULT_INVALID`
 */
export function failureOf(contract: AnyRequest, name: string, data: unknown): Failure {
  if (contract.kind === 'port') throw noFailures(contract.name, name);
  const { failures } = contract;
  const declared = failures.find((one) => one.name === name);
  if (declared === undefined) {
    throw new MortarError('MORTAR_RESULT_INVALID', {
      rule: `A handler of ${contract.name} fails with what its contract names.`,
      expected: failures.map((one) => one.name).join(', ') || 'no failure',
      got: describeValue(name),
    });
  }
  const what = `The failure ${name} of ${contract.name}`;
  return fail(name, checked('MORTAR_RESULT_INVALID', what, declared.data, data));
}

function noFailures(method: string, failure: string): MortarError {
  return new MortarError('MORTAR_RESULT_INVALID', {
    rule: `${method} answers with its result alone, since a port names no failures.`,
    expected: 'a result, whose schema has room for every answer that is a "no"',
    got: `fail(${describeValue(failure)})`,
  });
}
