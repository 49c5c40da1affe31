const MAX_TEXT = 60;
const MAX_QUOTED = 76;
/** The number of decimal digits grows with the bits, and so does the work to find them. */
const MAX_BIGINT_BITS = 160;

/**
 * A short, one-line, printable description of any value, for the `got` of an error.
 * Never calls the value's own code (getters, `toJSON`, `toString`, traps of a proxy), never throws, never longer than
 * 120 characters.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return BigInt.asIntN(MAX_BIGINT_BITS, value) === value ? `${value}n` : 'a huge bigint';
    case 'symbol':
      return `Symbol(${value.description === undefined ? '' : quote(value.description)})`;
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : describeObject(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    default:
      return String(value);
  }
}

/**
 * What a thrown value says, for the text of another error: the message of an error, else a description. Never throws,
 * whatever was thrown.
 */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message);
  } catch {
    // A revoked proxy can be thrown too, and can't be asked what it is; nor can a getter that throws.
  }
  return describeValue(thrown);
}

function quote(text: string): string {
  if (text === '') return 'an empty string';
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  const quoted = JSON.stringify(cut).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  // Escapes may have made it long.
  const short = quoted.length > MAX_QUOTED ? `${quoted.slice(0, MAX_QUOTED)}…"` : quoted;
  return text.length > MAX_TEXT ? `${short} (${text.length} characters)` : short;
}

/** Only the kind: to read anything of an object, be it the length of an array, may call the trap of a proxy. */
function describeObject(value: object): string {
  return isArray(value) ? 'an array' : 'an object';
}

/** `Array.isArray` calls no trap, but throws for a revoked proxy. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
