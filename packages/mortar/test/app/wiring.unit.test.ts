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
    expect(error.code).toBe('MORTAR_BINDING_MISSING');
    expect(error.issues.map(({ path }) => path)).toEqual([
      'subscription mail/journal.entry-written → Orders → Prices',
      'subscription needs → Entries',
      'subscription needs → Currency',
      'A → B → A',
    ]);
  });

  it('of a command and a query are checked too', async () => {
    const bare = defineModule('journal', (module) => {
      module.handle(WriteEntry, [Entries], () => ({ entryId: '', length: 0 }));
      module.answer(FindEntries, [Entries], () => []);
    });
    const error = await rejectionOf(quietApp([bare]));
    expect(error.issues.map(({ path }) => path)).toEqual([
      'handler of journal.write-entry → Entries',
      'handler of journal.find-entries → Entries',
    ]);
  });

  it('that only form a cycle have a code of their own', async () => {
    class Own {
      readonly self: unknown;
      constructor(self: Own) {
        this.self = self;
      }
    }
    const circular = defineModule('circular', (module) => module.singleton(Own, [Own]));
    expect(await rejectionOf(quietApp([circular]))).toMatchObject({ code: 'MORTAR_BINDING_CYCLE' });
  });

  it('bound by two modules are refused, with the names of both', async () => {
    const other = defineModule('other', (module) => module.value(Entries, new Entries()));
    expect(await rejectionOf(quietApp([journal, other]))).toMatchObject({
      code: 'MORTAR_BINDING_DUPLICATE',
      expected: 'module journal alone to bind Entries',
      got: 'a second binding by module other',
    });
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
    expect(await rejectionOf(quietApp([named('one'), named('two')]))).toMatchObject({
      code: 'MORTAR_HANDLER_DUPLICATE',
    });
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
