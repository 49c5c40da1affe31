import { describe, expect, it } from 'vitest';
import type {
  AuditRecord,
  BatchOutcome,
  DeadLetter,
  DeadLetterState,
  DeliveryBatch,
  HeldKey,
  Lease,
  LeaseName,
  LetterAction,
  OpenStore,
  ReplayingLetter,
  StartFrom,
  SubscriptionInfo,
} from '../../../src/delivery/index.js';
import { BEGINNING, type Position } from '../../../src/event-store/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import {
  MemoryDeliveryStore,
  MemoryDurableDeadLetterStore,
  MemoryLog,
  memory,
} from '../../../src/memory/index.js';
import {
  type ConformanceCase,
  deadLetterStoreCases,
  deliveryStoreCases,
} from '../../../src/testing/conformance/index.js';

/** A store of delivery that does one thing wrong, and a case that must find it. */
interface Fault {
  readonly name: string;
  readonly foundBy: string;
  readonly deliveries?: (log: MemoryLog) => MemoryDeliveryStore;
  readonly deadLetters?: (log: MemoryLog) => MemoryDurableDeadLetterStore;
}

const faults: readonly Fault[] = [
  {
    name: 'units are committed before the lease is looked at',
    foundBy: 'under a lease that another has taken, nothing happens',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override async commit(batch: DeliveryBatch): Promise<BatchOutcome> {
          for (const { appends } of batch.units)
            if (appends.length > 0) await memoryOf(log).then(({ events }) => events.append(appends));
          return super.commit({ ...batch, units: [] });
        }
      })(log),
  },
  {
    name: 'a failure of a unit is thrown',
    foundBy: 'a unit whose write throws',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override async commit(batch: DeliveryBatch): Promise<BatchOutcome> {
          const outcome = await super.commit(batch);
          if (!outcome.ok) throw outcome.error;
          return outcome;
        }
      })(log),
  },
  {
    name: 'batches are committed in parts',
    foundBy: 'a unit whose append conflicts keeps all from happening',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override async commit(batch: DeliveryBatch): Promise<BatchOutcome> {
          await super.commit({ ...batch, units: [] });
          return super.commit(batch);
        }
      })(log),
  },
  {
    name: 'a lease is given to its own holder again',
    foundBy: 'a lease that is in force is given to nobody',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override async acquire(
          name: string,
          partitions: readonly number[],
          owner: string,
          ttlMs: number,
        ): Promise<readonly Lease[]> {
          const mine = (await this.checkpoints(name)).filter((one) => one.owner === owner);
          for (const { partition } of mine)
            if (partitions.includes(partition))
              await this.release([{ subscription: name, partition, token: 1 }]);
          return super.acquire(name, partitions, owner, ttlMs);
        }
      })(log),
  },
  {
    name: 'a renewal says that everything is held',
    foundBy: 'renewal prolongs those that are held',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override async renew(leases: readonly LeaseName[], ttlMs: number): Promise<readonly LeaseName[]> {
          await super.renew(leases, ttlMs);
          return leases;
        }
      })(log),
  },
  {
    name: 'a lease is forgotten by its end, so that takings are not counted',
    foundBy: 'each taking that finds no orderly end counts',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override async acquire(
          name: string,
          partitions: readonly number[],
          owner: string,
          ttlMs: number,
        ): Promise<readonly Lease[]> {
          return (await super.acquire(name, partitions, owner, ttlMs)).map((lease) => ({
            ...lease,
            unclean: 1,
          }));
        }
      })(log),
  },
  {
    name: 'a subscription that is known starts anew',
    foundBy: 'registered again, it is found as it was',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override async register(
          name: string,
          from: StartFrom,
          partitions?: number,
        ): Promise<SubscriptionInfo> {
          await this.forget(name);
          return super.register(name, from, partitions);
        }
      })(log),
  },
  {
    name: 'now is the beginning',
    foundBy: 'from the beginning, from now, and from a position',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override register(name: string, from: StartFrom, partitions?: number): Promise<SubscriptionInfo> {
          return super.register(name, from === 'now' ? BEGINNING : from, partitions);
        }
      })(log),
  },
  {
    name: 'failures of held keys are lost',
    foundBy: 'a held key comes back as it was kept',
    deliveries: (log) =>
      new (class extends MemoryDeliveryStore {
        override async heldKeys(name: string, partitions: readonly number[]): Promise<readonly HeldKey[]> {
          return (await super.heldKeys(name, partitions)).map((held) => ({ ...held, failures: [] }));
        }
      })(log),
  },
  {
    name: 'letters are changed whatever state they are in',
    foundBy: 'a change of a letter that is not kept, or in another state',
    deadLetters: (log) =>
      new (class extends MemoryDurableDeadLetterStore {
        override async change(
          id: string,
          from: DeadLetterState,
          to: DeadLetterState,
          action?: LetterAction,
        ): Promise<DeadLetter> {
          return super.change(id, (await this.get(id))?.state ?? from, to, action);
        }
      })(log),
  },
  {
    name: 'replays are of every partition',
    foundBy: 'each letter is of the partition of its key',
    deadLetters: (log) =>
      new (class extends MemoryDurableDeadLetterStore {
        override replaying(
          name: string,
          { of }: { readonly of: number },
          limit: number,
        ): Promise<readonly ReplayingLetter[]> {
          return super.replaying(
            name,
            { of, among: Array.from({ length: of }, (_, partition) => partition) },
            limit,
          );
        }
      })(log),
  },
  {
    name: 'letters are open for ever',
    foundBy: 'those that are open are told apart',
    deadLetters: (log) =>
      new (class extends MemoryDurableDeadLetterStore {
        override async openAt(_: string, positions: readonly Position[]): Promise<readonly Position[]> {
          return positions;
        }
      })(log),
  },
  {
    name: 'the rate of a job is ignored',
    foundBy: 'it takes no more than its rate allows',
    deadLetters: (log) =>
      new (class extends MemoryDurableDeadLetterStore {
        override startJob(job: Parameters<MemoryDurableDeadLetterStore['startJob']>[0]) {
          const { ratePerSecond: _, ...rest } = job;
          return super.startJob(rest);
        }
      })(log),
  },
  {
    name: 'who did it is not on record',
    foundBy: 'whatever an operator does is on record',
    deadLetters: (log) =>
      new (class extends MemoryDurableDeadLetterStore {
        override async audit(): Promise<readonly AuditRecord[]> {
          return (await super.audit()).map((one) => ({ ...one, actor: undefined }));
        }
      })(log),
  },
];

async function memoryOf(log: MemoryLog): Promise<OpenStore> {
  return memory({ log }).open({ logger: silentLogger });
}

function casesFor(fault: Fault): readonly ConformanceCase[] {
  const make = async () => {
    const log = new MemoryLog();
    const open = async (): Promise<OpenStore> => ({
      ...(await memoryOf(log)),
      ...(fault.deliveries === undefined ? {} : { deliveries: fault.deliveries(log) }),
      ...(fault.deadLetters === undefined ? {} : { deadLetters: fault.deadLetters(log) }),
    });
    return { store: await open(), second: await open(), dispose: () => log.close() };
  };
  return [...deliveryStoreCases(make), ...deadLetterStoreCases(make)];
}

describe('the cases of the stores of delivery', () => {
  it.each(faults)('find that $name', async (fault) => {
    const one = casesFor(fault).find(({ name }) => name.includes(fault.foundBy));
    expect(one, fault.foundBy).toBeDefined();
    await expect(one?.run()).rejects.toThrow();
  });

  it('have names of their own', () => {
    const names = casesFor({ name: 'none', foundBy: '' }).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(100);
  });
});
