import { describe, expect, it, vi } from 'vitest';
import { createApp, defineModule } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryLog, type MemoryTransaction, memory } from '../../../src/memory/index.js';
import { errorOf, upTo } from '../../support/parcels.js';
import { EntryWritten, journal } from '../journal.js';

const NAME = 'mail/journal.entry-written';

/** An app whose mail refuses what it is told to, until that is mended. */
async function openMail(log: MemoryLog = new MemoryLog()) {
  const refused = new Set<string>();
  const heard: string[] = [];
  const mail = defineModule('mail', (module) => {
    module.on(EntryWritten, { retry: { attempts: 1 } }, async ({ data, write, envelope }) => {
      if (refused.has(data.text)) throw new Error(`no mailbox ${data.text}`);
      heard.push(data.text);
      await write((tx: MemoryTransaction) => tx.table('mails').insert(envelope.id, data.text));
    });
  });
  const app = await createApp({ modules: [journal, mail], store: memory({ log }), logger: silentLogger });
  const publish = (text: string) => app.publish(EntryWritten, { text }, { wait: 'handled' });
  return { app, refused, heard, publish, log };
}

describe('the dead letters of an app with a store', () => {
  it('are refused while its store is closed', async () => {
    const { app } = await openMail();
    for (const verb of [
      () => app.deadLetters.list(),
      () => app.deadLetters.statistics(),
      () => app.deadLetters.replay('x'),
      () => app.deadLetters.audit(),
    ])
      expect(await errorOf(verb())).toMatchObject({ code: 'MORTAR_APP_STATE' });
    await app.stop();
  });

  it('keep the event as it lies in the log, and are there for the next process', async () => {
    const log = new MemoryLog();
    const one = await openMail(log);
    await one.app.start();
    one.refused.add('a');
    expect(await one.publish('a')).toMatchObject([{ subscription: NAME, status: 'dead', attempts: 1 }]);
    await one.app.stop();
    const two = await openMail(log);
    await two.app.start();
    const [letter] = await two.app.deadLetters.list({ subscription: NAME });
    expect(letter).toMatchObject({
      state: 'dead',
      reason: 'failed',
      envelope: { type: 'journal.entry-written', data: { text: 'a' } },
      entry: { position: 1, payload: '{"text":"a"}' },
      error: { message: 'no mailbox a' },
    });
    expect(await two.app.deadLetters.groups()).toMatchObject([{ count: 1, subscriptions: [NAME] }]);
    await two.app.stop();
  });

  it('are replayed through the log, before those of their key that wait', async () => {
    const { app, refused, heard, publish, log } = await openMail();
    await app.start();
    refused.add('a');
    await publish('a');
    expect(await publish('a')).toMatchObject([{ status: 'held' }]);
    expect(heard).toEqual([]);
    refused.clear();
    const [letter] = await app.deadLetters.list();
    const outcome = await app.deadLetters.replay(letter?.id ?? '', { actor: 'ada', note: 'mended' });
    expect(outcome).toMatchObject({ subscription: NAME, status: 'handled' });
    await vi.waitFor(() => expect(heard).toEqual(['a', 'a']));
    await app.deliveries.idle();
    expect([...log.table('mails').entries()]).toHaveLength(2);
    expect(await app.deadLetters.audit()).toMatchObject([{ action: 'replay', actor: 'ada', note: 'mended' }]);
    expect(await errorOf(app.deadLetters.replay(letter?.id ?? ''))).toMatchObject({
      code: 'MORTAR_DEAD_LETTER_STATE',
    });
    await app.stop();
  });

  it('that fail again are dead again, with their history', async () => {
    const { app, refused, publish } = await openMail();
    await app.start();
    refused.add('a');
    await publish('a');
    const [letter] = await app.deadLetters.list();
    expect(await app.deadLetters.replay(letter?.id ?? '')).toMatchObject({ status: 'dead' });
    const again = await app.deadLetters.get(letter?.id ?? '');
    expect(again).toMatchObject({ state: 'dead', attempts: 2, replays: 1 });
    expect(again?.failures).toHaveLength(2);
    await app.stop();
  });

  it('are edited by the contract, and their module hears of the new data', async () => {
    const { app, refused, heard, publish } = await openMail();
    await app.start();
    refused.add('a');
    await publish('a');
    const [letter] = await app.deadLetters.list();
    const id = letter?.id ?? '';
    expect(await errorOf(app.deadLetters.editAndReplay(id, { text: 5 }))).toMatchObject({
      code: 'MORTAR_DATA_INVALID',
    });
    expect(await app.deadLetters.editAndReplay(id, { text: 'b' })).toMatchObject({ status: 'handled' });
    expect(heard).toEqual(['b']);
    expect(await app.deadLetters.get(id)).toMatchObject({
      state: 'replayed',
      entry: { payload: '{"text":"a"}' },
    });
    await app.stop();
  });

  it('are replayed all together, or discarded', async () => {
    const { app, refused, heard, publish } = await openMail();
    await app.start();
    for (const no of upTo(5)) refused.add(`${no}`);
    for (const no of upTo(5)) await publish(`${no}`);
    const [first] = await app.deadLetters.list();
    await app.deadLetters.discard(first?.id ?? '', 'nobody misses it', { actor: 'ada' });
    refused.clear();
    expect(await app.deadLetters.replayAll({ type: 'journal.entry-written' })).toEqual({
      replayed: 4,
      failed: 0,
      passedOver: 0,
    });
    expect(heard.sort()).toEqual(['2', '3', '4', '5']);
    expect((await app.deadLetters.statistics()).byState).toMatchObject({
      dead: 0,
      replayed: 4,
      discarded: 1,
    });
    await app.stop();
  });
});
