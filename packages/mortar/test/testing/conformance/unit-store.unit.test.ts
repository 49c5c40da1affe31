import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import {
  sqlEffects,
  type UnitStoreSubject,
  unitStoreCases,
} from '../../../src/testing/conformance/unit-store.js';
import type { SqlTransaction } from '../../../src/unit-of-work/index.js';
import { memorySubject } from '../../support/memory-subject.js';
import { unitFaults } from './faulty-units.js';

/** The names of the cases that fail, of those that are asked for. */
async function failing(make: () => UnitStoreSubject, foundBy: string): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, run } of unitStoreCases(make))
    if (name.includes(foundBy)) await run().catch(() => failed.push(name));
  return failed;
}

describe('the cases of a unit store', () => {
  it('are many, each with a name of its own', () => {
    const names = unitStoreCases(() => memorySubject()).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(70);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(unitFaults)('find that $name', async ({ foundBy, make }) => {
    expect(await failing(make, foundBy)).not.toEqual([]);
  });

  it('may run all at once', async () => {
    const cases = unitStoreCases(() => memorySubject({ writeTimeoutMs: 2_000 }));
    await Promise.all(cases.filter(({ name }) => !name.includes('too long')).map(({ run }) => run()));
  });
});

describe('effects in SQL', () => {
  /** Writes down what it is asked. */
  function speaking(dialect: SqlTransaction['dialect']) {
    const asked: unknown[] = [];
    const tx: SqlTransaction = {
      dialect,
      query: async (sql, parameters) => {
        asked.push([sql, parameters]);
        return [];
      },
      execute: async (sql, parameters) => {
        asked.push([sql, parameters]);
        return 1;
      },
      savepoint: async (work) => work(),
    };
    return { asked, tx };
  }
  const effects = sqlEffects('effects', { all: async () => ({}), constraint: 'effects_pkey' });

  it.each([
    ['sqlite', '(?, ?)', '?'],
    ['postgres', '($1, $2)', '$1'],
  ] as const)('speak %s', async (dialect, values, mark) => {
    const { asked, tx } = speaking(dialect);
    await effects.insert(tx, 'k', 'v');
    expect(await effects.get(tx, 'k')).toBeUndefined();
    expect(asked).toEqual([
      [`INSERT INTO effects (key, value) VALUES ${values}`, ['k', 'v']],
      [`SELECT value FROM effects WHERE key = ${mark}`, ['k']],
    ]);
  });

  it('are of transactions that speak SQL', async () => {
    const tx = { savepoint: async <T>(work: () => T | PromiseLike<T>) => work() };
    await expect(effects.get(tx, 'k')).rejects.toBeInstanceOf(assert.AssertionError);
  });
});
