import { type ErrorCategory, type ErrorCode, errorCodes } from './codes.js';

/** One fault found in a value: where it is, and what is wrong with it. */
export interface Issue {
  /** Dotted path from the root of the value, `items[2].price`; empty for the root. */
  readonly path: string;
  readonly message: string;
  /** The code the fault would have as an error of its own, where faults of several kinds are told at once. */
  readonly code?: ErrorCode;
}

/** What an error says: the rule that was broken, what the rule wants, and what came instead. */
export interface ErrorDetails {
  readonly rule: string;
  readonly expected: string;
  readonly got: string;
  readonly cause?: unknown;
  /** Every single fault, where a value has several. */
  readonly issues?: readonly Issue[];
  /** What a program may want to know beyond the text, such as the version that a stream has come to. Plain data. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class of Mortar. Branch on `code` or `category`, never on the message. */
export class MortarError extends Error {
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly rule: string;
  readonly expected: string;
  readonly got: string;
  readonly issues: readonly Issue[];
  /** What the code's page names beyond the text; empty for most codes. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(
      `${code}: ${details.rule} Expected ${details.expected}; got ${ended(details.got)}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = 'MortarError';
    this.code = code;
    this.category = errorCodes[code];
    this.rule = details.rule;
    this.expected = details.expected;
    this.got = details.got;
    this.issues = details.issues ?? [];
    this.details = details.details ?? {};
  }

  /** The error as plain data, without its stack: what a log line or an HTTP answer may carry. */
  toJSON(): Record<string, unknown> {
    const { code, category, rule, expected, got, issues, details } = this;
    return {
      code,
      category,
      rule,
      expected,
      got,
      ...(issues.length > 0 ? { issues } : {}),
      ...(Object.keys(details).length > 0 ? { details } : {}),
    };
  }
}

/** With one full stop: what was got may be the message of another error, which has its own. */
function ended(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

/**
 * The category of any thrown value: a `MortarError` knows its own, the timeout of an `AbortSignal` is one, everything
 * else is `internal`. Never throws.
 */
export function categoryOf(error: unknown): ErrorCategory {
  try {
    if (error instanceof MortarError) return error.category;
    if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  } catch {
    // A revoked proxy can be thrown too, and can't be asked what it is.
  }
  return 'internal';
}
