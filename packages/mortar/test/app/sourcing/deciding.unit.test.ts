import { describe, expect, it, vi } from 'vitest';
import { defineModule, type MessageContext } from '../../../src/index.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { aggregate, decisionModel } from '../../../src/sourcing/index.js';
import { errorOf, Latch } from '../../support/parcels.js';
import { startedApp } from '../journal.js';
import {
  account,
  Balance,
  bank,
  type Command,
  Deposit,
  Deposited,
  NameTaken,
  TakeName,
  Transfer,
  taking,
  Withdraw,
  Withdrawn,
} from './accounts.js';

async function openBank(called?: (name: string) => unknown) {
  const log = new MemoryLog();
  const app = await startedApp([bank(called)], { store: memory({ log }) });
  const streams = () => log.entries.map(({ streamId, version, type }) => `${streamId} ${version} ${type}`);
  return { log, app, streams };
}

describe('a command that an aggregate decides', () => {
  it('appends to its stream, and answers with what has come of it', async () => {
    const { app, streams } = await openBank();
    expect(await app.dispatch(Deposit, { account: 'a', amount: 5 })).toEqual({ balance: 5 });
    expect(await app.dispatch(Deposit, { account: 'a', amount: 2 })).toEqual({ balance: 7 });
    expect(await app.ask(Balance, { account: 'a' })).toEqual({ balance: 7 });
    expect(streams()).toEqual(['account-a 1 bank.deposited', 'account-a 2 bank.deposited']);
    await app.stop();
  });

  it('may be refused with a failure of its contract, and then nothing has happened', async () => {
    const { app, streams } = await openBank();
    const answer = await app.tryDispatch(Withdraw, { account: 'a', amount: 5 });
    expect(answer).toMatchObject({ ok: false, failure: { name: 'too-little', data: { balance: 0 } } });
    expect(streams()).toEqual([]);
    await app.stop();
  });

  it('decides with what the schema has put into its events', async () => {
    const { app } = await openBank();
    await app.dispatch(Deposit, { account: 'a', amount: 5 });
    expect((await app.repository(account).load('a')).state.notes).toEqual(['none']);
    await app.stop();
  });

  it('with a key is decided once', async () => {
    const { app, streams } = await openBank();
    const options = { idempotencyKey: 'click' };
    await app.dispatch(Deposit, { account: 'a', amount: 5 }, options);
    await app.dispatch(Deposit, { account: 'a', amount: 1 });
    expect(await app.dispatch(Deposit, { account: 'a', amount: 5 }, options)).toEqual({ balance: 5 });
    expect(streams()).toHaveLength(2);
    await app.stop();
  });

  it('is published to subscriptions, on behalf of who asked for it', async () => {
    const seen = vi.fn();
    const listening = defineModule('listener', (module) => {
      module.on(Deposited, ({ envelope }) => {
        seen(envelope.actor, envelope.data.amount);
      });
    });
    const app = await startedApp([bank(), listening], { store: memory() });
    await app.as({ actor: 'ada' }).dispatch(Deposit, { account: 'a', amount: 5 });
    await vi.waitFor(() => expect(seen).toHaveBeenCalledWith('ada', 5));
    for await (const entry of app.repository(account).history('a'))
      expect(entry).toMatchObject({ actor: 'ada', version: 1, state: { balance: 5 } });
    await app.stop();
  });
});

describe('several aggregates in one handler', () => {
  it('change together', async () => {
    const { app, streams } = await openBank();
    await app.dispatch(Deposit, { account: 'a', amount: 5 });
    await app.dispatch(Transfer, { from: 'a', to: 'b', amount: 3 });
    expect(streams().slice(1)).toEqual(['account-a 2 bank.withdrawn', 'account-b 1 bank.deposited']);
    await app.stop();
  });

  it('of one stream build on each other', async () => {
    const { app } = await openBank();
    await app.dispatch(Deposit, { account: 'a', amount: 5 });
    await app.dispatch(Transfer, { from: 'a', to: 'a', amount: 3 });
    expect(await app.repository(account).load('a')).toMatchObject({ version: 3, state: { balance: 5 } });
    await app.stop();
  });

  it('neither change where one refuses', async () => {
    const { app, streams } = await openBank();
    const answer = await app.tryDispatch(Transfer, { from: 'a', to: 'b', amount: 3 });
    expect(answer).toMatchObject({ ok: false, failure: { data: { balance: 0 } } });
    expect(streams()).toEqual([]);
    await app.stop();
  });
});

describe('decisions of different kinds in one handler', () => {
  const purse = aggregate('purse', {
    decider: account.decider,
    events: [Deposited, Withdrawn],
    streamId: (id) => `account-${id}`,
  });
  const spending = decisionModel({
    name: 'spend',
    decider: account.decider,
    events: [Deposited, Withdrawn],
    query: () => [{}],
    streamOf: () => 'account-a',
  });
  type Deciding = Pick<MessageContext<'bank'>, 'repository' | 'decide' | 'publish'>;
  const cash: Command = { kind: 'deposit', amount: 1 };

  async function dispatched(decides: (context: Deciding) => Promise<unknown>) {
    const log = new MemoryLog();
    const module = defineModule('bank', (within) => {
      within.publishes(Deposited, Withdrawn, NameTaken);
      within.handle(TakeName, async (context) => {
        await decides(context);
      });
    });
    const app = await startedApp([module], { store: memory({ log }) });
    const error: unknown = await app.dispatch(TakeName, { name: 'ada' }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    await app.stop();
    return { error, events: log.entries.length };
  }

  it.each<readonly [string, (context: Deciding) => Promise<unknown>]>([
    [
      'two aggregates about one stream',
      async ({ repository }) => {
        await repository(account).handle('a', cash);
        await repository(purse).handle('a', cash);
      },
    ],
    [
      'an aggregate that is looked at by another one',
      async ({ repository }) => {
        await repository(account).handle('a', cash);
        await repository(purse).load('a');
      },
    ],
    [
      'an aggregate behind a decision that has changed its stream',
      async ({ repository, decide }) => {
        await decide(spending, cash);
        await repository(account).handle('a', cash);
      },
    ],
    [
      'a decision from events of this very handler, by an aggregate',
      async ({ repository, decide }) => {
        await repository(account).handle('b', cash);
        await decide(spending, cash);
      },
    ],
    [
      'a decision from events of this very handler, published',
      async ({ publish, decide }) => {
        await publish(NameTaken, { name: 'ada' });
        await decide(taking, 'ada');
      },
    ],
  ])('is refused where one would not see the other, and nothing happens: %s', async (_, decides) => {
    const { error, events } = await dispatched(decides);
    expect(error).toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
    expect(events).toBe(0);
  });

  it('is fine where they do not depend on each other', async () => {
    const { error, events } = await dispatched(async ({ repository, decide }) => {
      await repository(account).handle('a', cash);
      await decide(taking, 'ada');
      await repository(account).handle('a', cash);
      await repository(purse).handle('b', cash);
    });
    expect(error).toBeUndefined();
    expect(events).toBe(4);
  });
});

describe('handlers that decide at once', () => {
  it('are called again where others were faster, so that no update is lost', async () => {
    const called = vi.fn();
    const { app } = await openBank(called);
    await app.dispatch(Deposit, { account: 'a', amount: 100 });
    const transfers = Array.from({ length: 16 }, (_, to) =>
      app.dispatch(Transfer, { from: 'a', to: `${to}`, amount: 1 }),
    );
    await Promise.all(transfers);
    expect(await app.ask(Balance, { account: 'a' })).toEqual({ balance: 84 });
    expect(called.mock.calls.length).toBeGreaterThan(16);
    await app.stop();
  });

  it('are not called again when they have dispatched, which would happen twice', async () => {
    const race = new Latch();
    let calls = 0;
    const app = await startedApp(
      [
        defineModule('bank', (module) => {
          module.publishes(Deposited);
          module.handle(TakeName, () => undefined);
          module.handle(Deposit, async ({ data, repository, dispatch }) => {
            calls += 1;
            await dispatch(TakeName, { name: 'x' });
            const { state } = await repository(account).handle(data.account, { kind: 'deposit', amount: 1 });
            await race.opened;
            return { balance: state.balance };
          });
        }),
      ],
      { store: memory() },
    );
    const slow = app.dispatch(Deposit, { account: 'a', amount: 1 });
    await vi.waitFor(() => expect(calls).toBe(1));
    await app.repository(account).handle('a', { kind: 'deposit', amount: 9 });
    race.open();
    expect(await errorOf(slow)).toMatchObject({ code: 'MORTAR_VERSION_CONFLICT' });
    expect(calls).toBe(1);
    await app.stop();
  });

  it('take a name once, whoever asks', async () => {
    const { app, log } = await openBank();
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, () => app.dispatch(TakeName, { name: 'ada' })),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(log.entries.map(({ type }) => type)).toEqual([NameTaken.name]);
    await app.stop();
  });
});

describe('outside of handlers', () => {
  it('an app handles commands of aggregates, and decides over several streams', async () => {
    const { app, streams } = await openBank();
    const all = app.repository(account);
    await Promise.all(Array.from({ length: 8 }, () => all.handle('a', { kind: 'deposit', amount: 1 })));
    const { positions } = await app.decide(taking, 'ada', { actor: 'root' });
    expect(positions).toEqual([9]);
    expect(await errorOf(app.decide(taking, 'ada'))).toMatchObject({ code: 'MORTAR_REQUEST_REFUSED' });
    expect(streams()).toHaveLength(9);
    expect((await all.load('a', { version: 3 as never })).state.balance).toBe(3);
    await app.stop();
  });

  it('aggregates of modules that are not loaded are refused', async () => {
    const app = await startedApp([defineModule('other', () => undefined)], { store: memory() });
    expect(() => app.repository(account)).toThrow(expect.objectContaining({ code: 'MORTAR_MODULE_MISSING' }));
    await app.stop();
  });
});

describe('what is refused', () => {
  it('a query that would change an aggregate', async () => {
    const app = await startedApp(
      [
        defineModule('bank', (module) => {
          module.publishes(Deposited);
          module.answer(Balance, async ({ data, repository }) => {
            await repository(account).handle(data.account, { kind: 'deposit', amount: 1 });
            return { balance: 0 };
          });
        }),
      ],
      { store: memory() },
    );
    expect(await errorOf(app.ask(Balance, { account: 'a' }))).toMatchObject({ code: 'MORTAR_QUERY_WRITES' });
    await app.stop();
  });

  it('an app without a store', async () => {
    const app = await startedApp([bank()]);
    const error = await errorOf(app.dispatch(Deposit, { account: 'a', amount: 1 }));
    expect(error).toMatchObject({ code: 'MORTAR_STORE_MISSING' });
    await app.stop();
  });

  it('the events of another module', async () => {
    const app = await startedApp(
      [
        bank(),
        defineModule('thief', (module) => {
          module.on(NameTaken, { retry: { attempts: 1 } }, async ({ repository }) => {
            await repository(account).handle('a', { kind: 'deposit', amount: 1 });
          });
        }),
      ],
      { store: memory() },
    );
    const [outcome] = await app.publish(NameTaken, { name: 'x' }, { wait: 'handled' });
    expect(outcome?.status).toBe('dead');
    const [letter] = await app.deadLetters.list();
    expect(letter?.error.code).toBe('MORTAR_NOT_OWNER');
    await app.stop();
  });
});
