import { describeValue } from '../../errors/index.js';
import type { FileContent } from '../file.js';
import type { PlacedSetting } from '../settings.js';
import type { Fault } from './fault.js';
import { valueAt } from './frozen.js';

/** A setting, what was found for it, and where. */
export interface Found extends PlacedSetting {
  /** Undefined where nothing says a value, or the value can't be read. */
  readonly value: unknown;
  /** The key as the user knows it: the variable, or the place in the file. */
  readonly key: string;
}

/** Everything that was read for a configuration, before the schema sees it. */
export interface Reading {
  readonly found: readonly Found[];
  readonly faults: readonly Fault[];
  /** The schema's input. */
  readonly withEmptyGroups: object;
  readonly withoutEmptyGroups: object;
  readonly hasEmptyGroups: boolean;
  /** What no message may repeat. */
  readonly secretTexts: readonly string[];
}

/** Reads every setting: from the environment, else from the file. */
export function readSettings(
  placed: readonly PlacedSetting[],
  env: Readonly<Record<string, string | undefined>>,
  content: FileContent,
): Reading {
  const faults: Fault[] = [];
  const secretTexts: string[] = [];
  const found = placed.map((place): Found => {
    const fromEnv = Object.hasOwn(env, place.setting.env) ? env[place.setting.env] : undefined;
    const raw = fromEnv ?? valueAt(content, place.path);
    if (place.setting.isSecret) secretTexts.push(...textsOf(raw));
    if (fromEnv === undefined) return { ...place, value: raw, key: keyOf(place, raw) };
    return { ...place, value: parse(place, fromEnv, faults), key: place.setting.env };
  });
  const groups = groupsOf(placed);
  const filled = groups.filter((group) =>
    found.some(({ path, value }) => value !== undefined && isWithin(path, group)),
  );
  return {
    found,
    faults,
    withEmptyGroups: inputOf(found, groups),
    withoutEmptyGroups: inputOf(found, filled),
    hasEmptyGroups: filled.length < groups.length,
    secretTexts: secretTexts.filter((text) => text !== ''),
  };
}

function parse({ path, setting }: PlacedSetting, text: string, faults: Fault[]): unknown {
  const parsed = setting.parse(text);
  if (parsed.ok) return parsed.value;
  const got = setting.isSecret ? 'something else, not shown since it is a secret' : describeValue(text);
  const message = `${setting.env}: expected ${parsed.expected}; got ${got}`;
  faults.push({ kind: 'bad-value', path: path.join('.'), message });
  return undefined;
}

function keyOf({ path, setting }: PlacedSetting, raw: unknown): string {
  return raw === undefined ? setting.env : `${path.join('.')} in the file`;
}

/** Every text and number inside a value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsOf);
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

/** The paths of all groups of settings, outer ones first. */
function groupsOf(placed: readonly PlacedSetting[]): readonly (readonly string[])[] {
  const groups = new Map<string, readonly string[]>();
  for (const { path } of placed) {
    for (let length = 1; length < path.length; length += 1) {
      const group = path.slice(0, length);
      groups.set(JSON.stringify(group), group);
    }
  }
  return [...groups.values()].sort((a, b) => a.length - b.length);
}

function isWithin(path: readonly string[], group: readonly string[]): boolean {
  return group.every((key, index) => path[index] === key);
}

function inputOf(found: readonly Found[], groups: readonly (readonly string[])[]): object {
  const root = {};
  for (const group of groups) place(root, group, {});
  for (const { path, value } of found) {
    if (value !== undefined) place(root, path, value);
  }
  return root;
}

/** Sets an own property, whatever its name. */
function place(root: object, path: readonly string[], value: unknown): void {
  const group = path.slice(0, -1).reduce<object>((parent, key) => Reflect.get(parent, key), root);
  Object.defineProperty(group, path.at(-1) ?? '', {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}
