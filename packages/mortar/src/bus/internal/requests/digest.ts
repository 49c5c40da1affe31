import { hash } from 'node:crypto';
import { encodeTree } from '../../../contracts/codec.js';
import { MortarError } from '../../../errors/index.js';

/** As much as the codec carries at all: what is digested is not kept. */
const LIMITS = { maxBytes: 268_435_456, maxDepth: 512 };
/** How many values may be written again since several refer to them: written out, a small graph can be endless. */
const MAX_REPEATED = 100_000;

/**
 * A short text that is the same for equal data, and for nothing else. The order of keys, of Map entries and of Set
 * members makes no difference, nor does a property that is undefined instead of absent. A Date, a bigint, -0, a Map and a Set
 * are told from what looks like them.
 * @throws MortarError `MORTAR_CODEC_UNSUPPORTED` for what is no data, `MORTAR_CODEC_TOO_DEEP`, `MORTAR_CODEC_TOO_LARGE`
 */
export function digestOf(data: unknown): string {
  checkRepeated(data);
  return hash('sha256', canonical(encodeTree(data, LIMITS)), 'base64url');
}

/** The same, and undefined for data that the codec does not carry: it can't be compared. */
export function digestOfData(data: unknown): string | undefined {
  try {
    return digestOf(data);
  } catch (error) {
    if (error instanceof MortarError) return undefined;
    throw error;
  }
}

/**
 * Writes a tree of the codec's as a text in the one order that all equal ones share. What the codec tags is written in
 * angle brackets, so that no object is taken for it, whatever is left out of the object.
 */
function canonical(tree: unknown): string {
  if (typeof tree !== 'object' || tree === null) return JSON.stringify(tree);
  if (Array.isArray(tree)) return `[${tree.map(canonical).join()}]`;
  const entries = Object.entries(tree);
  const [only] = entries;
  if (entries.length !== 1 || only === undefined || !only[0].startsWith('$')) return objectOf(entries);
  const [key, content] = only;
  // An object of the user's that looks like a tag; the codec has put one more in front.
  if (key.startsWith('$$')) return objectOf([[key.slice(1), content]]);
  const isUnordered = (key === '$map' || key === '$set') && Array.isArray(content);
  return `<${key} ${isUnordered ? content.map(canonical).sort().join() : canonical(content)}>`;
}

const UNDEFINED = canonical({ $undefined: true });

function objectOf(entries: readonly (readonly [string, unknown])[]): string {
  const written = entries.flatMap(([key, value]) => {
    const text = canonical(value);
    return text === UNDEFINED ? [] : [`${JSON.stringify(key)}:${text}`];
  });
  return `{${written.sort().join()}}`;
}

/** How many values are in an object, counted as often as they are referred to, by the object. */
type Sizes = Map<object, number>;

/** @throws MortarError `MORTAR_CODEC_TOO_LARGE` for data in which the same is referred to so often that it can't be written out */
function checkRepeated(data: unknown): void {
  const repeated = repeatedIn(data);
  if (repeated <= MAX_REPEATED) return;
  throw new MortarError('MORTAR_CODEC_TOO_LARGE', {
    rule: 'Data that is compared is written out, and what is referred to twice is written twice.',
    expected: `at most ${MAX_REPEATED} values more than there are`,
    got: `${repeated} more`,
  });
}

/** How many more values there are when all is written out. */
function repeatedIn(data: unknown): number {
  const sizes: Sizes = new Map();
  try {
    const size = sizeOf(data, sizes, 0);
    if (size <= MAX_REPEATED) return 0;
    let own = 1;
    for (const object of sizes.keys()) own += partsOf(object).length;
    return size - own;
  } catch {
    // What can't be looked at is for the codec to refuse.
    return 0;
  }
}

function sizeOf(value: unknown, sizes: Sizes, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > LIMITS.maxDepth) return 1;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  // A cycle is for the codec to refuse.
  sizes.set(value, 1);
  let size = 1;
  for (const part of partsOf(value)) size += sizeOf(part, sizes, depth + 1);
  sizes.set(value, size);
  return size;
}

/** What the codec goes into. */
function partsOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  return value instanceof Uint8Array || value instanceof Date ? [] : Object.values(value);
}
