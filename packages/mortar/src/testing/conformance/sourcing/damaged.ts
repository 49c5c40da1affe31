import assert from 'node:assert/strict';
import { type EncodedEvent, type StreamId, streamId, version } from '../../../event-store/index.js';
import { decideOn, repository } from '../../../sourcing/index.js';
import { anEvent } from '../event-store/subject.js';
import { account, accountWith, Deposited, taking } from './bank.js';
import type { LogDamage } from './log-damage.js';
import {
  ANNA,
  ANNAS,
  deposit,
  depositEach,
  isAsTold,
  refusesAll,
  type SourcingCase,
  type SourcingFeature,
  type SourcingSubject,
} from './subject.js';

/** Damage to a stream of five deposits, the code it shows by, and the version that is told of. */
interface Damage {
  readonly what: string;
  readonly code: string;
  readonly at: number;
  readonly needs?: SourcingFeature;
  readonly happens: (damage: LogDamage) => unknown;
}

const HOLE = 'MORTAR_STREAM_CORRUPT';
const CORRUPT = 'MORTAR_CODEC_CORRUPT';

const DAMAGES: readonly Damage[] = [
  { what: 'a hole', code: HOLE, at: 3, happens: (log) => log.remove(ANNAS, 3) },
  { what: 'a hole at the beginning', code: HOLE, at: 1, happens: (log) => log.remove(ANNAS, 1) },
  { what: 'a version that is there twice', code: HOLE, at: 3, happens: (log) => log.renumber(ANNAS, 3, 2) },
  {
    what: 'an event that lies where it does not belong',
    code: HOLE,
    at: 4,
    happens: async (log) => {
      await log.renumber(ANNAS, 3, 99);
      await log.renumber(ANNAS, 4, 3);
      await log.renumber(ANNAS, 99, 4);
    },
  },
  {
    what: 'a payload that is no JSON',
    code: CORRUPT,
    at: 2,
    needs: 'damaged JSON',
    happens: (log) => log.rewrite(ANNAS, 2, '{"account":"anna","amou'),
  },
  {
    what: 'a payload that the codec does not know',
    code: CORRUPT,
    at: 2,
    happens: (log) => log.rewrite(ANNAS, 2, '{"$nothing":1}'),
  },
  {
    what: 'a payload that is nested without end',
    code: 'MORTAR_CODEC_TOO_DEEP',
    at: 5,
    happens: (log) => log.rewrite(ANNAS, 5, '['.repeat(99) + ']'.repeat(99)),
  },
];

/** What others have appended, which this code can't read. */
const STRANGERS: readonly (readonly [what: string, code: string, event: () => EncodedEvent])[] = [
  ['an event that nobody knows', 'MORTAR_EVENT_UNKNOWN', () => anEvent({ type: 'bank.renamed' })],
  [
    'an event of newer code',
    'MORTAR_UPCAST_MISSING',
    () => anEvent({ type: Deposited.name, payload: '{"account":"anna","amount":1}', schemaVersion: 9 }),
  ],
];

export const damagedCases: readonly SourcingCase[] = [
  ...DAMAGES.map(
    ({ what, code, at, needs = 'damage', happens }): SourcingCase => ({
      name: `${what}: ${code}, and nothing is decided from it`,
      needs,
      run: async (subject) => {
        await depositEach(subject, 5);
        await depositEach(subject, 5, 'other');
        await happens(damageOf(subject));
        await isRefused(subject, code, at);
        assert.equal((await isAsTold(subject, 'other')).balance, 15, 'others are not harmed');
      },
    }),
  ),
  ...STRANGERS.map(
    ([what, code, event]): SourcingCase => ({
      name: `${what}: ${code}, and nothing is decided from it`,
      run: async (subject) => {
        await depositEach(subject, 2);
        await subject.second.events.append([{ streamId: ANNAS, events: [event()] }]);
        await isRefused(subject, code, 3);
        const before = await repository(subject.store, account).load(ANNA, { version: version(2) });
        assert.equal(before.state.balance, 3, 'it is known how it was before');
      },
    }),
  ),
  {
    name: 'a tail that was lost after a snapshot is not in the state',
    needs: 'damage',
    run: async (subject) => {
      const kept = accountWith({ snapshots: {} });
      await depositEach(subject, 5);
      await repository(subject.store, kept).snapshot(ANNA);
      const damage = damageOf(subject);
      await damage.remove(ANNAS, 5);
      await damage.remove(ANNAS, 4);
      const loaded = await repository(subject.second, kept).load(ANNA);
      assert.deepEqual([loaded.version, loaded.state.amounts], [3, [1, 2, 3]]);
    },
  },
  {
    name: 'a decision over several streams is not made from an event that can not be read',
    needs: 'damage',
    run: async (subject) => {
      await decideOn(subject.store, taking, { name: 'a', by: 'eve' });
      await damageOf(subject).rewrite(streamId('owner-eve'), 1, '{"$nothing":1}');
      const position = await subject.store.events.head();
      await refusesAll(
        subject,
        CORRUPT,
        [
          () => decideOn(subject.store, taking, { name: 'b', by: 'eve' }),
          () => decideOn(subject.second, taking, { name: 'a', by: 'adam' }),
        ],
        ({ details }) => assert.equal(details?.['position'], position),
      );
      await decideOn(subject.second, taking, { name: 'b', by: 'adam' });
    },
  },
];

function damageOf({ damage }: SourcingSubject): LogDamage {
  assert.ok(damage !== undefined, 'damage can be done to the log, or the feature is left out');
  return damage;
}

/** However it is asked for, on both handles; what is told is where the event lies. */
async function isRefused(subject: SourcingSubject, code: string, at: number): Promise<void> {
  for (const handle of [subject.store, subject.second]) {
    const repo = repository(handle, account);
    const calls = [
      () => repo.load(ANNA),
      () => repo.handle(ANNA, deposit(1)),
      () => repo.diff(ANNA, { version: version(0) }),
      () => repo.replay(ANNA, account.decider),
    ];
    await refusesAll(subject, code, calls, ({ details }) => {
      const stream: StreamId = ANNAS;
      assert.equal(details?.['streamId'], stream);
      assert.equal(code === HOLE ? details['expected'] : details['version'], at, JSON.stringify(details));
    });
  }
}
