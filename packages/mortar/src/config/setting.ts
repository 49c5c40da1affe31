import { describeValue, MortarError } from '../errors/index.js';

/** The outcome of reading a text: the value, or what the text must look like. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly expected: string };

/** Where one value of a configuration comes from, and how its text is read. `T` is what the schema is given. */
export interface Setting<T = unknown> {
  readonly kind: 'setting';
  /** The name of the environment variable. */
  readonly env: string;
  readonly isSecret: boolean;
  parse(text: string): Parsed<T>;
}

/** A setting whose value is wrapped in a `Secret` and never shown. */
export interface SecretSetting<T = unknown> extends Setting<T> {
  readonly isSecret: true;
}

/** A text, taken as it is. */
export function text(env: string): Setting<string> {
  return setting(env, (value) => ({ ok: true, value }));
}

/** Plain decimal notation: no exponent, sign `+`, other base, leading zero or blank. */
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** A number in plain decimal notation, such as `8080`, `-1` or `0.5`, up to 2^53 - 1. */
export function number(env: string): Setting<number> {
  return setting(env, (value) => {
    const parsed = Number(value);
    const isExact = DECIMAL.test(value) && Math.abs(parsed) <= Number.MAX_SAFE_INTEGER;
    // Adding 0 makes 0 of -0.
    return isExact
      ? { ok: true, value: parsed + 0 }
      : { ok: false, expected: 'a decimal number, such as 8080 or 0.5' };
  });
}

/** `true` or `false`. */
export function flag(env: string): Setting<boolean> {
  return setting(env, (value) => {
    if (value === 'true' || value === 'false') return { ok: true, value: value === 'true' };
    return { ok: false, expected: 'true or false' };
  });
}

/** Texts between commas, each trimmed: `a, b` is `['a', 'b']`; an empty text is an empty list. */
export function list(env: string): Setting<string[]> {
  return setting(env, (value) => {
    const items = value.trim() === '' ? [] : value.split(',').map((item) => item.trim());
    return items.includes('') ? { ok: false, expected: 'texts between commas' } : { ok: true, value: items };
  });
}

/**
 * A value that is never shown: in the configuration it is a `Secret`, and no error repeats it.
 * Takes the name of a variable that holds a text, or another setting.
 */
export function secret(env: string): SecretSetting<string>;
export function secret<T>(inner: Setting<T>): SecretSetting<T>;
export function secret(of: string | Setting): SecretSetting {
  const inner = typeof of === 'string' ? text(of) : of;
  return Object.freeze({ ...inner, isSecret: true });
}

/** Whether a value is a setting, and not a group of settings. */
export function isSetting(value: unknown): value is Setting {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'setting';
}

function setting<T>(env: string, parse: (value: string) => Parsed<T>): Setting<T> {
  if (typeof env !== 'string' || !/^[A-Za-z_]\w{0,199}$/.test(env)) {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'A setting names its environment variable.',
      expected: 'letters, digits and underscores, such as MORTAR_PORT',
      got: describeValue(env),
    });
  }
  return Object.freeze({ kind: 'setting', env, isSecret: false, parse });
}
