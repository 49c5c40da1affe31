import { Secret } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import { isSetting, type SecretSetting, type Setting } from './setting.js';

/** Where each value of a configuration comes from: the shape of the schema's input, with a setting for every value. */
export type Settings<In> = { readonly [K in keyof In]-?: SettingFor<NonNullable<In[K]>> };

/** What a value of type `In` may be read from; an object has a group of settings of its own. */
export type SettingFor<In> = unknown extends In
  ? Setting
  : In extends string
    ? Setting<string>
    : In extends number
      ? Setting<number>
      : In extends boolean
        ? Setting<boolean>
        : In extends readonly unknown[]
          ? Setting<string[]>
          : In extends object
            ? Settings<In>
            : Setting;

/** The loaded configuration: the schema's output, read-only, with each secret wrapped. */
export type Config<Out, M> = Out extends object
  ? { readonly [K in keyof Out]: K extends keyof M ? ConfigValue<Out[K], M[K]> : Frozen<Out[K]> }
  : Out;

type ConfigValue<Out, M> = M extends SecretSetting
  ? Secret<Exclude<Out, undefined>> | Extract<Out, undefined>
  : M extends Setting
    ? Frozen<Out>
    : Config<Out, M>;

type Frozen<T> = T extends readonly (infer Item)[] ? readonly Frozen<Item>[] : T;

/** A setting and its place in the configuration. */
export interface PlacedSetting {
  readonly path: readonly string[];
  readonly setting: Setting;
}

/** A group of settings as `loadConfig` walks it. */
export type SettingGroup = { readonly [key: string]: Setting | SettingGroup };

/**
 * Every setting of a group and its inner groups, in their order.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for what is no setting, or a variable that is read twice
 */
export function placeSettings(group: SettingGroup): readonly PlacedSetting[] {
  const placed = placesOf(group, []);
  const names = placed.map(({ setting }) => setting.env);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return placed;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Each environment variable has one place in the configuration.',
    expected: 'settings of different variables',
    got: `${twice} twice`,
  });
}

function placesOf(group: unknown, path: readonly string[]): PlacedSetting[] {
  if (isSetting(group)) return [{ path, setting: group }];
  if (typeof group !== 'object' || group === null || group instanceof Secret || path.length > MAX_DEPTH) {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The option settings says where each value comes from.',
      expected: `text(…), number(…), flag(…), list(…), secret(…) or a group of them at ${path.join('.') || 'the root'}`,
      got: describeValue(group),
    });
  }
  return Object.entries(group).flatMap(([key, inner]) => placesOf(inner, [...path, key]));
}

const MAX_DEPTH = 16;
