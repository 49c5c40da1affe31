import { type AnyDependency, type Dependency, isDependency } from '../container/index.js';
import { describeValue, MortarError } from '../errors/index.js';

/** Something else in place of a service, for tests. Made by `override`. */
export interface Override {
  readonly service: AnyDependency;
  readonly value: unknown;
}

/**
 * Puts something else in place of a service in every module that binds it, or of a port's client in every module that
 * calls it. What depends on it gets the other.
 * @throws MortarError `MORTAR_MODULE_INVALID`
 */
export function override<T>(service: Dependency<T>, value: NoInfer<T>): Override {
  if (isDependency(service)) return Object.freeze({ service, value });
  throw new MortarError('MORTAR_MODULE_INVALID', {
    rule: 'What is overridden is a service.',
    expected: 'a class, a token or a port',
    got: describeValue(service),
  });
}
