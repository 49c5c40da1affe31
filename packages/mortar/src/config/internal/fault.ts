import { redactText } from '../../contracts/index.js';
import { type Issue, MortarError } from '../../errors/index.js';

/** One fault of a configuration. */
export interface Fault {
  readonly kind: 'unknown-key' | 'bad-value';
  /** Dotted path, or the name of the variable where it has no place in the configuration. */
  readonly path: string;
  /** Names the key as the user wrote it. Holds no secret. */
  readonly message: string;
}

/** One error for all faults: unknown keys have a code of their own where they are all there is. */
export function configError(faults: readonly Fault[], cause?: unknown): MortarError {
  const onlyUnknown = faults.every(({ kind }) => kind === 'unknown-key');
  const issues: Issue[] = faults.map(({ path, message }) => ({ path, message: redactText(message) }));
  return new MortarError(onlyUnknown ? 'MORTAR_CONFIG_UNKNOWN_KEY' : 'MORTAR_CONFIG_INVALID', {
    rule: onlyUnknown ? 'A configuration has known keys only.' : 'A configuration follows its schema.',
    expected: 'settings without faults',
    got: issues.map(({ message }) => message).join('; '),
    issues,
    cause,
  });
}
