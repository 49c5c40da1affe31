import { describeValue, MortarError } from '../../errors/index.js';

/** What is wrong with a module's definition; of a contract, the message says which. */
export function invalid(module: string, rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_MODULE_INVALID', {
    rule: `In module ${module}: ${rule}`,
    expected,
    got: describe(got),
  });
}

/** Runs a check; what it throws also says where. */
export function checkIn(module: string, label: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw faultIn(module, label, error);
  }
}

function faultIn(module: string, label: string, error: unknown): unknown {
  if (!(error instanceof MortarError)) return error;
  const { code, rule, expected, got, issues } = error;
  return new MortarError(code, {
    rule: `In module ${module}, ${label}: ${rule}`,
    expected,
    got,
    issues,
    cause: error,
  });
}

function describe(value: unknown): string {
  const isContract = typeof value === 'object' && value !== null && 'kind' in value && 'name' in value;
  return isContract ? `${value.kind} ${value.name}` : describeValue(value);
}
