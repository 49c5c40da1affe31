import { describeValue, type ErrorCode, errorCodes, type Issue, MortarError } from '../../errors/index.js';
import type { RemoteError, ReplyMessage } from '../transport.js';

/**
 * An error as it goes to another process. A `MortarError` says what it says anywhere. What else was thrown may hold
 * anything in its message, a password of a connection string too, so nothing of it leaves: it goes as
 * `MORTAR_PORT_FAILED`, with the id under which the log of this process has it. Stacks and causes never leave.
 */
export function remoteErrorOf(error: unknown, method: string, correlationId: string): RemoteError {
  return described(error) ?? fieldsOf(failed(method, correlationId));
}

/** The code of an error, if it is one of Mortar's. Never throws, though of a revoked proxy nothing can be asked. */
export function codeOf(error: unknown): ErrorCode | undefined {
  try {
    return error instanceof MortarError ? error.code : undefined;
  } catch {
    return undefined;
  }
}

/** The error that another process answered with: one of the same code, and `MORTAR_PORT_FAILED` for a code unknown here. */
export function errorFrom(remote: RemoteError, method: string): MortarError {
  const { code, rule, expected, got } = remote;
  if (!isCode(code)) {
    return new MortarError('MORTAR_PORT_FAILED', {
      rule: `An implementation of ${method} answers with a code that is known here.`,
      expected: 'a code of this version',
      got: `${describeValue(code)}: ${rule}`,
    });
  }
  return new MortarError(code, { rule, expected, got, issues: remote.issues.map(toIssue) });
}

/** @throws MortarError `MORTAR_CODEC_CORRUPT` for what is not a reply */
export function checkReply(method: string, value: unknown): asserts value is ReplyMessage {
  if (isRecord(value)) {
    if (value['ok'] === true && Object.hasOwn(value, 'result')) return;
    if (value['ok'] === false && isRemoteError(value['error'])) return;
  }
  throw new MortarError('MORTAR_CODEC_CORRUPT', {
    rule: `A reply to a call of ${method} holds a result or an error.`,
    expected: '{ ok: true, result } or { ok: false, error }',
    got: describeValue(value),
  });
}

/** Undefined for what is none of Mortar's, and for one of which something can't be read. */
function described(error: unknown): RemoteError | undefined {
  try {
    return error instanceof MortarError ? fieldsOf(error) : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf({ code, category, rule, expected, got, issues }: MortarError): RemoteError {
  return { code, category, rule, expected, got, issues: issues.map(plain) };
}

function failed(method: string, correlationId: string): MortarError {
  return new MortarError('MORTAR_PORT_FAILED', {
    rule: `The implementation of ${method} in another process answers or refuses.`,
    expected: 'a result, or an error of Mortar',
    got: `another error; the log of that process has it under correlation ${correlationId}`,
  });
}

function isRemoteError(value: unknown): value is RemoteError {
  if (!isRecord(value)) return false;
  const isText = ['code', 'rule', 'expected', 'got'].every((field) => typeof value[field] === 'string');
  const { issues } = value as { issues?: unknown };
  return isText && Array.isArray(issues) && issues.every(isIssue);
}

function isIssue(value: unknown): value is Issue {
  return isRecord(value) && typeof value['path'] === 'string' && typeof value['message'] === 'string';
}

function plain({ path, message, code }: Issue): Issue {
  return code === undefined ? { path, message } : { path, message, code };
}

function toIssue({ path, message, code }: Issue): Issue {
  return isCode(code) ? { path, message, code } : { path, message };
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
