import { describe, expect, it } from 'vitest';
import type { OpenStore } from '../../../../src/delivery/index.js';
import { standIn } from '../../../../src/projections/inline/stand-in.js';
import { sourcingCases } from '../../../../src/testing/conformance/index.js';
import { sourcingSubject } from '../../../support/sourcing-subject.js';
import { type SourcingFault, sourcingFaults } from './faulty-sourcing.js';

/** The names of the cases that fail, of those that must find the fault. */
async function failing({ change, foundBy }: SourcingFault): Promise<readonly string[]> {
  const cases = sourcingCases(() => sourcingSubject(change)).filter(({ name }) => name.includes(foundBy));
  const outcomes = await Promise.allSettled(cases.map(({ run }) => run()));
  return cases.filter((_, index) => outcomes[index]?.status === 'rejected').map(({ name }) => name);
}

describe('the cases of sourcing', () => {
  it('are many, each with a name of its own', () => {
    const names = sourcingCases(() => sourcingSubject()).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(60);
    expect(new Set(names).size).toBe(names.length);
  });

  it.concurrent.each(sourcingFaults)('find that $name', async (fault) => {
    expect(await failing(fault)).not.toEqual([]);
  });

  it.concurrent('may run all at once, and leave nothing open', async () => {
    const open = new Set<unknown>();
    const counted = (store: OpenStore): OpenStore => {
      open.add(store);
      return standIn(store, {
        close: async () => {
          open.delete(store);
          await store.close();
        },
      });
    };
    const make = async () => {
      const subject = await sourcingSubject(counted);
      const dispose = async () => {
        await Promise.all([subject.store.close(), subject.second.close()]);
        await subject.dispose?.();
      };
      return { ...subject, dispose };
    };
    await Promise.all(sourcingCases(make).map(({ run }) => run()));
    expect(open.size).toBe(0);
  });

  it('are left out for a reason alone', () => {
    const leftOut = { damage: { skip: 'nobody may change the log' } };
    const skipped = sourcingCases(() => sourcingSubject(), leftOut).filter(({ skip }) => skip !== undefined);
    expect(skipped.length).toBeGreaterThan(5);
    expect(() => sourcingCases(() => sourcingSubject(), { damage: { skip: '' } })).toThrow(
      'MORTAR_OPTIONS_INVALID',
    );
  });
});
