import { fileURLToPath } from 'node:url';
import { describeValue, MortarError } from '../../../errors/index.js';

/**
 * The path that an option says, as a text or as a URL.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkPath(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  if (value instanceof URL && value.protocol === 'file:') return fileURLToPath(value);
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${option} is a path.`,
    expected: 'a text, or a URL with file:',
    got: describeValue(value),
  });
}
