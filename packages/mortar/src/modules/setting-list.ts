import { placeSettings, type SettingGroup } from '../config/index.js';
import type { ModuleSettings } from './module.js';

/** Where one value of a module's settings comes from. Never the value. */
export interface SettingDescription {
  /** The name of the environment variable. */
  readonly env: string;
  /** Its place in the settings, such as `database.url`. */
  readonly path: string;
  readonly isSecret: boolean;
}

/** The variables that a module's settings are read from. */
export function variablesOf({ settings }: ModuleSettings): readonly SettingDescription[] {
  return placeSettings(settings as SettingGroup).map(({ path, setting }) => ({
    env: setting.env,
    path: path.join('.'),
    isSecret: setting.isSecret,
  }));
}
