import { checkName } from '../../../contracts/index.js';

/** Whether a value could be the name of a contract. */
export function isContractName(value: unknown): value is string {
  try {
    checkName(value);
    return true;
  } catch {
    return false;
  }
}
