import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../../errors/index.js';
import type { ModuleHealthCheck, ModuleHealthOptions, ModuleHook } from '../module.js';
import { endingOf, isOptions } from './arguments.js';
import { checkIn } from './fault.js';
import type { Site } from './place.js';

type Arguments = readonly unknown[];

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function hookOf({ module, place }: Site, when: 'start' | 'stop', args: Arguments): ModuleHook {
  const label = when === 'start' ? 'onStart' : 'onStop';
  return { when, place, ...endingOf(module, label, args) };
}

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function healthCheckOf({ module, place }: Site, [name, ...rest]: Arguments): ModuleHealthCheck {
  checkCheckName(module, name);
  const [first, ...others] = rest;
  const options: ModuleHealthOptions = isOptions(first) ? first : {};
  checkIn(module, `health ${name}`, () => checkHealthOptions(options));
  const ending = endingOf(module, `health ${name}`, isOptions(first) ? others : rest);
  return { name, options, place, ...ending };
}

function checkHealthOptions(options: ModuleHealthOptions): void {
  checkKeys('health', options, ['isCritical', 'timeoutMs']);
  const { isCritical, timeoutMs } = options;
  if (timeoutMs !== undefined) checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  if (isCritical === undefined || typeof isCritical === 'boolean') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option isCritical is on or off.',
    expected: 'true or false',
    got: describeValue(isCritical),
  });
}

function checkCheckName(module: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && /^[a-z][a-z0-9-]{0,99}$/.test(name)) return;
  throw new MortarError('MORTAR_MODULE_INVALID', {
    rule: `In module ${module}: a health check has a name.`,
    expected: 'one word in kebab-case, such as "database"',
    got: describeValue(name),
  });
}
