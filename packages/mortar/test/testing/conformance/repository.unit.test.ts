import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { repositoryCases } from '../../../src/testing/conformance/repository.js';
import { caught } from '../../contracts/caught.js';
import { faultsOfData } from './faulty-data.js';
import { faults, sound } from './faulty-repositories.js';

/** The names of the cases that fail. */
async function failing(make: Parameters<typeof repositoryCases>[0]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, run } of repositoryCases(make)) {
    await run().catch(() => failed.push(name));
  }
  return failed;
}

describe('the cases of a repository', () => {
  it('are at least 30, each with a name of its own', () => {
    const names = repositoryCases(() => ({ repository: sound() })).map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(30);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([...faults, ...faultsOfData])('find that $name', async ({ foundBy, make }) => {
    const failed = await failing(() => ({ repository: make() }));
    expect(failed.filter((name) => name.includes(foundBy))).not.toEqual([]);
  });

  it('each find something', async () => {
    const found = new Set<string>();
    for (const { make } of [...faults, ...faultsOfData])
      for (const name of await failing(() => ({ repository: make() }))) found.add(name);
    const cases = repositoryCases(() => ({ repository: sound() }));
    expect(cases.map(({ name }) => name).filter((name) => !found.has(name))).toEqual([]);
  });

  it('fail with an AssertionError', async () => {
    const fault = faults.find(({ name }) => name === 'new is any');
    const cases = repositoryCases(() => ({ repository: (fault ?? { make: sound }).make() }));
    const failures = await Promise.allSettled(cases.map(({ run }) => run()));
    const reasons = failures.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.every((reason) => reason instanceof AssertionError)).toBe(true);
  });

  it('may run all at once', async () => {
    const cases = repositoryCases(async () => ({ repository: sound() }));
    await Promise.all(cases.map(({ run }) => run()));
  });

  it('each get a repository of their own, and give it back, also when they fail', async () => {
    let made = 0;
    let disposed = 0;
    const fault = faults.find(({ name }) => name === 'expected versions are ignored');
    const failed = await failing(() => {
      made += 1;
      return {
        repository: (fault ?? { make: sound }).make(),
        dispose: async () => {
          disposed += 1;
        },
      };
    });
    expect(failed.length).toBeGreaterThan(0);
    expect(disposed).toBe(made);
  });

  it('say why one is left out', () => {
    const skip = 'SQL knows no functions of ours';
    const cases = repositoryCases(() => ({ repository: sound() }), { predicates: { skip } });
    const skipped = cases.filter((one) => one.skip !== undefined);
    expect(skipped.map((one) => one.skip)).toEqual([skip, skip, skip]);
    expect(skipped.every(({ name }) => name.includes('code') || name.includes('predicate'))).toBe(true);
  });

  it.each([{ predicates: { skip: ' ' } }, { sorting: { skip: 'not needed' } }, { predicates: {} }])(
    'are not left out without a known feature and a reason: %o',
    (features) => {
      const error = caught(() => repositoryCases(() => ({ repository: sound() }), Object(features)));
      expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
      expect(error.expected).toContain('predicates');
    },
  );
});
