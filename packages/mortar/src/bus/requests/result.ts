import { type Failure, failureBrand } from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';

/** How a command or query was answered: with its result, or with a failure that its contract names. */
export type Result<Value, F extends Failure = Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: F };

/**
 * Makes a failure, which the handler of a command or query returns instead of a result. Nothing of what the handler has
 * published is sent then. The name and data are those of the contract's `failures`.
 * @example
 * if (stock === 0) return fail('out-of-stock', { item });
 */
export function fail<const N extends string, Data>(name: N, data: Data): Failure<N, Data> {
  const failure: { kind: 'failure'; name: N; data: Data } = { kind: 'failure', name, data };
  // Not enumerable, so that it is not seen where a failure is written, spread or compared.
  return Object.freeze(Object.defineProperty(failure, failureBrand, { value: true })) as Failure<N, Data>;
}

/** Whether a value was made by `fail`. */
export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, failureBrand);
}

/**
 * The value of a result.
 * @throws MortarError `MORTAR_REQUEST_REFUSED` for a failure, which is its cause
 */
export function resultValue(message: string, result: Result<unknown>): unknown {
  if (result.ok) return result.value;
  const { failure } = result;
  throw new MortarError('MORTAR_REQUEST_REFUSED', {
    rule: `A handler may answer with a failure that its contract names; ${message} was answered so.`,
    expected: 'a result, or tryDispatch or tryAsk, which answer with the failure',
    got: `the failure ${failure.name}`,
    cause: failure,
  });
}
