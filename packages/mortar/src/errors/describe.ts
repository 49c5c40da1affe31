const MAX_TEXT = 60;

/**
 * A short, one-line, printable description of any value, for the `got` of an error.
 * Never calls the value's own code (getters, `toJSON`, `toString`), never throws, never longer than about 80 characters.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return `${value}n`.slice(0, MAX_TEXT);
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

function quote(text: string): string {
  if (text === '') return 'an empty string';
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  const quoted = JSON.stringify(cut).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return text.length > MAX_TEXT ? `${quoted} (${text.length} characters)` : quoted;
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return "an object";
}
