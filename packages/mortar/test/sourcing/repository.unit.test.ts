import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { event, newId } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import {
  type Append,
  EventLog,
  type EventStore,
  type Position,
  streamId,
  type Version,
} from '../../src/event-store/index.js';
import {
  AggregateLoader,
  aggregate,
  decider,
  repository,
  SnapshotSaver,
  StandaloneRepository,
} from '../../src/sourcing/index.js';
import { changedEvents } from '../support/changed-stores.js';
import { type AccountCommand, account, accounts, all, contracts, Deposited, openBank } from './bank.js';

const deposit = (amount: number): AccountCommand => ({ kind: 'deposit', amount });
const withdraw = (amount: number): AccountCommand => ({ kind: 'withdraw', amount });

function open() {
  const bank = openBank();
  return { ...bank, repo: repository(bank, account), log: new EventLog({ events: bank.stored }) };
}

/** Many repositories on one store, as many processes have them; their pauses take the machine's time. */
function openMany(count: number, retries: number, scheduler?: fc.Scheduler) {
  const { stored } = openBank();
  const events = scheduler === undefined ? stored : shuffled(stored, scheduler);
  const mine = aggregate('account', { decider: accounts, events: contracts, retries });
  return { stored, repos: Array.from({ length: count }, () => repository({ events }, mine)) };
}

/** The same store, whose answers come in any order. */
function shuffled(store: EventStore, scheduler: fc.Scheduler): EventStore {
  return changedEvents(store, {
    readStream: (stream, range) => scheduler.schedule(store.readStream(stream, range)),
    append: async (appends, condition) => {
      await scheduler.schedule(Promise.resolve());
      return store.append(appends, condition);
    },
  });
}

function codeOf(error: unknown): string {
  return error instanceof MortarError ? error.code : String(error);
}

describe('a repository, handling a command', () => {
  it('loads, decides and appends, and answers with what has come of it', async () => {
    const { repo, log } = open();
    const opened = await repo.handle('1', { kind: 'open', owner: 'anna' });
    expect(opened).toEqual({
      streamId: 'account-1',
      version: 1,
      state: { owner: 'anna', balance: 0, deposits: [] },
      events: [{ type: 'bank.account-opened', data: { owner: 'anna' } }],
    });
    expect(await repo.handle('1', deposit(5))).toMatchObject({ version: 2, state: { balance: 5 } });
    expect(await repo.load('1')).toMatchObject({ streamId: 'account-1', version: 2, position: 2 });
    expect(await all(log.readStream('account-1'))).toMatchObject([
      { type: 'bank.account-opened', version: 1, data: { owner: 'anna' } },
      { type: 'bank.money-deposited', version: 2, data: { amount: 5 } },
    ]);
  });

  it('keeps aggregates apart', async () => {
    const { repo } = open();
    await repo.handle('1', deposit(1));
    await repo.handle('2', deposit(2));
    expect((await repo.load('1')).state.deposits).toEqual([1]);
    expect((await repo.load('3')).state).toEqual(accounts.initialState());
    expect(await repo.load('3')).toMatchObject({ version: 0, position: undefined, recordedAt: undefined });
  });

  it('appends nothing where nothing has to happen', async () => {
    const { repo, stored } = open();
    await repo.handle('1', deposit(5));
    expect(await repo.handle('1', { kind: 'nothing' })).toMatchObject({ version: 1, events: [] });
    expect(await stored.head()).toBe(1);
  });

  it('refuses what was decided to be a failure, with the failure as the cause', async () => {
    const { repo, stored } = open();
    await expect(repo.handle('1', withdraw(5))).rejects.toMatchObject({
      code: 'MORTAR_REQUEST_REFUSED',
      cause: { kind: 'failure', name: 'too-little', data: { balance: 0 } },
    });
    expect(await stored.head()).toBe(0);
  });

  it('says with the events who asked, and why; those of one command share a correlation id', async () => {
    const Twice = event('bank.twice', { data: z.number(), key: String, tags: (data) => [`n:${data}`] });
    const twice = aggregate('twice', {
      decider: decider({
        initialState: () => 0,
        decide: (count: number) => [1, 2].map((each) => ({ type: Twice.name, data: count * each })),
        evolve: (state, happened: { readonly type: 'bank.twice'; readonly data: number }) =>
          state + happened.data,
      }),
      events: [Twice],
    });
    const { stored } = open();
    const repo = repository({ events: stored }, twice);
    const causationId = newId();
    await repo.handle('1', 3, {
      actor: 'anna',
      causationId,
      tenant: 'acme',
      metadata: { from: 'web' },
      occurredAt: 7,
    });
    await repo.handle('1', 4, { correlationId: 'request-1' });
    const [first, second, third, fourth] = await stored.readStream(streamId('twice-1'));
    expect(first).toMatchObject({ actor: 'anna', causationId, tenant: 'acme', metadata: { from: 'web' } });
    expect(first).toMatchObject({ key: '3', tags: ['n:3'], occurredAt: 7, correlationId: first?.id });
    expect(second).toMatchObject({ key: '6', tags: ['n:6'], actor: 'anna', correlationId: first?.id });
    expect(third?.correlationId).toBe('request-1');
    expect(fourth?.correlationId).toBe('request-1');
  });

  it('decides and keeps what the schema answers with', async () => {
    const Named = event('bank.named', {
      data: z.object({ name: z.string().trim(), at: z.number().default(7) }),
    });
    const named = aggregate('named', {
      decider: decider({
        initialState: (): unknown => undefined,
        decide: (name: string) => ({ type: Named.name, data: { name } }),
        evolve: (
          _,
          happened: { readonly type: 'bank.named'; readonly data: { name: string; at?: number } },
        ) => happened.data,
      }),
      events: [Named],
    });
    const repo = repository({ events: open().stored }, named);
    const handled = await repo.handle('1', ' anna ');
    expect(handled.state).toEqual({ name: 'anna', at: 7 });
    expect((await repo.load('1')).state).toEqual(handled.state);
  });

  it('appends the same events again where it could not be found out whether they lie there', async () => {
    const bank = openBank();
    const given: (readonly Append[])[] = [];
    const unsure = changedEvents(bank.stored, {
      append: async (appends, condition) => {
        given.push(appends);
        const result = await bank.stored.append(appends, condition);
        if (given.length > 1) return result;
        throw new MortarError('MORTAR_COMMIT_UNKNOWN', { rule: '.', expected: '.', got: '.' });
      },
    });
    const repo = repository({ events: unsure }, account);
    expect(await repo.handle('1', deposit(5))).toMatchObject({ version: 1, state: { balance: 5 } });
    expect(given[1]).toEqual(given[0]);
    expect(await bank.stored.head()).toBe(1);
  });

  it('tells what the log has come to where its owner commits less than was decided', async () => {
    const { stored } = openBank();
    const loader = new AggregateLoader({ events: stored });
    const repo = new StandaloneRepository({
      aggregate: account,
      loader,
      saver: new SnapshotSaver(loader, {}),
      commit: async () => ({ positions: [], versions: [], isRepeated: false }),
    });
    expect(await repo.handle('1', deposit(5))).toMatchObject({ version: 0, state: { balance: 0 } });
  });
});

describe('a repository, and others on the same aggregate', () => {
  it('decides anew where somebody else was faster, from what that one has done', async () => {
    const { stored } = openBank();
    let isFirst = true;
    const other = repository({ events: stored }, account);
    const raced: EventStore = changedEvents(stored, {
      append: async (appends, condition) => {
        if (isFirst) {
          isFirst = false;
          await other.handle('1', withdraw(8));
        }
        return stored.append(appends, condition);
      },
    });
    await other.handle('1', deposit(10));
    const repo = repository({ events: raced }, account);
    await expect(repo.handle('1', withdraw(5))).rejects.toMatchObject({
      code: 'MORTAR_REQUEST_REFUSED',
      cause: { data: { balance: 2 } },
    });
    expect(await repo.handle('1', withdraw(2))).toMatchObject({ version: 3, state: { balance: 0 } });
  });

  it('never decides from a state that has changed since it was read', async () => {
    const { stored } = openBank();
    const other = repository({ events: stored }, account);
    await other.handle('1', deposit(10));
    let isFirst = true;
    const raced = changedEvents(stored, {
      readStream: async (stream, range) => {
        const entries = await stored.readStream(stream, range);
        if (isFirst) {
          isFirst = false;
          await other.handle('1', withdraw(8));
        }
        return entries;
      },
    });
    const late = repository({ events: raced }, account).handle('1', withdraw(5));
    await expect(late).rejects.toMatchObject({ cause: { data: { balance: 2 } } });
    expect((await other.load('1')).state.balance).toBe(2);
  });

  it('gives up after as many conflicts as the aggregate allows', async () => {
    const { stored } = openBank();
    let appends = 0;
    const contested = changedEvents(stored, {
      append: async (given, condition) => {
        appends += 1;
        await stored.append([{ streamId: streamId('account-1'), events: await eventsOf(stored) }]);
        return stored.append(given, condition);
      },
    });
    const other = repository({ events: stored }, account);
    await other.handle('1', deposit(1));
    for (const [retries, expected] of [
      [0, 1],
      [3, 4],
    ] as const) {
      appends = 0;
      const mine = aggregate('account', { decider: accounts, events: contracts, retries });
      await expect(repository({ events: contested }, mine).handle('1', deposit(5))).rejects.toMatchObject({
        code: 'MORTAR_VERSION_CONFLICT',
      });
      expect(appends).toBe(expected);
    }
    expect((await other.load('1')).state.deposits).not.toContain(5);
  });

  it('lets its own callers take turns, so that they never conflict with each other', async () => {
    const { stored } = openBank();
    const mine = aggregate('account', { decider: accounts, events: contracts, retries: 0 });
    const repo = repository({ events: stored }, mine);
    const amounts = Array.from({ length: 16 }, (_, index) => index + 1);
    await Promise.all(amounts.map((amount) => repo.handle('1', deposit(amount))));
    expect((await repo.load('1')).state.deposits).toEqual(amounts);
  });

  it('goes on with the next caller where one was refused', async () => {
    const { repo } = open();
    const ends = await Promise.allSettled([
      repo.handle('1', withdraw(1)),
      repo.handle('1', deposit(1)),
      repo.handle('1', withdraw(1)),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('16 of them: all succeed, or get a conflict where nobody decides anew', async () => {
    const { stored, repos } = openMany(16, 0);
    const ends = await Promise.allSettled(repos.map((repo, index) => repo.handle('1', deposit(index))));
    const conflicts = ends.flatMap((end) => (end.status === 'rejected' ? [codeOf(end.reason)] : []));
    expect(conflicts.length).toBeGreaterThan(0);
    expect(new Set(conflicts)).toEqual(new Set(['MORTAR_VERSION_CONFLICT']));
    expect(await stored.head()).toBe(16 - conflicts.length);
  });

  it('16 of them: no update is lost, whatever they do and however often they may decide anew', async () => {
    const commands = fc.array(fc.tuple(fc.nat(15), fc.integer({ min: -9, max: 9 })), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(
        commands,
        fc.constantFrom(0, 1, 50),
        fc.scheduler(),
        async (given, retries, scheduler) => {
          const { stored, repos } = openMany(16, retries, scheduler);
          const all = Promise.all(
            given.map(async ([caller, amount]) => {
              const command = amount < 0 ? withdraw(-amount) : deposit(amount);
              const handled = await repos[caller]?.handle('1', command).catch(codeOf);
              return { amount, handled };
            }),
          );
          const ends = await scheduler.waitFor(all);
          const done = ends.filter(({ handled }) => typeof handled === 'object');
          const codes = new Set(ends.map(({ handled }) => handled).filter((one) => typeof one === 'string'));
          codes.delete('MORTAR_REQUEST_REFUSED');
          if (retries < 50) codes.delete('MORTAR_VERSION_CONFLICT');
          expect([...codes]).toEqual([]);
          // Each that succeeded has a version of its own, and the sum is that of those that succeeded.
          const versions = done.map(({ handled }) => (typeof handled === 'object' ? handled.version : 0));
          expect([...versions].sort((a, b) => a - b)).toEqual(done.map((_, index) => index + 1));
          const now = await repository({ events: stored }, account).load('1');
          expect(now.version).toBe(done.length);
          expect(now.state.balance).toBe(done.reduce((sum, { amount }) => sum + amount, 0));
          expect(now.state.balance).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

async function eventsOf(store: EventStore) {
  const [first] = await store.readStream(streamId('account-1'));
  if (first === undefined) throw new Error('There is none.');
  return [{ ...first, id: newId() }].map(({ position, streamId: of, version, recordedAt, ...rest }) => rest);
}

describe('the past of an aggregate', () => {
  it('tells what happened when, by whom and why, with the state after it', async () => {
    const { repo, clock } = open();
    const causationId = newId();
    await repo.handle('1', { kind: 'open', owner: 'anna' }, { actor: 'anna', correlationId: 'c-1' });
    await clock.advance(1_000);
    await repo.handle('1', deposit(5), { actor: 'bert', correlationId: 'c-2', causationId });
    const history = await all(repo.history('1'));
    expect(history).toMatchObject([
      {
        event: { type: 'bank.account-opened', data: { owner: 'anna' } },
        version: 1,
        position: 1,
        actor: 'anna',
        correlationId: 'c-1',
        causationId: undefined,
        occurredAt: 1_000_000,
        recordedAt: 1_000_000,
        state: { owner: 'anna', balance: 0 },
      },
      {
        event: { type: Deposited.name, data: { amount: 5 } },
        version: 2,
        actor: 'bert',
        correlationId: 'c-2',
        causationId,
        recordedAt: 1_001_000,
        state: { owner: 'anna', balance: 5 },
      },
    ]);
    expect(await all(repo.history('1', { version: 1 as Version }))).toEqual(history.slice(0, 1));
    expect(await all(repo.history('1', { position: 1 as Position }))).toEqual(history.slice(0, 1));
    expect(await all(repo.history('1', { at: 1_000_500 }))).toEqual(history.slice(0, 1));
    expect(await all(repo.history('2'))).toEqual([]);
  });

  it('is read anew for each loop, and no further than the loop goes', async () => {
    const { repo, reads, events } = open();
    await repo.handle('1', deposit(1));
    const many = Array.from({ length: 2_500 }, () => eventsOf(events));
    const more = (await Promise.all(many)).flat();
    await events.append([{ streamId: streamId('account-1'), events: more }]);
    const history = repo.history('1');
    reads.reset();
    for await (const { version } of history) if (version === 3) break;
    expect(reads.events).toBeLessThan(2_000);
    expect(await all(history)).toHaveLength(2_501);
  });

  it('can be compared at two points', async () => {
    const { repo } = open();
    await repo.handle('1', { kind: 'open', owner: 'anna' });
    await repo.handle('1', deposit(5));
    await repo.handle('1', deposit(7));
    await repo.handle('1', withdraw(2));
    const { before, after, changes, events } = await repo.diff(
      '1',
      { version: 2 as Version },
      { version: 4 as Version },
    );
    expect(before).toMatchObject({ version: 2, state: { balance: 5 } });
    expect(after).toMatchObject({ version: 4, state: { balance: 10 } });
    expect(changes).toEqual([
      { path: 'balance', before: 5, after: 10 },
      { path: 'deposits[1]', after: 7 },
    ]);
    expect(events.map(({ version, state }) => [version, state.balance])).toEqual([
      [3, 12],
      [4, 10],
    ]);
    const whole = await repo.diff('1', { version: 0 as Version });
    expect(whole.events).toHaveLength(4);
    expect((await repo.diff('1', {})).changes).toEqual([]);
  });

  it('can be folded by other rules, and nothing is written', async () => {
    const { repo, stored } = open();
    await repo.handle('1', deposit(5));
    await repo.handle('1', deposit(7));
    const counting = {
      initialState: () => ({ fees: 0 }),
      evolve: (state: { readonly fees: number }) => ({ fees: state.fees + 1 }),
    };
    expect(await repo.replay('1', counting)).toMatchObject({ version: 2, state: { fees: 2 } });
    expect(await repo.replay('1', counting, { version: 1 as Version })).toMatchObject({ state: { fees: 1 } });
    expect(await stored.head()).toBe(2);
  });
});
