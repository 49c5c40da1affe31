import { expect, test } from 'vitest';
import { z } from 'zod';
import { createApp, defineModule, event, MortarError } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';

const InvoiceSent = event('billing.invoice-sent', { data: z.object({ email: z.string() }) });

const billing = defineModule('billing', (module) => module.publishes(InvoiceSent));
const mail = defineModule('mail', (module) => {
  module.on(InvoiceSent, { retry: { attempts: 2, backoff: { kind: 'fixed', delayMs: 1 } } }, ({ data }) => {
    if (data.email === 'nowhere') throw new Error(`no mailbox ${data.email}`);
  });
});

test('dead letters', async () => {
  const app = await createApp({ modules: [billing, mail], logger: silentLogger });
  await app.start();
  await app.publish(InvoiceSent, { email: 'nowhere' }, { wait: 'handled' });
  // #region readme
  const [letter] = await app.deadLetters.list({ subscription: 'mail/billing.invoice-sent' });
  const groups = await app.deadLetters.groups(); // by what went wrong

  if (letter) await app.deadLetters.editAndReplay(letter.id, { email: 'ada@example.org' }); // checked by the contract
  await app.deadLetters.replayAll({ type: 'billing.invoice-sent' });
  // #endregion
  expect(letter).toMatchObject({ attempts: 2, reason: 'failed', error: { message: 'no mailbox nowhere' } });
  expect(groups).toHaveLength(1);
  expect((await app.deadLetters.statistics()).byState).toEqual({
    dead: 0,
    replaying: 0,
    replayed: 1,
    discarded: 0,
  });
  await expect(app.deadLetters.replay(letter?.id ?? '')).rejects.toBeInstanceOf(MortarError);
  await app.stop();
});
