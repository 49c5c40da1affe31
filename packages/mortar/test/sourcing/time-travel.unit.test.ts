import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventStore, position, type StreamId, streamId, version } from '../../src/event-store/index.js';
import { repository } from '../../src/sourcing/index.js';
import { type Account, type AccountCommand, account, accountWith, all, folded, openBank } from './bank.js';

/** What a test does: a command on one of two accounts after some time, or a snapshot. */
interface Step {
  readonly id: '1' | '2';
  readonly afterMs: number;
  readonly command: AccountCommand;
  readonly isSnapshot: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    id: fc.constantFrom('1', '2'),
    afterMs: fc.nat(3),
    command: fc.oneof(
      fc.record({ kind: fc.constant('deposit' as const), amount: fc.nat(9) }),
      fc.record({ kind: fc.constant('withdraw' as const), amount: fc.nat(9) }),
      fc.record({ kind: fc.constant('open' as const), owner: fc.string({ maxLength: 3 }) }),
    ),
    isSnapshot: fc.boolean(),
  }),
  { maxLength: 25 },
);

/** The state after so many entries of a stream, made without any of the machinery. */
async function naive(store: EventStore, stream: StreamId, count: number): Promise<Account> {
  const entries = await store.readStream(stream);
  return folded(
    entries.slice(0, count).map(({ type, payload }) => JSON.parse(`{"type":"${type}","data":${payload}}`)),
  );
}

async function filled(given: readonly Step[], withSnapshots: boolean) {
  const bank = openBank();
  const repo = repository(bank, withSnapshots ? accountWith({}) : account);
  for (const { id, afterMs, command, isSnapshot } of given) {
    await bank.clock.advance(afterMs);
    await repo.handle(id, command).catch(() => undefined);
    if (withSnapshots && isSnapshot) await repo.snapshot(id);
  }
  return { ...bank, repo };
}

describe.each([false, true])('an aggregate as it was (with snapshots: %s)', (withSnapshots) => {
  it('is what a plain fold makes of its events, at every version, position and time', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const { stored, repo, clock } = await filled(given, withSnapshots);
        const stream = streamId('account-1');
        const entries = await stored.readStream(stream);
        for (let count = 0; count <= entries.length + 1; count += 1) {
          const expected = await naive(stored, stream, count);
          const { state, version: at } = await repo.load('1', { version: version(count) });
          expect({ state, at }).toEqual({ state: expected, at: Math.min(count, entries.length) });
        }
        for (let head = 0; head <= (await stored.head()) + 1; head += 1) {
          const count = entries.filter((entry) => entry.position <= head).length;
          const { state, version: at } = await repo.load('1', { position: position(head) });
          expect({ state, at }).toEqual({ state: await naive(stored, stream, count), at: count });
        }
        for (let time = 999_999; time <= clock.now() + 1; time += 1) {
          const count = entries.filter(({ recordedAt }) => recordedAt <= time).length;
          const { state, version: at } = await repo.load('1', { at: time % 2 === 0 ? time : new Date(time) });
          expect({ state, at }).toEqual({ state: await naive(stored, stream, count), at: count });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is what its history says, and so are the events in between', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(25), fc.nat(25), async (given, one, other) => {
        const { stored, repo } = await filled(given, withSnapshots);
        const stream = streamId('account-1');
        const history = await all(repo.history('1'));
        const entries = await stored.readStream(stream);
        expect(history.map(({ eventId }) => eventId)).toEqual(entries.map(({ id }) => id));
        for (const { version: at, state } of history) expect(state).toEqual(await naive(stored, stream, at));
        const from = version(Math.min(one, other, entries.length));
        const to = version(Math.min(Math.max(one, other), entries.length));
        const diff = await repo.diff('1', { version: from }, { version: to });
        expect(diff.events).toEqual(history.slice(from, to));
        expect(diff.before.state).toEqual(await naive(stored, stream, from));
        expect(diff.after.state).toEqual(await naive(stored, stream, to));
      }),
      { numRuns: 40 },
    );
  });

  it('is what another fold of the same rules makes of it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const { repo } = await filled(given, withSnapshots);
        expect(await repo.replay('1', account.decider)).toEqual(await repo.load('1'));
      }),
      { numRuns: 20 },
    );
  });
});
