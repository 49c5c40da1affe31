import { describe, expect, it } from 'vitest';
import type { Issue, MortarError } from '../../../src/errors/index.js';
import { createApp } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { rejectionOf } from '../../delivery/letters.js';
import { FAULTS } from './garden.js';
import { FindOrder, PlaceOrder, plantedModules } from './planted.js';

/** In an order of its own: which fault is found first is nobody's promise. */
function sorted(issues: readonly Issue[]): readonly Issue[] {
  return issues.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function faultsOf(mended: Parameters<typeof plantedModules>[0]): Promise<MortarError> {
  const { modules, garden } = plantedModules(mended);
  const error = await rejectionOf(createApp({ modules, logger: silentLogger, env: {} }));
  expect(sorted(error.issues)).toEqual(sorted(garden.issues()));
  // Nothing was made to find that out.
  expect(garden.made).toEqual([]);
  return error;
}

describe('an app of modules with 12 planted faults', () => {
  it('is refused by one error that names all of them, with path, code and place', async () => {
    const error = await faultsOf([]);
    expect(error).toMatchObject({ code: 'MORTAR_GRAPH_INVALID', category: 'validation' });
    expect(FAULTS).toHaveLength(12);
    expect(error.issues).toHaveLength(12);
    expect(new Set(error.issues.map(({ path }) => path)).size).toBe(12);
    for (const { path, message } of error.issues) expect(error.message).toContain(`${path}: ${message}`);
  });

  it('is refused the same way again', async () => {
    const { modules } = plantedModules();
    const [first, second] = [createApp({ modules, env: {} }), createApp({ modules, env: {} })];
    expect((await rejectionOf(first)).issues).toEqual((await rejectionOf(second)).issues);
  });

  it('names exactly those that are left, as one after the other is mended', async () => {
    for (let count = 1; count < FAULTS.length; count += 1) {
      expect((await faultsOf(FAULTS.slice(0, count))).issues).toHaveLength(FAULTS.length - count);
      expect((await faultsOf(FAULTS.slice(-count))).issues).toHaveLength(FAULTS.length - count);
    }
  });

  it.each(FAULTS)('names %s where it is the only one', async (fault) => {
    const error = await faultsOf(FAULTS.filter((other) => other !== fault));
    expect(error.issues).toHaveLength(1);
  });

  it('starts and works when all are mended', async () => {
    const { modules, garden } = plantedModules(FAULTS);
    expect(garden.issues()).toEqual([]);
    const app = await createApp({ modules, logger: silentLogger, env: {} });
    expect(garden.made).toEqual([]);
    await app.start();
    const made = ['Prices', 'Orders', 'Right', 'Left', 'Index', 'Catalogue', 'Shelf'];
    expect(garden.made).toEqual([...made, 'onStart of stock', 'mail counts 1']);
    garden.made.splice(0);
    expect(await app.dispatch(PlaceOrder, {})).toBe('Orders');
    expect(await app.ask(FindOrder, {})).toBe('Basket');
    expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
    expect([...garden.made].sort()).toEqual(['Basket', 'a letter', 'the post heard']);
  });
});
