import assert from 'node:assert/strict';
import {
  type LogEntry,
  position,
  type StreamId,
  streamId,
  type Version,
  version,
} from '../../../event-store/index.js';
import { type PointInTime, type Repository, repository } from '../../../sourcing/index.js';
import { numbersFrom } from '../projections/subject.js';
import { type Account, type AccountCommand, type AccountEvent, accountWith, naively } from './bank.js';
import {
  deposit,
  entriesOf,
  inTurn,
  refusesAll,
  type SourcingCase,
  type SourcingSubject,
  withdraw,
} from './subject.js';

type Accounts = Repository<Account, AccountCommand, AccountEvent>;

const IDS = ['one', 'two'] as const;
const STREAM: StreamId = streamId('account-one');
const STEPS = 14;

export const pastCases: readonly SourcingCase[] = [
  ...[1, 2, 3].flatMap((seed): SourcingCase[] => [
    {
      name: `an aggregate is at every version, position and time what a plain fold makes of it (seed ${seed})`,
      run: async (subject) => {
        await filled(subject, seed);
        await isAsItWas(subject, repository(subject.second, accountWith()));
      },
    },
    {
      name: `and so it is with snapshots (seed ${seed})`,
      run: async (subject) => {
        const kept = await filled(subject, seed, true);
        await isAsItWas(subject, kept);
      },
    },
  ]),
  {
    name: 'a point in time that is none is refused',
    run: async (subject) => {
      const repo = repository(subject.store, accountWith());
      const both = { version: version(1), position: position(1) };
      await refusesAll(subject, 'MORTAR_OPTIONS_INVALID', [
        () => repo.load('one', both),
        () => repo.load('one', { at: new Date(Number.NaN) }),
      ]);
      const half = { version: 0.5 as Version };
      await refusesAll(subject, 'MORTAR_VERSION_INVALID', [() => repo.load('one', half)]);
    },
  },
];

/** Some commands on two accounts, with snapshots in between where they are kept. The same for the same seed. */
async function filled(subject: SourcingSubject, seed: number, isKept = false): Promise<Accounts> {
  const below = numbersFrom(seed);
  const repo = repository(subject.store, accountWith(isKept ? { snapshots: {} } : {}));
  for (let step = 0; step < STEPS; step += 1) {
    const id = IDS[below(2)] ?? 'one';
    const amount = 1 + below(9);
    // What may be too much is refused, and then there is nothing to look for.
    const isDeposit = below(3) > 0 || (await repo.load(id)).state.balance < amount;
    await repo.handle(id, isDeposit ? deposit(amount, id) : withdraw(amount, id));
    if (isKept && below(3) === 0) await repo.snapshot(id);
  }
  return repo;
}

async function isAsItWas(subject: SourcingSubject, repo: Accounts): Promise<void> {
  const entries = await entriesOf(subject, STREAM);
  assert.ok(entries.length > 2, 'there is a past');
  const head = await subject.store.events.head();
  const wasAt = async (when: PointInTime, count: number): Promise<void> => {
    const { state, version: at } = await repo.load('one', when);
    assert.deepEqual(
      { state, at },
      { state: naively(entries.slice(0, count)), at: count },
      JSON.stringify(when),
    );
  };
  for (let count = 0; count <= entries.length + 1; count += 1)
    await wasAt({ version: version(count) }, Math.min(count, entries.length));
  for (let place = 0; place <= head + 1; place += 1)
    await wasAt({ position: position(place) }, entries.filter((entry) => entry.position <= place).length);
  await inTurn(timesAround(entries), (time) =>
    wasAt(
      { at: time % 2 === 0 ? time : new Date(time) },
      entries.filter(({ recordedAt }) => recordedAt <= time).length,
    ),
  );
  await isToldByHistory(repo, entries);
}

/** Every millisecond at which something was recorded, and those before and after. */
function timesAround(entries: readonly LogEntry[]): ReadonlySet<number> {
  return new Set(entries.flatMap(({ recordedAt }) => [recordedAt - 1, recordedAt, recordedAt + 1]));
}

async function isToldByHistory(repo: Accounts, entries: readonly LogEntry[]): Promise<void> {
  const told: string[] = [];
  for await (const { version: at, state, eventId } of repo.history('one')) {
    told.push(eventId);
    assert.deepEqual(state, naively(entries.slice(0, at)));
  }
  assert.deepEqual(
    told,
    entries.map(({ id }) => id),
  );
}
