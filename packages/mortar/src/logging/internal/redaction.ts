import { describeValue, MortarError } from '../../errors/index.js';

/** Says whether the value at a path of names must not appear. Indices of arrays are no part of a path. */
export type Redaction = (path: readonly string[]) => boolean;

/** Names that end so hold secrets, however they are spelt: `dbPassword`, `X-Api-Key`, `refresh_token`. */
const SECRET_ENDINGS = [
  'password',
  'passwords',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'secrets',
  'token',
  'jwt',
  'sessionid',
  'pass',
  'auth',
  'authorization',
  'cookie',
  'cookies',
  'credentials',
  'apikey',
  'privatekey',
  'secretkey',
  'accesskey',
  'encryptionkey',
  'connectionstring',
];

/**
 * Compiles what `redact` of `createLogger` takes. A path is names between dots and matches the end of a value's path,
 * at any depth; `*` stands for any one name. Case, `-` and `_` make no difference.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function compileRedaction(paths: readonly string[]): Redaction {
  if (!Array.isArray(paths)) throw malformed(paths);
  const patterns = paths.map(parsePath);
  return (path) => {
    const last = path.at(-1);
    return last !== undefined && (isSecretName(last) || patterns.some((pattern) => endsWith(path, pattern)));
  };
}

/** Whether a name alone says that its value is a secret. */
function isSecretName(name: string): boolean {
  const plain = normalize(name);
  return SECRET_ENDINGS.some((ending) => plain.endsWith(ending));
}

function endsWith(path: readonly string[], pattern: readonly string[]): boolean {
  const offset = path.length - pattern.length;
  return (
    offset >= 0 &&
    pattern.every((name, index) => name === '*' || name === normalize(path[offset + index] ?? ''))
  );
}

function parsePath(path: unknown): readonly string[] {
  if (typeof path !== 'string') throw malformed(path);
  const names = path.split('.').map((name) => (name === '*' ? name : normalize(name)));
  if (names.includes('') || names.every((name) => name === '*')) throw malformed(path);
  return names;
}

function normalize(name: string): string {
  return name.replaceAll(/[-_\s]/g, '').toLowerCase();
}

function malformed(got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option redact lists what must not appear in a log.',
    expected: 'names or paths, such as "email", "customer.phone" or "*.iban"',
    got: describeValue(got),
  });
}
