import type { LogEntry } from 'mortar/event-store';
import { position, streamId, version } from 'mortar/event-store';
import { describe, expect, it } from 'vitest';
import { type Answers, checkEnd, checkRemains, type Known } from '../../campaigns/frame/sourcing/checks.mjs';
import { foldOf, happenedIn, stateOf } from '../../campaigns/frame/sourcing/fold.mjs';
import type { Generation, Remains } from '../../campaigns/frame/sourcing/remains.mjs';

type All = Remains & Known;

const CODE = 1;
const PROJECTIONS = ['accounts', 'pending', 'flows', 'statements', 'live-accounts', 'inline-flows'];

// A check that can't fail checks nothing: each of these plants one fault into remains that are otherwise right.
describe('the audit of a bank', () => {
  it('has nothing to say of remains that are right', () => {
    expect(checkRemains(makeRemains())).toEqual([]);
    expect(checkEnd(makeRemains(), makeAnswers())).toEqual([]);
  });

  it.each<[string, (remains: All) => Partial<All>, string]>([
    [
      'a document that was changed',
      (remains) => keeping(remains, 'accounts', (kept) => kept.set('a0', '{"balance":1}')),
      'accounts#1 (active, code 1) has {"balance":1} of a0; the log says',
    ],
    [
      'a document that is missing',
      (remains) => keeping(remains, 'flows', (kept) => kept.delete('all')),
      'flows#1 (active, code 1) has nothing of all',
    ],
    [
      'a document that should be gone',
      (remains) => keeping(remains, 'pending', (kept) => kept.set('t1', '{}')),
      'has {} of t1; the log says nothing',
    ],
    [
      'a row twice in a sum',
      (remains) => keeping(remains, 'statements', (kept) => kept.set('balances a1', '{}')),
      'statements#1 (active, code 1) has {} of balances a1',
    ],
    [
      'a document of another code',
      (remains) => keeping(remains, 'accounts', (kept) => kept.set('a1', foldAt(2, 'accounts', 'a1'))),
      'of a1; the log says {"code":1',
    ],
    [
      'an event that the checkpoint has passed, and that is in no document',
      (remains) => changing(remains, 'accounts', { low: 1, ahead: [2, 3] }),
      'accounts#1 (active, code 1) has',
    ],
    [
      'two active generations',
      ({ generations }) => ({ generations: [...generations, ...generations.slice(0, 1)] }),
      'accounts has 2 active generations',
    ],
    [
      'no active generation',
      (remains) => changing(remains, 'pending', { state: 'retired' }),
      'pending has 0 active generations',
    ],
    [
      'a place of a generation that never was',
      (remains) => adding(remains, { code: 0, kept: new Map() }),
      'accounts#9 (gone, code 0) is gone, and there is something left of it',
    ],
    [
      'tables of a generation that is gone, and that nobody finds',
      (remains) => adding(remains, { projection: 'statements', kept: new Map() }),
      'statements#9 (gone, code 1) is gone, and there is something left of it',
    ],
    [
      'letters of a generation that is gone, and that nobody finds',
      (remains) => adding(remains, { letters: 2 }),
      '0 held keys, 2 letters',
    ],
    [
      'a snapshot that lies under the right fingerprint',
      ({ snapshots }) => ({ snapshots: snapshots.map((one) => ({ ...one, state: '{"balance":7}' })) }),
      'the snapshot of account-a0 at version 2 by code 1 says {"balance":7}',
    ],
    [
      'a snapshot of an event that is not there',
      ({ snapshots }) => ({ snapshots: snapshots.map((one) => ({ ...one, version: 9 })) }),
      'is of an event that is not there',
    ],
    [
      'a hole in a stream',
      ({ entries }) => ({ entries: entries.filter(({ id }) => id !== 'e2') }),
      'account-a0 has version 3 after 1',
    ],
    [
      'money that was taken twice',
      ({ entries }) => ({ entries: [...entries, event(12, 'account-a0', 4, 'debited', movement('a0'))] }),
      'transfer t1 from a0 to a1 went:',
    ],
    [
      'more money taken than there is',
      ({ entries }) => ({
        entries: [...entries, event(12, 'account-a1', 3, 'debited', { ...movement('a1'), amount: 99 })],
      }),
      'account-a1 has a balance of -69 at version 3',
    ],
    [
      'a command that has happened twice',
      ({ entries }) => ({
        entries: [
          ...entries,
          event(12, 'account-a0', 4, 'deposited', { accountId: 'a0', commandId: 'c1', amount: 100 }),
        ],
      }),
      'command c1 has happened 2 times',
    ],
    [
      'a command that was acknowledged, and is gone',
      ({ commands }) => ({ commands: new Map([...commands, ['c9', { isDone: true }]]) }),
      'command c9 was acknowledged, and has not happened',
    ],
    [
      'a command that nobody has given',
      () => ({ commands: new Map([['t1', { isDone: true }]]) }),
      'command c1 has happened, and nobody has given it',
    ],
  ])('finds %s', (_, plant, expected) => {
    const remains = makeRemains();
    expect(checkRemains({ ...remains, ...plant(remains) }).join('\n')).toContain(expected);
  });

  it.each<[string, Partial<Generation>]>([
    ['a collection', { kept: new Map([['a0', '{}']]) }],
    ['a checkpoint', { low: 0, heldKeys: 1, letters: 1 }],
    ['tables with a checkpoint', { projection: 'statements', low: 3, kept: new Map() }],
  ])('lets %s of a generation that is gone be found by the next process, but for the end', (_, left) => {
    const remains = { ...makeRemains(), ...adding(makeRemains(), left) };
    expect(checkRemains(remains)).toEqual([]);
    expect(checkEnd(remains, makeAnswers()).join('\n')).toContain(
      '#9 (gone, code 1) is gone, and there is something left of it',
    );
  });

  it('takes an inline read model at the end of the log, and at its checkpoint while it is not inline', () => {
    const remains = makeRemains();
    const early = changing(remains, 'inline-flows', { low: 0 });
    expect(checkRemains({ ...remains, ...early })).toEqual([]);
    const async = changing(remains, 'flows', { low: 0 });
    expect(checkRemains({ ...remains, ...async })).not.toEqual([]);
    const demoted = changing(remains, 'inline-flows', { low: 0, isInline: false });
    expect(checkRemains({ ...remains, ...demoted })).not.toEqual([]);
    const behind = changing(remains, 'inline-flows', { low: 0, kept: new Map() });
    expect(checkRemains({ ...remains, ...behind })).not.toEqual([]);
    const empty = changing(remains, 'inline-flows', { low: 0, isInline: false, kept: new Map() });
    expect(checkRemains({ ...remains, ...empty })).toEqual([]);
  });

  it.each<[string, Partial<Answers>, Partial<Generation>, string]>([
    ['a document that is not read', { documents: makeAnswers().documents.slice(1) }, {}, 'has nothing of a1'],
    [
      'a document that is read twice',
      { documents: [...makeAnswers().documents, ...makeAnswers().documents.slice(0, 1)] },
      {},
      'accounts answers with a document twice',
    ],
    [
      'documents in another order',
      { documents: makeAnswers().documents.toReversed() },
      {},
      'accounts is not sorted',
    ],
    [
      'a state that is loaded otherwise than its events say',
      { states: makeAnswers().states.map((one) => ({ ...one, state: one.state.replace('70', '71') })) },
      {},
      'the states, as they are loaded has 3 {"code":1,"owner":"o","balance":71',
    ],
    ['code of others that is still read', { code: 2 }, {}, 'accounts#1 (active, code 1) is there in the end'],
    ['one that is built for ever', {}, { state: 'building' }, '#1 (building, code 1) is there in the end'],
    ['a letter', {}, { letters: 1 }, 'with 0 held keys and 1 letters'],
    ['a pause', {}, { isPaused: true }, ', paused'],
  ])('finds in the end %s', (_, answers, generation, expected) => {
    const remains = { ...makeRemains(), ...changing(makeRemains(), 'accounts', generation) };
    expect(checkEnd(remains, { ...makeAnswers(), ...answers }).join('\n')).toContain(expected);
  });

  it('finds in the end a transfer that is under way', () => {
    const remains = makeRemains();
    const entries = remains.entries.slice(0, -1);
    expect(checkEnd({ ...remains, entries }, makeAnswers()).join('\n')).toContain(
      'transfer t1 is under way in the end',
    );
  });
});

/** Two accounts, a deposit, and a transfer of 30 that has come to its end. */
function makeLog(): LogEntry[] {
  const order = { transferId: 't1', from: 'a0', to: 'a1', amount: 30 };
  return [
    event(1, 'account-a0', 1, 'account-opened', { accountId: 'a0', owner: 'o' }),
    event(2, 'account-a0', 2, 'deposited', { accountId: 'a0', commandId: 'c1', amount: 100 }),
    event(3, 'account-a1', 1, 'account-opened', { accountId: 'a1', owner: 'o' }),
    event(5, 'transfer-t1', 1, 'transfer-requested', order),
    event(6, 'account-a0', 3, 'debited', movement('a0')),
    event(7, 'transfer-t1', 2, 'transfer-started', order),
    event(8, 'account-a1', 2, 'credited', movement('a1')),
    event(9, 'transfer-t1', 3, 'transfer-completed', { transferId: 't1' }),
  ];
}

function makeRemains(): All {
  const entries = makeLog();
  const [, second] = entries;
  const events = happenedIn(entries);
  const snapshot = { stream: 'account-a0', code: CODE, version: 2, eventId: second?.id ?? '' };
  return {
    entries,
    generations: PROJECTIONS.filter((name) => !name.startsWith('live')).map((name) => ({
      ...goneOne(),
      projection: name,
      number: 1,
      state: 'active',
      isInline: name.startsWith('inline'),
      low: 9,
      kept: foldOf(name, CODE, events),
    })),
    snapshots: [{ ...snapshot, state: stateOf(CODE, events.slice(0, 2)) }],
    letters: [],
    commands: new Map([
      ['c1', { isDone: true }],
      ['t1', { isDone: false }],
    ]),
  };
}

/** What an app answers of that log. */
function makeAnswers(): Answers {
  const events = happenedIn(makeLog());
  const streams = [...new Set(events.map(({ stream }) => stream))];
  return {
    code: CODE,
    projections: PROJECTIONS,
    documents: PROJECTIONS.filter((name) => name !== 'statements').flatMap((projection) =>
      [...foldOf(projection, CODE, events)]
        .map(([key, value]) => ({ projection, key, value }))
        .sort((a, b) => JSON.parse(a.value).balance - JSON.parse(b.value).balance),
    ),
    states: streams.map((stream) => {
      const own = events.filter((one) => one.stream === stream);
      return { stream, version: own.length, state: stateOf(CODE, own) };
    }),
  };
}

function goneOne(): Generation {
  return {
    projection: 'accounts',
    number: 9,
    state: 'gone',
    code: CODE,
    isInline: false,
    low: undefined,
    ahead: [],
    heldKeys: 0,
    letters: 0,
    isPaused: false,
    kept: undefined,
  };
}

function adding({ generations }: Remains, left: Partial<Generation>): Pick<Remains, 'generations'> {
  return { generations: [...generations, { ...goneOne(), ...left }] };
}

function changing(
  { generations }: Remains,
  projection: string,
  fields: Partial<Generation>,
): Pick<Remains, 'generations'> {
  return {
    generations: generations.map((one) => (one.projection === projection ? { ...one, ...fields } : one)),
  };
}

function keeping(
  remains: Remains,
  projection: string,
  change: (kept: Map<string, string>) => unknown,
): Pick<Remains, 'generations'> {
  const kept = new Map(remains.generations.find((one) => one.projection === projection)?.kept);
  change(kept);
  return changing(remains, projection, { kept });
}

function foldAt(code: number, projection: string, key: string): string {
  return foldOf(projection, code, happenedIn(makeLog())).get(key) ?? '';
}

function movement(accountId: string): object {
  return { accountId, transferId: 't1', amount: 30 };
}

function event(at: number, stream: string, of: number, type: string, data: object): LogEntry {
  return {
    id: `e${at}`,
    position: position(at),
    streamId: streamId(stream),
    version: version(of),
    recordedAt: 0,
    type: `bank.${type}`,
    schemaVersion: 1,
    key: undefined,
    priority: 'normal',
    occurredAt: 0,
    correlationId: `e${at}`,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: JSON.stringify(data),
  };
}
