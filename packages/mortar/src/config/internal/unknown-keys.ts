import { describeValue, nearest } from '../../errors/index.js';
import type { FileContent } from '../file.js';
import { isSetting } from '../setting.js';
import type { SettingGroup } from '../settings.js';
import type { Fault } from './fault.js';
import { isPlainObject } from './frozen.js';

/** A fault for each variable with the prefix that no setting reads. Its value is not shown. */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
  known: readonly string[],
): readonly Fault[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && env[name] !== undefined && !known.includes(name))
    .map((name) => unknownKey(name, name, 'the environment', nearest(name, known)));
}

/** A fault for each key of the file that has no place in the settings, and for what should be a group and is not. */
export function unknownFileKeys(
  content: FileContent,
  group: SettingGroup,
  path: readonly string[] = [],
): readonly Fault[] {
  return Object.entries(content).flatMap(([key, value]): readonly Fault[] => {
    const place = [...path, key];
    const known = Object.hasOwn(group, key) ? group[key] : undefined;
    if (known === undefined) {
      return [unknownKey(place.join('.'), place.join('.'), 'the file', nearest(key, Object.keys(group)))];
    }
    if (isSetting(known)) return [];
    if (isPlainObject(value)) return unknownFileKeys(value, known, place);
    return [
      {
        kind: 'bad-value',
        path: place.join('.'),
        message: `${place.join('.')} in the file: expected an object of settings`,
      },
    ];
  });
}

function unknownKey(path: string, key: string, where: string, guess: string | undefined): Fault {
  const question = guess === undefined ? '' : `; did you mean ${guess}?`;
  return {
    kind: 'unknown-key',
    path,
    message: `${describeValue(key)} in ${where} is not a known key${question}`,
  };
}
