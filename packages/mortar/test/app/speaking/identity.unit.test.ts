import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineModule, type Identity, type Module, query } from '../../../src/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { Ledger } from '../../modules/messages.js';
import {
  EntryWritten,
  FindEntries,
  journal,
  MailSent,
  quietApp,
  startedApp,
  WriteEntry,
} from '../journal.js';

const Remind = command('mail.remind', { data: z.object({}) });
const CountMails = query('mail.count', { data: z.object({}), result: z.number() });

/** Who is said to speak in an envelope. */
type Said = { readonly [K in keyof Identity | 'causationId']?: string | undefined } & { readonly id: string };

const ada = {
  actor: 'user:ada',
  tenant: 'acme',
  correlationId: 'request 7',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
} as const;

/** Modules that send each other one of everything when an entry is written; each tells who spoke. */
function chain(said: Map<string, Said>): readonly Module[] {
  const mail = defineModule('mail', (module) => {
    module.on(EntryWritten, [Ledger], async ({ envelope, dispatch, ask }, ledger) => {
      said.set('event', envelope);
      await dispatch(Remind, {});
      await ask(CountMails, {});
      await ledger.balance({ account: 'a' });
    });
    module.handle(Remind, async ({ envelope, publish }) => {
      said.set('command', envelope);
      await publish(MailSent, { to: 'ada' });
    });
    module.answer(CountMails, ({ envelope }) => {
      said.set('query', envelope);
      return 1;
    });
    module.on(MailSent, ({ envelope }) => void said.set('event of the command', envelope));
  });
  const billing = defineModule('billing', (module) => {
    module.implement(Ledger, {
      balance: ({ envelope }) => {
        said.set('port', envelope);
        return 1;
      },
    });
  });
  return [journal, mail, billing];
}

const EVERYTHING = ['event', 'command', 'query', 'port', 'event of the command'];

describe('app.as', () => {
  it('speaks for someone, also in all that follows', async () => {
    const said = new Map<string, Said>();
    const app = await startedApp(chain(said));
    await app.as(ada).dispatch(WriteEntry, { text: 'a' });
    await app.stop();
    expect([...said.keys()].sort()).toEqual([...EVERYTHING].sort());
    for (const [what, envelope] of said) expect(envelope, what).toMatchObject(ada);
    expect(said.get('command')?.causationId).toBe(said.get('event')?.id);
    expect(said.get('event of the command')?.causationId).toBe(said.get('command')?.id);
  });

  it.each(['publish', 'tryDispatch'] as const)('speaks for someone by %s', async (verb) => {
    const said = new Map<string, Said>();
    const app = await startedApp(chain(said));
    if (verb === 'publish') await app.as(ada).publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    else expect(await app.as(ada).tryDispatch(WriteEntry, { text: 'a' })).toMatchObject({ ok: true });
    await app.stop();
    expect(said.get('port')).toMatchObject(ada);
  });

  it('leaves the app itself, and others, as they were', async () => {
    const said = new Map<string, Said>();
    const app = await startedApp(chain(said));
    const [asAda, asBob] = [app.as(ada), app.as({ actor: 'user:bob' })];
    await asAda.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    await asBob.publish(EntryWritten, { text: 'b' }, { wait: 'handled' });
    expect(said.get('event')).toMatchObject({ actor: 'user:bob', tenant: undefined });
    await app.publish(EntryWritten, { text: 'c' }, { wait: 'handled' });
    expect(said.get('event')).toMatchObject({ actor: undefined, tenant: undefined });
    expect(said.get('event')?.correlationId).not.toBe('request 7');
    await app.stop();
  });

  it('keeps what it was told, whatever becomes of the object', async () => {
    const said = new Map<string, Said>();
    const app = await startedApp(chain(said));
    const identity: { actor: string } = { actor: 'user:ada' };
    const as = app.as(identity);
    identity.actor = 'user:eve';
    await as.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    expect(said.get('event')?.actor).toBe('user:ada');
    await app.stop();
  });

  it.each(['actor', 'tenant', 'correlationId', 'traceparent'])(
    'can not be told otherwise by a call: %s',
    async (field) => {
      const said = new Map<string, Said>();
      const app = await startedApp(chain(said));
      const as = app.as({ actor: 'user:ada' });
      const options = { [field]: ada[field as 'actor'] };
      for (const call of [
        () => as.dispatch(WriteEntry, { text: 'a' }, options),
        () => as.tryDispatch(WriteEntry, { text: 'a' }, options),
        () => as.ask(FindEntries, { prefix: '' }, options),
        () => as.tryAsk(FindEntries, { prefix: '' }, options),
        () => as.publish(EntryWritten, { text: 'a' }, options),
      ])
        expect(await rejectionOf(call())).toMatchObject({
          code: 'MORTAR_OPTIONS_INVALID',
          expected: `no ${field} in the options of the call`,
        });
      await app.stop();
      expect(said.size).toBe(0);
    },
  );

  it('takes the other options of a call', async () => {
    const app = await startedApp(chain(new Map()));
    const as = app.as(ada);
    const terms = { idempotencyKey: 'once', timeoutMs: 1_000 };
    const first = await as.dispatch(WriteEntry, { text: 'a' }, terms);
    expect(await as.dispatch(WriteEntry, { text: 'a' }, terms)).toEqual(first);
    expect(await app.ask(FindEntries, { prefix: '' })).toEqual(['a']);
    // A key counts for one actor: another one's command runs.
    await app.as({ actor: 'user:bob' }).dispatch(WriteEntry, { text: 'a' }, terms);
    expect(await app.ask(FindEntries, { prefix: '' })).toEqual(['a', 'a']);
    await app.stop();
  });

  it('is of the app, and ends with it', async () => {
    const app = await startedApp(chain(new Map()));
    const as = app.as(ada);
    const ledger = as.locate(Ledger);
    await app.stop();
    expect((await rejectionOf(as.ask(FindEntries, { prefix: '' }))).code).toBe('MORTAR_APP_STATE');
    expect(() => as.locate(Ledger)).toThrow('MORTAR_APP_STATE');
    expect((await rejectionOf(ledger.balance({ account: 'a' }))).code).toBe('MORTAR_APP_STATE');
  });
});

describe('locate', () => {
  it('is refused before the start, so that nothing is made before it', async () => {
    const app = await quietApp(chain(new Map()));
    expect(() => app.locate(Ledger)).toThrow('MORTAR_APP_STATE');
    await app.stop();
  });
});
