import { type Failure, failureBrand } from '../../contracts/index.js';

/** Whether a value was made by `fail`. */
export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, failureBrand);
}
