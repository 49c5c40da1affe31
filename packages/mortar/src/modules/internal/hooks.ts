import { describeValue, MortarError } from '../../errors/index.js';
import type { ModuleHealthCheck, ModuleHook } from '../module.js';
import { endingOf } from './arguments.js';
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
  return { name, place, ...endingOf(module, `health ${name}`, rest) };
}

function checkCheckName(module: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && /^[a-z][a-z0-9-]{0,99}$/.test(name)) return;
  throw new MortarError('MORTAR_MODULE_INVALID', {
    rule: `In module ${module}: a health check has a name.`,
    expected: 'one word in kebab-case, such as "database"',
    got: describeValue(name),
  });
}
