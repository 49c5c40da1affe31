import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineModule, type Module, query } from '../../../src/index.js';
import type { ModuleBuilder } from '../../../src/modules/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { Ledger } from '../../modules/messages.js';
import { EntryWritten, FindEntries, journal, MailSent, startedApp, WriteEntry } from '../journal.js';

const Send = command('mail.send', {
  data: z.object({ what: z.enum(['event', 'command', 'query', 'port']) }),
});
const Peek = query('mail.peek', { data: z.object({}), result: z.number() });

type Declare = (module: ModuleBuilder<'mail'>) => void;

/** A module that sends whatever it is told to, and declares something. */
function mailing(declare: Declare, heard: string[] = []): readonly Module[] {
  const mail = defineModule('mail', (module) => {
    module.handle(Send, [Ledger], async ({ data, publish, dispatch, ask }, ledger) => {
      if (data.what === 'event') await publish(MailSent, { to: 'ada' });
      if (data.what === 'command') await dispatch(WriteEntry, { text: 'a' });
      if (data.what === 'query') await ask(FindEntries, { prefix: '' });
      if (data.what === 'port') await ledger.balance({ account: 'a' });
    });
    module.on(MailSent, ({ type }) => void heard.push(type));
    declare(module);
  });
  const billing = defineModule('billing', (module) => module.implement(Ledger, { balance: () => 1 }));
  return [journal, mail, billing];
}

describe('what a module declares to send', () => {
  it('may be sent', async () => {
    const heard: string[] = [];
    const declare: Declare = (module) => {
      module.publishes(MailSent);
      module.dispatches(WriteEntry);
      module.asks(FindEntries);
    };
    const app = await startedApp(mailing(declare, heard));
    for (const what of ['event', 'command', 'query', 'port'] as const) await app.dispatch(Send, { what });
    await app.stop();
    expect(heard).toEqual(['mail.mail-sent']);
  });

  it.each([
    ['event', 'publishes', 'mail.mail-sent', (module) => module.publishes()],
    ['command', 'dispatches', 'journal.write-entry', (module) => module.dispatches()],
    ['query', 'asks', 'journal.find-entries', (module) => module.asks(Peek)],
  ] satisfies readonly (readonly [string, string, string, Declare])[])(
    'is all that may be sent: no other %s',
    async (what, verb, name, declare) => {
      const heard: string[] = [];
      const app = await startedApp(
        mailing((module) => {
          declare(module);
          module.answer(Peek, () => 1);
        }, heard),
      );
      const error = await rejectionOf(app.dispatch(Send, { what: what as 'event' }));
      expect(error).toMatchObject({ code: 'MORTAR_SEND_UNDECLARED', category: 'permission', got: name });
      expect(error.expected).toContain(`${verb} of mail/mail.send`);
      // The other kinds are not spoken of.
      for (const other of ['event', 'command', 'query', 'port'] as const)
        if (other !== what) await app.dispatch(Send, { what: other });
      await app.stop();
      expect(heard).toEqual(what === 'event' ? [] : ['mail.mail-sent']);
    },
  );

  it('is looked at in the handlers of events too, where a retry would not help', async () => {
    const listening = defineModule('mail', (module) => {
      module.publishes();
      module.on(EntryWritten, ({ publish }) => publish(MailSent, { to: 'ada' }));
    });
    const app = await startedApp([journal, listening]);
    const [outcome] = await app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    expect(outcome).toMatchObject({
      status: 'dead',
      attempts: 1,
      error: { code: 'MORTAR_SEND_UNDECLARED' },
    });
    await app.stop();
  });

  it('may be nothing at all, where it says nothing of it', async () => {
    const app = await startedApp(mailing(() => {}));
    for (const what of ['event', 'command', 'query', 'port'] as const) await app.dispatch(Send, { what });
    await app.stop();
  });
});
