import { describeValue, type MortarError } from '../../../errors/index.js';
import { hasLoneSurrogate } from '../text.js';
import { codecError, type WalkPath } from './path.js';

interface Inspection {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly path: WalkPath;
  /** The containers that the walk is in. */
  readonly ancestors: object[];
  /** A lower bound of the text's length, so that shared references cannot grow without limit. */
  size: number;
  /** Whether anything needs a tag or an escape, so that `JSON.stringify` alone would lose it. */
  needsTags: boolean;
}

const BAD_TEXT = /[\0\ud800-\udfff]/;
const DOLLAR = 36;

/**
 * Checks that the codec carries all of a value, and says whether any of it needs a tag.
 * @throws MortarError `MORTAR_CODEC_UNSUPPORTED`, `MORTAR_CODEC_TOO_DEEP`, `MORTAR_CODEC_TOO_LARGE`
 */
export function inspect(value: unknown, limits: { maxBytes: number; maxDepth: number }): boolean {
  const { maxBytes, maxDepth } = limits;
  const inspection: Inspection = { maxBytes, maxDepth, path: [], ancestors: [], size: 0, needsTags: false };
  inspectValue(inspection, value, 0);
  return inspection.needsTags;
}

function inspectValue(inspection: Inspection, value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
      inspectText(inspection, value, depth);
      break;
    case 'number':
      inspectNumber(inspection, value, depth);
      break;
    case 'boolean':
      inspection.size += 4;
      break;
    case 'object':
      if (value === null) inspection.size += 4;
      else inspectObject(inspection, value, depth);
      break;
    case 'bigint':
    case 'undefined':
      inspection.size += 4;
      inspection.needsTags = true;
      break;
    default:
      throw unsupported(inspection, depth, 'data', describeValue(value));
  }
  if (inspection.size > inspection.maxBytes) throw tooLarge(inspection, depth);
}

function inspectText(inspection: Inspection, text: string, depth: number): void {
  inspection.size += text.length + 2;
  if (BAD_TEXT.test(text)) checkText(inspection, text, depth, 'text');
}

function checkText(inspection: Inspection, text: string, depth: number, what: string): void {
  if (text.includes('\0')) throw unsupported(inspection, depth, `${what} without NUL`, describeValue(text));
  if (hasLoneSurrogate(text)) {
    throw unsupported(inspection, depth, `${what} without lone surrogates`, describeValue(text));
  }
}

function inspectNumber(inspection: Inspection, value: number, depth: number): void {
  if (!Number.isFinite(value)) throw unsupported(inspection, depth, 'a finite number', String(value));
  if (Object.is(value, -0)) inspection.needsTags = true;
  inspection.size += 1;
}

function inspectObject(inspection: Inspection, value: object, depth: number): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    enter(inspection, value, depth);
    inspectProperties(inspection, value, depth);
  } else if (prototype === Array.prototype && Array.isArray(value)) {
    enter(inspection, value, depth);
    inspectElements(inspection, value, depth);
  } else {
    inspection.needsTags = true;
    inspectBuiltIn(inspection, value, prototype, depth);
  }
}

function enter(inspection: Inspection, container: object, depth: number): void {
  if (depth >= inspection.maxDepth) throw tooDeep(inspection, container, depth);
  inspection.ancestors[depth] = container;
  inspection.size += 2;
}

function inspectProperties(inspection: Inspection, value: object, depth: number): void {
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw unsupported(inspection, depth, 'keys of text', 'a key that is a symbol');
  }
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0]?.charCodeAt(0) === DOLLAR) inspection.needsTags = true;
  for (const key of keys) {
    inspection.path[depth] = key;
    if (BAD_TEXT.test(key)) checkText(inspection, key, depth + 1, 'a key');
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property === undefined || property.get !== undefined || property.set !== undefined) {
      throw unsupported(inspection, depth + 1, 'a property with a value', 'an accessor');
    }
    inspection.size += key.length + 3;
    inspectValue(inspection, property.value, depth + 1);
  }
}

function inspectElements(inspection: Inspection, value: readonly unknown[], depth: number): void {
  if (value.length > inspection.maxBytes) throw tooLarge(inspection, depth);
  if (Object.keys(value).length !== value.length) {
    throw unsupported(
      inspection,
      depth,
      'an array of elements only',
      'holes, or properties beside the elements',
    );
  }
  for (let index = 0; index < value.length; index += 1) {
    inspection.path[depth] = index;
    inspection.size += 1;
    inspectValue(inspection, value[index], depth + 1);
  }
}

/** By prototype, since instances of subclasses would come back as something else. */
function inspectBuiltIn(inspection: Inspection, value: object, prototype: object, depth: number): void {
  if (prototype === Date.prototype && value instanceof Date) {
    inspectDate(inspection, value, depth);
  } else if (prototype === Uint8Array.prototype && ArrayBuffer.isView(value)) {
    inspection.size += Math.ceil(value.byteLength / 3) * 4;
  } else if (
    prototype === Map.prototype &&
    value instanceof Map &&
    isBranded(() => Map.prototype.has.call(value, 0))
  ) {
    enter(inspection, value, depth);
    inspectEntries(inspection, value, depth);
  } else if (
    prototype === Set.prototype &&
    value instanceof Set &&
    isBranded(() => Set.prototype.has.call(value, 0))
  ) {
    enter(inspection, value, depth);
    inspectMembers(inspection, value, depth);
  } else {
    throw unsupported(inspection, depth, 'data', `an instance of ${nameOfClass(prototype)}`);
  }
}

function inspectDate(inspection: Inspection, value: Date, depth: number): void {
  if (!isBranded(() => Date.prototype.getTime.call(value))) {
    throw unsupported(inspection, depth, 'data', 'an object that only looks like a Date');
  }
  if (Number.isNaN(Date.prototype.getTime.call(value))) {
    throw unsupported(inspection, depth, 'a valid Date', 'an invalid one');
  }
  inspection.size += 24;
}

function inspectEntries(inspection: Inspection, map: Map<unknown, unknown>, depth: number): void {
  let index = 0;
  for (const [key, value] of Map.prototype.entries.call(map)) {
    inspection.path[depth] = index;
    inspectValue(inspection, key, depth + 1);
    if (typeof key === 'string') inspection.path[depth] = key;
    inspectValue(inspection, value, depth + 1);
    index += 1;
  }
}

function inspectMembers(inspection: Inspection, set: Set<unknown>, depth: number): void {
  let index = 0;
  for (const member of Set.prototype.values.call(set)) {
    inspection.path[depth] = index;
    inspectValue(inspection, member, depth + 1);
    index += 1;
  }
}

/** Whether a method of a built-in class takes a value as its own. */
function isBranded(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

function nameOfClass(prototype: object): string {
  const name = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value?.name;
  return typeof name === 'string' && name !== '' ? describeValue(name) : 'a class';
}

function tooDeep(inspection: Inspection, container: object, depth: number): MortarError {
  const { ancestors, path, maxDepth } = inspection;
  const chain = [...ancestors.slice(0, depth), container];
  const repeat = chain.findIndex((item, index) => chain.indexOf(item) < index);
  if (repeat !== -1)
    return unsupported(inspection, repeat, 'data without cycles', 'an object that contains itself');
  return codecError('MORTAR_CODEC_TOO_DEEP', path, depth, `at most ${maxDepth} levels`, 'more');
}

function tooLarge(inspection: Inspection, depth: number): MortarError {
  const expected = `at most ${inspection.maxBytes} bytes of UTF-8`;
  return codecError('MORTAR_CODEC_TOO_LARGE', inspection.path, depth, expected, 'more, from there on');
}

function unsupported(inspection: Inspection, depth: number, expected: string, got: string): MortarError {
  return codecError('MORTAR_CODEC_UNSUPPORTED', inspection.path, depth, expected, got);
}
