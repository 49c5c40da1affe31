import { nearest } from 'mortar/errors';

/** A fault of a value: where it is, and what is wrong with it. */
export interface ShapeFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** JSON Schema, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A kind of value: reads it, and says as JSON Schema what it takes. Both stand here, so that they can't drift apart. */
export interface Shape<T> {
  readonly schema: JsonSchema;
  /** The value, or nothing where a fault was added. */
  read(value: unknown, path: readonly (string | number)[], faults: ShapeFault[]): T | undefined;
}

/** A non-empty string. */
export function text(
  description: string,
  pattern?: { readonly regex: string; readonly says: string },
): Shape<string> {
  const regex = pattern === undefined ? undefined : new RegExp(pattern.regex, 'u');
  return {
    schema: {
      type: 'string',
      minLength: 1,
      description,
      ...(pattern === undefined ? {} : { pattern: pattern.regex }),
    },
    read: (value, path, faults) => {
      if (typeof value === 'string' && value !== '' && (regex?.test(value) ?? true)) return value;
      return fault(faults, path, `expected ${pattern?.says ?? 'a non-empty string'}, got ${told(value)}`);
    },
  };
}

/** A day of the calendar, such as 2027-01-31. */
export function day(description: string): Shape<string> {
  const says = 'a day such as "2027-01-31"';
  const digits = text(description, { regex: '^\\d{4}-\\d{2}-\\d{2}$', says });
  return {
    schema: digits.schema,
    read: (value, path, faults) => {
      const read = digits.read(value, path, faults);
      return read === undefined || isDay(read)
        ? read
        : fault(faults, path, `expected ${says}, got ${told(value)}`);
    },
  };
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** `true` or `false`. */
export function flag(description: string): Shape<boolean> {
  return {
    schema: { type: 'boolean', description },
    read: (value, path, faults) =>
      typeof value === 'boolean' ? value : fault(faults, path, `expected true or false, got ${told(value)}`),
  };
}

/** One of a few words. */
export function word<const W extends string>(description: string, words: readonly W[]): Shape<W> {
  return {
    schema: { enum: words, description },
    read: (value, path, faults) => {
      const found = words.find((known) => known === value);
      if (found !== undefined) return found;
      const like = typeof value === 'string' ? nearest(value, words) : undefined;
      const guess = like === undefined ? '' : `; did you mean ${like}?`;
      return fault(faults, path, `expected one of ${words.join(', ')}, got ${told(value)}${guess}`);
    },
  };
}

/** An array of one kind of value. */
export function list<T>(description: string, item: Shape<T>): Shape<readonly T[]> {
  return {
    schema: { type: 'array', description, items: item.schema },
    read: (value, path, faults) => {
      if (!Array.isArray(value)) return fault(faults, path, `expected a list, got ${told(value)}`);
      const items: readonly unknown[] = value;
      return items.flatMap((one, index) => {
        const read = item.read(one, [...path, index], faults);
        return read === undefined ? [] : [read];
      });
    },
  };
}

/** An object with any keys and one kind of value. */
export function record<T>(description: string, item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    schema: { type: 'object', description, additionalProperties: item.schema },
    read: (value, path, faults) => {
      if (!isObject(value)) return fault(faults, path, `expected an object, got ${told(value)}`);
      const entries = Object.entries(value).flatMap(([key, one]): [string, T][] => {
        const read = item.read(one, [...path, key], faults);
        return read === undefined ? [] : [[key, read]];
      });
      // fromEntries defines, and does not assign: a key `__proto__` stays a key.
      return Object.fromEntries(entries);
    },
  };
}

/** What fits one of two kinds; `pick` says which one it is meant to be. */
export function either<A, B>(
  first: Shape<A>,
  second: Shape<B>,
  pick: (value: unknown) => 1 | 2,
): Shape<A | B> {
  return {
    schema: { anyOf: [first.schema, second.schema] },
    read: (value, path, faults) => (pick(value) === 1 ? first : second).read(value, path, faults),
  };
}

type Fields<T> = { readonly [K in keyof T]-?: Shape<Exclude<T[K], undefined>> };

/** An object with known keys alone. `needed` names those that must be there. */
export function object<T extends object>(
  description: string,
  fields: Fields<T>,
  needed: readonly (keyof T & string)[],
): Shape<T> {
  const known = Object.keys(fields);
  const shapes: Readonly<Record<string, Shape<unknown>>> = fields;
  return {
    schema: {
      type: 'object',
      description,
      properties: Object.fromEntries(known.map((key) => [key, shapes[key]?.schema])),
      ...(needed.length > 0 ? { required: needed } : {}),
      additionalProperties: false,
    },
    read: (value, path, faults) => {
      if (!isObject(value)) return fault(faults, path, `expected an object, got ${told(value)}`);
      const before = faults.length;
      const entries = Object.entries(value).map(([key, one]): [string, unknown] => {
        const shape = known.includes(key) ? shapes[key] : undefined;
        if (shape === undefined) return [key, fault(faults, [...path, key], unknownKey(key, known))];
        return [key, shape.read(one, [...path, key], faults)];
      });
      for (const key of needed.filter((one) => !Object.hasOwn(value, one)))
        fault(faults, path, `${key} is missing`);
      // Every key was read by the shape of its field, and the needed ones are there.
      return faults.length > before ? undefined : (Object.fromEntries(entries) as T);
    },
  };
}

function unknownKey(key: string, known: readonly string[]): string {
  const like = nearest(key, known);
  const guess = like === undefined ? `known are ${known.join(', ')}` : `did you mean ${like}?`;
  return `${told(key)} is not known; ${guess}`;
}

function fault(faults: ShapeFault[], path: readonly (string | number)[], message: string): undefined {
  faults.push({ path, message });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it would stand in the file, shortened. */
function told(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
