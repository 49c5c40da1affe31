import { newId } from '../../../src/contracts/index.js';
import type { UnitStoreSubject } from '../../../src/testing/conformance/unit-store.js';
import type { Unit, UnitOutcome, UnitStore } from '../../../src/unit-of-work/index.js';
import { changedUnits } from '../../support/changed-stores.js';
import { memorySubject } from '../../support/memory-subject.js';

/** What an adapter of units may get wrong, and the case that must find it. */
export interface UnitFault {
  readonly name: string;
  readonly foundBy: string;
  readonly make: () => UnitStoreSubject;
}

function but(change: (good: UnitStore) => Partial<UnitStore>): () => UnitStoreSubject {
  return () => {
    const subject = memorySubject({ writeTimeoutMs: 1_000 });
    const units = changedUnits(subject.units, change(subject.units));
    return { ...subject, units, second: { events: subject.events, units } };
  };
}

/** Units are changed on their way in. */
function committing(change: (unit: Unit) => Unit): () => UnitStoreSubject {
  return but((good) => ({ commit: (units) => good.commit(units.map(change)) }));
}

function without(part: keyof Unit): () => UnitStoreSubject {
  return committing((unit) => {
    const { [part]: _, ...rest } = unit;
    return rest as Unit;
  });
}

export const unitFaults: readonly UnitFault[] = [
  {
    name: 'writes are committed before the rest of their unit',
    foundBy: 'undoes the writes of its unit',
    make: but((good) => ({
      commit: async (units) => {
        const outcomes: UnitOutcome[] = [];
        for (const unit of units) {
          const { writes, ...rest } = unit;
          const [first] = await good.commit([{ id: newId(), writes, appends: [] }]);
          const [second] = await good.commit([{ ...rest, writes: [] }]);
          if (first !== undefined && second !== undefined) outcomes.push(first.ok ? second : first);
        }
        return outcomes;
      },
    })),
  },
  {
    name: 'the failure of a unit fails those after it',
    foundBy: 'the failure of one unit is its own',
    make: but((good) => ({
      commit: async (units) => {
        const outcomes: UnitOutcome[] = [];
        for (const unit of units) {
          const failure = outcomes.find(({ ok }) => !ok);
          const [outcome] = failure === undefined ? await good.commit([unit]) : [failure];
          if (outcome !== undefined) outcomes.push(outcome);
        }
        return outcomes;
      },
    })),
  },
  {
    name: 'outcomes come in another order',
    foundBy: 'have their outcomes in their order',
    make: but((good) => ({ commit: async (units) => (await good.commit(units)).toReversed() })),
  },
  {
    name: 'units are committed in another order',
    foundBy: 'come one after the other',
    make: but((good) => ({
      commit: async (units) => (await good.commit(units.toReversed())).toReversed(),
    })),
  },
  {
    name: 'what a write throws is wrapped',
    foundBy: 'what a write throws is the outcome',
    make: but((good) => ({
      commit: async (units) =>
        (await good.commit(units)).map((one) =>
          one.ok || one.error instanceof Error ? one : { ok: false, error: new Error(String(one.error)) },
        ),
    })),
  },
  {
    name: 'results of writes are lost',
    foundBy: 'their results are told',
    make: but((good) => ({
      commit: async (units) =>
        (await good.commit(units)).map((one) =>
          one.ok ? { ok: true, result: { ...one.result, written: [] } } : one,
        ),
    })),
  },
  {
    name: 'a commit rejects for a malformed unit',
    foundBy: 'malformed units fail, and do not reject',
    make: but((good) => ({
      commit: async (units) => {
        const outcomes = await good.commit(units);
        for (const one of outcomes) if (!one.ok && units.length > 5) throw one.error;
        return outcomes;
      },
    })),
  },
  { name: 'conditions are ignored', foundBy: 'a unit under a condition', make: without('condition') },
  { name: 'results are not kept', foundBy: 'a kept result is found', make: without('keep') },
  { name: 'the inbox is ignored', foundBy: 'a message is handled once', make: without('inbox') },
  { name: 'nothing is scheduled', foundBy: 'is kept as it was given', make: without('schedule') },
  { name: 'nothing is taken off', foundBy: 'no longer wanted is gone', make: without('unschedule') },
  {
    name: 'ids of units are not remembered',
    foundBy: 'known by its id',
    make: committing((unit) => ({
      ...unit,
      id: unit.id === undefined || unit.id.length < 36 ? unit.id : newId(),
    })),
  },
  {
    name: 'digests are not compared',
    foundBy: 'another command under the same key',
    make: committing((unit) =>
      unit.keep === undefined ? unit : { ...unit, keep: { ...unit.keep, digest: 'digest' } },
    ),
  },
  {
    name: 'the result is made before the writes have run',
    foundBy: 'of what they answered with',
    make: committing((unit) => {
      if (typeof unit.keep?.result !== 'function' || unit.writes.length === 0) return unit;
      const result = unit.keep.result();
      return { ...unit, keep: { ...unit.keep, result: () => result } };
    }),
  },
  {
    name: 'results are kept for ever',
    foundBy: 'whose time is over is not found',
    make: committing((unit) =>
      typeof unit.keep?.expiresAt === 'number' && unit.keep.expiresAt === 1
        ? { ...unit, keep: { ...unit.keep, expiresAt: 8.64e15 } }
        : unit,
    ),
  },
  {
    name: 'subscriptions share an inbox',
    foundBy: 'another subscription handles the message for itself',
    make: committing((unit) =>
      unit.inbox === undefined ? unit : { ...unit, inbox: { ...unit.inbox, subscription: 'all' } },
    ),
  },
  {
    name: 'cleaning up takes what is not over',
    foundBy: 'cleaning up removes rows from before a time, and no others',
    make: but((good) => ({ cleanUp: () => good.cleanUp({ inboxBefore: 8.64e15 }) })),
  },
  {
    name: 'cleaning up does not count',
    foundBy: 'cleaning up removes results',
    make: but((good) => ({ cleanUp: async (before) => (await good.cleanUp(before)) * 0 })),
  },
  {
    name: 'known keys are found by their writes only',
    foundBy: 'a repeated command happens once',
    make: but((good) => ({
      commit: async (units) => {
        const outcomes = await good.commit(units.map(({ keep: _, ...unit }) => unit));
        const kept = await good.commit(
          units.map(({ id, keep }) => ({ id, writes: [], appends: [], ...(keep && { keep }) })),
        );
        return outcomes.map((one, index) => (one.ok && kept[index]?.ok === false ? kept[index] : one));
      },
    })),
  },
  {
    name: 'digests of results are lost',
    foundBy: 'with its digest',
    make: but((good) => ({
      findResult: async (key) => {
        const found = await good.findResult(key);
        return found === undefined ? undefined : { ...found, digest: '' };
      },
    })),
  },
  {
    name: 'writes get too little time',
    foundBy: 'writes that take too long',
    make: () => ({ ...memorySubject({ writeTimeoutMs: 400 }), writeTimeoutMs: 10_000 }),
  },
];
