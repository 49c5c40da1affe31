/** What stands in the place of a secret, in every rendering. */
export const REDACTED = '[redacted]';

/**
 * A value that is handed on but never shown. `reveal` gives it; every rendering shows a placeholder instead:
 * `String`, template literals, `JSON.stringify`, `console.log` and `util.inspect`, log lines, `structuredClone`
 * (which gives an empty object).
 * @example
 * const password = new Secret('hunter2');
 * `${password}`;       // '[redacted]'
 * password.reveal();   // 'hunter2'
 */
export class Secret<out T = string> {
  // A private field is what keeps it out of spreads, clones and inspectors.
  readonly #value: T;
  readonly #placeholder: string;

  constructor(value: T, placeholder: string = REDACTED) {
    this.#value = value;
    this.#placeholder = placeholder;
    Object.freeze(this);
  }

  /** The value itself. Hand it to whoever needs it at the last moment, and keep no copy. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return this.#placeholder;
  }

  toJSON(): string {
    return this.#placeholder;
  }

  [Symbol.toPrimitive](): string {
    return this.#placeholder;
  }

  static {
    // What Node's `util.inspect` asks a value for, by a name that needs no import.
    Object.defineProperty(Secret.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Secret<unknown>) {
        return this.#placeholder;
      },
    });
  }
}

/** Marks a value as personal data: handled like a secret, shown as `[personal]`. */
export function personal<T>(value: T): Secret<T> {
  return new Secret(value, '[personal]');
}

const SECRET_PARAMETER =
  /([?&;][\w.-]*(?:password|passwd|pwd|secret|token|api[_-]?key|signature)=)[^&;#\s"'`<>]*/gi;
const CREDENTIALS = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;

/**
 * The text with its credentials replaced: the user part of every URL, secret query parameters, `Bearer` and `Basic`
 * credentials. Rather takes too much of an odd URL than too little. Linear in the length of the text.
 */
export function redactText(text: string): string {
  const urls = text.includes('://') ? redactUrls(text) : text;
  return urls.replace(SECRET_PARAMETER, `$1${REDACTED}`).replace(CREDENTIALS, `$1 ${REDACTED}`);
}

function redactUrls(text: string): string {
  return text
    .split(/([\s"'`<>]+)/)
    .map((word) => (word.includes('@') ? redactUrl(word) : word))
    .join('');
}

/** A password may itself hold `@` or `/`, so the last `@` of the word ends the user part. */
function redactUrl(word: string): string {
  const scheme = word.indexOf('://');
  if (scheme < 0) return word;
  const start = scheme + 3;
  const end = word.lastIndexOf('@');
  if (end < start) return word;
  const authority = word.slice(start).split(/[/?#]/, 1)[0] ?? '';
  const hasUser = authority.includes('@') || authority.includes(':');
  return hasUser ? `${word.slice(0, start)}${REDACTED}${word.slice(end)}` : word;
}
