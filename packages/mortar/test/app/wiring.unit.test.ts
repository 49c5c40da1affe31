import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineModule, token } from '../../src/index.js';
import { rejectionOf } from '../delivery/letters.js';
import {
  Entries,
  EntryWritten,
  FindEntries,
  journal,
  MailSent,
  quietApp,
  startedApp,
  WriteEntry,
} from './journal.js';

class Prices {}
class Orders {
  readonly prices: Prices;

  constructor(prices: Prices) {
    this.prices = prices;
  }
}

describe('services', () => {
  it('are shared by the handlers of an app, and follow the context in the order of their list', async () => {
    const Currency = token<string>('Currency');
    const seen: unknown[] = [];
    const mail = defineModule('mail', (module) => {
      module.value(Currency, 'EUR');
      module.singleton(Prices);
      module.singleton(Orders, [Prices]);
      module.on(EntryWritten, { name: 'a' }, [Orders, Currency, Prices], (context, ...services) => {
        seen.push([context.type, ...services]);
      });
      module.on(EntryWritten, { name: 'b' }, [Prices], (_, prices) => void seen.push(prices));
    });
    const app = await startedApp([journal, mail]);
    await app.publish(EntryWritten, { text: 'x' }, { wait: 'handled' });
    await app.publish(EntryWritten, { text: 'x' }, { wait: 'handled' });
    const [first, prices] = seen;
    expect(first).toEqual(['journal.entry-written', expect.any(Orders), 'EUR', expect.any(Prices)]);
    expect((first as [string, Orders])[1].prices).toBe(prices);
    expect(seen[3]).toBe(prices);
  });

  it('that are missing or circular are all reported before the app is made, with who needs them', async () => {
    class A {
      readonly b: unknown;
      constructor(b: B) {
        this.b = b;
      }
    }
    class B {
      readonly a: unknown;
      constructor(a: A) {
        this.a = a;
      }
    }
    const mail = defineModule('mail', (module) => {
      module.singleton(A, [B]);
      module.singleton(B, [A]);
      module.singleton(Orders, [Prices]);
      module.on(EntryWritten, [Orders], () => {});
    });
    const needy = defineModule('needy', (module) => {
      module.on(EntryWritten, { name: 'needs' }, [Entries, token('Currency')], () => {});
    });
    const error = await rejectionOf(quietApp([mail, needy]));
    expect(error.code).toBe('MORTAR_GRAPH_INVALID');
    expect(error.issues.map(({ path, code }) => [path, code])).toEqual([
      ['module mail → subscription mail/journal.entry-written → Orders → Prices', 'MORTAR_BINDING_MISSING'],
      ['module mail → A → B → A', 'MORTAR_BINDING_CYCLE'],
      ['module needy → subscription needs → Entries', 'MORTAR_BINDING_MISSING'],
      ['module needy → subscription needs → Currency', 'MORTAR_BINDING_MISSING'],
    ]);
  });

  it('of a command and a query are checked too', async () => {
    const bare = defineModule('journal', (module) => {
      module.handle(WriteEntry, [Entries], () => ({ entryId: '', length: 0 }));
      module.answer(FindEntries, [Entries], () => []);
    });
    const error = await rejectionOf(quietApp([bare]));
    expect(error.issues.map(({ path }) => path)).toEqual([
      'module journal → handler of journal.write-entry → Entries',
      'module journal → handler of journal.find-entries → Entries',
    ]);
  });

  it('that form a cycle are told with its path', async () => {
    class Own {
      readonly self: unknown;
      constructor(self: Own) {
        this.self = self;
      }
    }
    const circular = defineModule('circular', (module) => module.singleton(Own, [Own]));
    expect(await rejectionOf(quietApp([circular]))).toMatchObject({
      code: 'MORTAR_GRAPH_INVALID',
      issues: [{ path: 'module circular → Own → Own', message: 'is a cycle', code: 'MORTAR_BINDING_CYCLE' }],
    });
  });

  it('are private: two modules bind one class, and each has its own', async () => {
    const own = new Entries();
    own.texts.push('mine');
    const seen: Entries[] = [];
    const other = defineModule('other', (module) => {
      module.value(Entries, own);
      module.on(EntryWritten, [Entries], (_, entries) => void seen.push(entries));
    });
    const app = await startedApp([journal, other]);
    await app.dispatch(WriteEntry, { text: 'a' });
    await app.stop();
    expect(seen).toEqual([own]);
    expect(own.texts).toEqual(['mine']);
  });

  it('of another module are not there for a module', async () => {
    const thief = defineModule('thief', (module) => module.on(EntryWritten, [Entries], () => {}));
    expect((await rejectionOf(quietApp([journal, thief]))).issues).toEqual([
      {
        path: 'module thief → subscription thief/journal.entry-written → Entries',
        message: 'Entries is not bound',
        code: 'MORTAR_BINDING_MISSING',
      },
    ]);
  });

  it('bound twice by a module are refused, with both places', async () => {
    const twice = defineModule('twice', (module) => {
      module.value(Entries, new Entries());
      module.singleton(Entries);
    });
    const [issue, ...others] = (await rejectionOf(quietApp([twice]))).issues;
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ path: 'module twice → Entries', code: 'MORTAR_BINDING_DUPLICATE' });
    const place = String.raw`module twice \(\S+wiring\.unit\.test\.ts:\d+\)`;
    expect(issue?.message).toMatch(new RegExp(`^is bound by ${place} and by ${place}$`));
  });
});

describe('the registry of handlers', () => {
  it('lists who handles what, by kind and name', async () => {
    const mail = defineModule('mail', (module) => {
      module.on(
        [EntryWritten, MailSent],
        { name: 'audit', retry: { attempts: 5 }, concurrency: 2 },
        () => {},
      );
      module.on(EntryWritten, () => {});
    });
    const app = await quietApp([mail, journal]);
    expect(app.handlers.list()).toMatchObject([
      {
        kind: 'command',
        name: 'journal/journal.write-entry',
        module: 'journal',
        messages: ['journal.write-entry'],
      },
      {
        kind: 'event',
        name: 'audit',
        module: 'mail',
        messages: ['journal.entry-written', 'mail.mail-sent'],
        options: { retry: { attempts: 5 }, concurrency: 2 },
      },
      {
        kind: 'event',
        name: 'mail/journal.entry-written',
        module: 'mail',
        options: { retry: { attempts: 3 } },
      },
      { kind: 'query', name: 'journal/journal.find-entries', module: 'journal' },
    ]);
    expect(app.handlers.of('mail.mail-sent').map(({ name }) => name)).toEqual(['audit']);
    expect(app.handlers.of('journal.find-entries')).toHaveLength(1);
    expect(app.handlers.of('nobody.listens')).toEqual([]);
  });

  it('refuses one subscription name of two modules', async () => {
    const named = (name: string) =>
      defineModule(name, (module) => module.on(EntryWritten, { name: 'audit' }, () => {}));
    const { issues } = await rejectionOf(quietApp([named('one'), named('two')]));
    expect(issues).toMatchObject([{ path: 'subscription audit', code: 'MORTAR_HANDLER_DUPLICATE' }]);
    expect(issues[0]?.message).toMatch(/^is there 2 times, at \S+:\d+ and at \S+:\d+; give one of them/);
  });
});

describe('types', () => {
  it('of an app’s verbs come from the contracts', async () => {
    const app = await startedApp([journal]);
    const written = await app.dispatch(WriteEntry, { text: 'a' }, { actor: 'user:ada', tenant: 'acme' });
    expectTypeOf(written).toEqualTypeOf<{ entryId: string; length: number }>();
    expectTypeOf(await app.ask(FindEntries, { prefix: 'a' })).toEqualTypeOf<string[]>();
    expect(written).toEqual({ entryId: '1', length: 1 });
    const wrong = [
      // @ts-expect-error: a wrong field
      app.dispatch(WriteEntry, { text: 1 }),
      // @ts-expect-error: a missing field
      app.dispatch(WriteEntry, {}),
      // @ts-expect-error: a query is asked
      app.dispatch(FindEntries, { prefix: 'a' }),
      // @ts-expect-error: a command is dispatched
      app.ask(WriteEntry, { text: 'a' }),
      // @ts-expect-error: an event is published
      app.publish(WriteEntry, { text: 'a' }),
      // @ts-expect-error: a wrong field
      app.publish(EntryWritten, { txt: 'a' }),
    ];
    expect((await Promise.allSettled(wrong)).map(({ status }) => status)).toEqual(
      wrong.map(() => 'rejected'),
    );
  });
});
