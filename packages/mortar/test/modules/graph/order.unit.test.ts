import { describe, expect, it } from 'vitest';
import { type AnyDependency, all, lazy, optional, token } from '../../../src/container/index.js';
import { defineModule, type Module, type ModuleBuilder, startOrderOf } from '../../../src/modules/index.js';
import { Ledger, OrderPlaced, Stock } from '../messages.js';

/* The module shop is listed first, and needs the port of billing in one way or another. */

const Prices = token<string>('Prices');
const Rates = token<string>('Rates');

const billing = defineModule('billing', (module) => module.implement(Ledger, { balance: () => 1 }));

function orderOf(register: (module: ModuleBuilder<'shop'>) => void, ...others: readonly Module[]): string {
  const { modules, faults } = startOrderOf([defineModule('shop', register), billing, ...others]);
  expect(faults).toEqual([]);
  return modules.map(({ name }) => name).join(' ');
}

/** A module whose hook at the start needs a service that is made anew each time, of the port. */
function throughTransient(mark: (service: typeof Prices) => AnyDependency) {
  return (module: ModuleBuilder<'shop'>): void => {
    module.factory(Prices, [Ledger], () => 'list', { lifetime: 'transient' });
    module.onStart([mark(Prices)], () => {});
  };
}

describe('a module starts after the modules whose ports are needed', () => {
  it.each<readonly [string, (module: ModuleBuilder<'shop'>) => void]>([
    ['by a hook at the start', (module) => module.onStart([Ledger], () => {})],
    ['by a hook, as an option', (module) => module.onStart([optional(Ledger)], () => {})],
    ['by a singleton', (module) => module.factory(Prices, [Ledger], () => 'list')],
    ['by a singleton, awaited', (module) => module.asyncFactory(Prices, [Ledger], async () => 'list')],
    [
      'by what a singleton needs',
      (module) => {
        module.factory(Prices, [Rates], () => 'list');
        module.factory(Rates, [Ledger], () => 'rate', { lifetime: 'transient' });
      },
    ],
    ['by what a hook needs', throughTransient((service) => service)],
    ['by what a hook needs, as an option', throughTransient(optional)],
    ['by one of several that a hook needs', throughTransient(all)],
  ])('%s', (_, register) => {
    expect(orderOf(register)).toBe('billing shop');
  });
});

describe('a module starts where it is listed', () => {
  it.each<readonly [string, (module: ModuleBuilder<'shop'>) => void]>([
    ['with a port that a handler needs', (module) => module.on(OrderPlaced, [Ledger], () => {})],
    ['with a port that a hook at the stop needs', (module) => module.onStop([Ledger], () => {})],
    ['with a port that is called later', (module) => module.factory(Prices, [lazy(Ledger)], () => 'list')],
    [
      'with a port that is made for each message',
      (module) => module.factory(Prices, [Ledger], () => 'list', { lifetime: 'scoped' }),
    ],
    ['with a lazy service of the port', throughTransient(lazy)],
    [
      'with a port of its own',
      (module) => {
        module.implement(Stock, { count: () => 1, take: () => {} });
        module.onStart([Stock], () => {});
      },
    ],
  ])('%s', (_, register) => {
    expect(orderOf(register)).toBe('shop billing');
  });

  it('unless it says that it starts after another', () => {
    const mail = defineModule('mail', (module) => module.startsAfter('billing'));
    expect(orderOf((module) => module.startsAfter('mail'), mail)).toBe('billing mail shop');
  });
});
