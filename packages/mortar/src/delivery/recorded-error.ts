import { categoryOf, describeValue, MortarError } from '../errors/index.js';
import type { RecordedError } from './dead-letter-store.js';

const MAX_MESSAGE = 2_000;
const MAX_STACK = 8_000;

/** Makes plain data of anything that was thrown. */
export function recordError(error: unknown): RecordedError {
  const category = categoryOf(error);
  const code = error instanceof MortarError ? error.code : undefined;
  if (!(error instanceof Error)) {
    return { name: 'NonError', message: describeValue(error), category, code, stack: undefined };
  }
  return {
    name: String(error.name),
    message: String(error.message).slice(0, MAX_MESSAGE),
    category,
    code,
    stack: typeof error.stack === 'string' ? error.stack.slice(0, MAX_STACK) : undefined,
  };
}

/**
 * The same for errors of one kind: the error's code or name and its message, with whatever looks like an id, a number
 * or a quoted value taken out.
 */
export function fingerprintOf({ name, code, message }: RecordedError): string {
  return `${code ?? name}: ${generalise(message)}`;
}

const MAX_FINGERPRINT_TEXT = 160;

function generalise(message: string): string {
  return message
    .slice(0, MAX_MESSAGE)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '<id>')
    .replaceAll(/"[^"]*"|'[^']*'/g, '<text>')
    .replaceAll(/\d+/g, '<n>')
    .slice(0, MAX_FINGERPRINT_TEXT);
}
