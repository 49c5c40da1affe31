export { REDACTED, Secret } from '../contracts/index.js';
export { nearest } from '../errors/index.js';
export { type ConfigOptions, loadConfig } from './config.js';
export { describeConfig } from './description.js';
export {
  flag,
  list,
  number,
  type Parsed,
  type SecretSetting,
  type Setting,
  secret,
  text,
} from './setting.js';
export { type Config, placeSettings, type SettingFor, type SettingGroup, type Settings } from './settings.js';
