import assert from 'node:assert/strict';
import type { DurableApp } from '../../../../app.js';
import { event } from '../../../../contracts/index.js';
import type { DeliveryBatch } from '../../../../delivery/index.js';
import { streamId } from '../../../../event-store/index.js';
import { defineModule, type Module } from '../../../../modules/index.js';
import { aggregate, type DomainEventOf, decider, repository } from '../../../../sourcing/index.js';
import { until } from '../../delivery-store/subject.js';
import { trusted } from '../../projections/subject.js';
import { account, Deposited } from '../bank.js';
import { deposit, entriesOf, inTurn, type SourcingCase, type SourcingSubject } from '../subject.js';
import { bank, startedApp } from './bank-app.js';
import { type CrashPoint, crashing } from './crashing-store.js';

const Granted = event('rewards.granted', {
  data: trusted<{ readonly account: string; readonly points: number }>(),
});

/** The points of an account, one for each unit of money, in their order. */
const points = aggregate('points', {
  decider: decider({
    initialState: (): readonly number[] => [],
    decide: (data: { readonly account: string; readonly points: number }) => ({ type: Granted.name, data }),
    evolve: (all, { data }: DomainEventOf<typeof Granted>) => [...all, data.points],
  }),
  events: [Granted],
});

/** Grants points for what is deposited: an aggregate's events are handled by another aggregate. */
const rewards: Module<'rewards'> = defineModule('rewards', (module) => {
  module.publishes(Granted);
  module.on(Deposited, async ({ data, repository: of }) => {
    await of(points).handle(data.account, { account: data.account, points: data.amount });
  });
});

const IDS = ['a', 'b', 'c', 'd'] as const;

export const crashingCases: readonly SourcingCase[] = (['before', 'after'] as const).map((moment) => ({
  name: `another aggregate handles each event exactly once, though a process dies ${moment} its commit`,
  run: async (subject) => {
    let isArmed = false;
    const point: CrashPoint = { moment, isReached: (batch) => isArmed && decides(batch) };
    const { database, died, bury } = crashing(subject.database, point);
    const dying = await startedApp(database, [bank, rewards]);
    let heir: DurableApp | undefined;
    try {
      await depositAll(subject, 1);
      await granted(subject, 1);
      isArmed = true;
      await depositAll(subject, 2);
      await died;
      heir = await startedApp(subject.database, [bank, rewards]);
      await depositAll(subject, 3);
      await granted(subject, 3);
      await inTurn(IDS, (id) => isGrantedOnce(subject, id));
    } finally {
      bury();
      await dying.stop().catch(() => undefined);
      await heir?.stop();
    }
  },
}));

function decides({ units }: DeliveryBatch): boolean {
  return units.some(({ appends }) => appends.length > 0);
}

async function depositAll({ second }: SourcingSubject, amount: number): Promise<void> {
  await inTurn(IDS, (id) => repository(second, account).handle(id, deposit(amount, id)));
}

/** Waits until the last points of each account are these; those before them have come by then, since a key has an order. */
async function granted({ second }: SourcingSubject, last: number): Promise<void> {
  await inTurn(IDS, (id) =>
    until(async () => {
      const { state } = await repository(second, points).load(id);
      return state.at(-1) === last || undefined;
    }, `the points of ${id} come to ${last}`),
  );
}

async function isGrantedOnce(subject: SourcingSubject, id: string): Promise<void> {
  const deposits = await entriesOf(subject, streamId(`account-${id}`));
  const grants = await entriesOf(subject, streamId(`points-${id}`));
  assert.deepEqual((await repository(subject.second, points).load(id)).state, [1, 2, 3], `points of ${id}`);
  assert.deepEqual(
    grants.map(({ causationId }) => causationId),
    deposits.map((entry) => entry.id),
    'each was caused by one deposit',
  );
}
