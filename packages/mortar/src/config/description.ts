import { redactText, Secret } from '../contracts/index.js';

/**
 * A configuration as plain data for a status page or a log line: secrets and the credentials in URLs are replaced,
 * instances of classes (a `URL`, a `Date`) become texts.
 */
export function describeConfig(config: unknown): unknown {
  if (config instanceof Secret) return String(config);
  if (typeof config === 'string') return redactText(config);
  if (Array.isArray(config)) return config.map(describeConfig);
  if (typeof config === 'bigint' || typeof config === 'function' || typeof config === 'symbol')
    return String(config);
  if (typeof config !== 'object' || config === null) return config;
  const prototype: unknown = Object.getPrototypeOf(config);
  if (prototype !== Object.prototype && prototype !== null) return redactText(String(config));
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, describeConfig(value)]));
}
