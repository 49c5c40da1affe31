import { type Container, createContainer } from '../container/index.js';
import { MortarError } from '../errors/index.js';
import { type Override, overriddenBy } from '../modules/index.js';
import type { AppOptions } from './app-options.js';

/** The services that all modules share; made anew when a start has failed. */
export class SharedServices {
  readonly #bind: AppOptions['shared'];
  readonly #overrides: readonly Override[];
  container: Container;

  constructor({ shared, overrides = [] }: Pick<AppOptions, 'shared' | 'overrides'>) {
    this.#bind = shared;
    this.#overrides = overrides;
    this.container = this.#make();
  }

  renew(): void {
    this.container = this.#make();
  }

  #make(): Container {
    const bound = createContainer();
    const answer: unknown = this.#bind?.(bound);
    if (answer instanceof Promise) throw goesOn(answer);
    const container = createContainer({ name: 'shared', isDevelopment: false });
    for (const binding of overriddenBy(this.#overrides, bound.bindings())) container.bind(binding);
    return container;
  }
}

function goesOn(answer: Promise<unknown>): MortarError {
  answer.catch(() => undefined);
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option shared binds services at once.',
    expected: 'a function that is not async',
    got: 'a promise',
  });
}
