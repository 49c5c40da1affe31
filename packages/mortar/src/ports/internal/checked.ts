import { type Schema, summarize, validate } from '../../contracts/index.js';
import { type ErrorCode, MortarError } from '../../errors/index.js';

/** What a schema gives for a value. @throws MortarError with the code and all issues */
export function checked(code: ErrorCode, what: string, schema: Schema, value: unknown): unknown {
  const result = validate(schema, value);
  if (result.ok) return result.value;
  throw new MortarError(code, {
    rule: `${what} follows its schema.`,
    expected: 'data without issues',
    got: summarize(result.issues),
    issues: result.issues,
  });
}
