import { deepStrictEqual } from 'node:assert';
import { describeValue, MortarError } from '../errors/index.js';

const likeBrand: unique symbol = Symbol('like');

/** Data of which a part is said. Made by `like`. */
export interface Like<out Part = unknown> {
  readonly [likeBrand]: Part;
}

/** Some of the properties of data, at every depth; of a list, all members. */
export type PartOf<Data> = Data extends readonly unknown[]
  ? { readonly [K in keyof Data]: PartOf<Data[K]> }
  : Data extends Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
    ? Data
    : Data extends object
      ? { readonly [K in keyof Data]?: PartOf<Data[K]> }
      : Data;

/** What data is expected to be: equal to this, or like it. */
export type Expected<Data> = Data | Like<PartOf<Data>>;

/**
 * Expects data that has what is said here, whatever else it has: at every depth of objects; a list has as many members as
 * said, each like the one said.
 * @example
 * await scenario(app).when(PlaceOrder, { items: ['book'] }).then([OrderPlaced, like({ total: 12 })]);
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function like<const Part>(part: Part): Like<Part> {
  if (typeof part === 'object' && part !== null) return Object.freeze({ [likeBrand]: part });
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Data is like an object or a list of which a part is said.',
    expected: 'an object or an array',
    got: describeValue(part),
  });
}

/**
 * The data that would have met an expectation and differs from what came as little as can be: where it was met, what came
 * itself. So a comparison of the two shows the differences, and nothing that was left unsaid.
 */
export function met(expected: unknown, actual: unknown): unknown {
  if (isLike(expected)) return completed(expected[likeBrand], actual);
  return areEqual(expected, actual) ? actual : expected;
}

/** As `deepStrictEqual` has it. */
export function areEqual(a: unknown, b: unknown): boolean {
  try {
    deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

function isLike(value: unknown): value is Like {
  return typeof value === 'object' && value !== null && likeBrand in value;
}

function completed(part: unknown, actual: unknown): unknown {
  if (Array.isArray(part)) {
    const members: readonly unknown[] = Array.isArray(actual) ? actual : [];
    return part.map((member, index) => completed(member, members[index]));
  }
  if (!isPlain(part)) return met(part, actual);
  const properties = isPlain(actual) ? actual : {};
  const said = Object.entries(part).map(([name, value]) => [name, completed(value, properties[name])]);
  // In the order of what came, so that a comparison shows no more than it has to.
  const all = { ...properties, ...Object.fromEntries(said) };
  return isPlain(actual) && areEqual(all, { ...actual }) ? actual : all;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
