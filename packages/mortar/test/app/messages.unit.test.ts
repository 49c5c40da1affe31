import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createEnvelope } from '../../src/contracts/index.js';
import {
  command,
  defineModule,
  type Envelope,
  event,
  type Module,
  type ModuleSubscribeOptions,
} from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { rejectionOf } from '../delivery/letters.js';
import {
  EntryWritten,
  FindEntries,
  journal,
  listener,
  MailSent,
  quietApp,
  startedApp,
  WriteEntry,
} from './journal.js';

describe('dispatch', () => {
  it('answers with the result; what the handler published is sent', async () => {
    const heard: string[] = [];
    const app = await startedApp([journal, listener((text) => heard.push(text))]);
    expect(await app.dispatch(WriteEntry, { text: 'hello' })).toEqual({ entryId: '1', length: 5 });
    await app.stop();
    expect(heard).toEqual(['hello']);
  });

  it('rejects with the handler’s error; nothing was published', async () => {
    const heard: string[] = [];
    const app = await startedApp([journal, listener((text) => heard.push(text))]);
    await expect(app.dispatch(WriteEntry, { text: 'fail' })).rejects.toThrow('the pen broke');
    expect((await rejectionOf(app.dispatch(WriteEntry, { text: '' }))).code).toBe('MORTAR_DATA_INVALID');
    await app.stop();
    expect(heard).toEqual([]);
  });

  it('refuses a result that its contract does not allow; nothing was published', async () => {
    const heard: string[] = [];
    const wrong = defineModule('journal', (module) => {
      module.handle(WriteEntry, async ({ publish }) => {
        await publish(EntryWritten, { text: 'a' });
        return { entryId: 5 } as unknown as { entryId: string; length: number };
      });
    });
    const app = await startedApp([wrong, listener((text) => heard.push(text))]);
    const error = await rejectionOf(app.dispatch(WriteEntry, { text: 'a' }));
    expect(error).toMatchObject({
      code: 'MORTAR_RESULT_INVALID',
      issues: [{ path: 'entryId' }, { path: 'length' }],
    });
    await app.stop();
    expect(heard).toEqual([]);
  });

  it('carries correlation, cause, actor, tenant and trace on, through every link', async () => {
    const Remind = command('mail.remind', { data: z.object({}) });
    const envelopes: Record<
      string,
      Pick<Envelope, 'id' | 'correlationId' | 'causationId' | 'actor' | 'tenant'>
    > = {};
    const mail = defineModule('mail', (module) => {
      module.on(EntryWritten, async ({ envelope, dispatch }) => {
        envelopes['written'] = envelope;
        await dispatch(Remind, {});
      });
      module.handle(Remind, async ({ envelope, publish }) => {
        envelopes['remind'] = envelope;
        await publish(MailSent, { to: 'ada' });
      });
      module.on(MailSent, ({ envelope }) => {
        envelopes['sent'] = envelope;
      });
    });
    const app = await startedApp([journal, mail]);
    const options = { actor: 'user:ada', tenant: 'acme', correlationId: 'request 7' };
    await app.dispatch(WriteEntry, { text: 'a' }, options);
    await app.stop();
    for (const name of ['written', 'remind', 'sent']) expect(envelopes[name]).toMatchObject(options);
    expect(envelopes['remind']?.causationId).toBe(envelopes['written']?.id);
    expect(envelopes['sent']?.causationId).toBe(envelopes['remind']?.id);
  });
});

describe('publish', () => {
  it('resolves when the event is accepted, without outcomes', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const app = await startedApp([journal, listener(() => held)]);
    expect(await app.publish(EntryWritten, { text: 'a' })).toBeUndefined();
    release();
    expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
  });

  it('with wait, resolves when every handler has finished, with the outcome of each', async () => {
    const heard: string[] = [];
    const picky = defineModule('picky', (module) => {
      module.on(EntryWritten, { retry: { attempts: 1 } }, () => {
        throw new TypeError('not this one');
      });
    });
    const app = await startedApp([journal, listener((text) => heard.push(text)), picky]);
    const outcomes = await app.publish(EntryWritten, { text: 'a' }, { wait: 'handled', actor: 'user:ada' });
    expect(outcomes).toMatchObject([
      { subscription: 'mail/journal.entry-written', status: 'handled', attempts: 1 },
      {
        subscription: 'picky/journal.entry-written',
        status: 'dead',
        attempts: 1,
        error: new TypeError('not this one'),
      },
    ]);
    expect(heard).toEqual(['a']);
    expect(await app.deadLetters.list()).toMatchObject([{ envelope: { actor: 'user:ada' } }]);
  });

  it('refuses a wait that it does not know, and data that the contract does not allow', async () => {
    const heard: string[] = [];
    const app = await startedApp([journal, listener((text) => heard.push(text))]);
    const misspelt = { wait: 'handeled' } as unknown as { wait: 'handled' };
    expect(await rejectionOf(app.publish(EntryWritten, { text: 'a' }, misspelt))).toMatchObject({
      code: 'MORTAR_OPTIONS_INVALID',
      got: '"handeled"',
    });
    const wrong = { text: 5 } as unknown as { text: string };
    expect((await rejectionOf(app.publish(EntryWritten, wrong))).code).toBe('MORTAR_DATA_INVALID');
    const id = { id: 'mine' };
    expect((await rejectionOf(app.publish(EntryWritten, { text: 'a' }, id))).code).toBe(
      'MORTAR_ENVELOPE_INVALID',
    );
    await app.stop();
    expect(heard).toEqual([]);
  });
});

describe('a context of a module', () => {
  it('may not publish another module’s event, also where the types were circumvented', async () => {
    const thief = defineModule('thief', (module) => {
      module.on(EntryWritten, async ({ publish }) => {
        await publish(MailSent as unknown as never, { to: 'me' } as never);
      });
    });
    const app = await startedApp([journal, thief]);
    const [outcome] = await app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    // It will not be permitted the next time either, so there is no other attempt.
    expect(outcome).toMatchObject({ status: 'dead', attempts: 1, error: { code: 'MORTAR_NOT_OWNER' } });
  });

  it('of a query may not write', async () => {
    const wrong = defineModule('journal', (module) => {
      module.answer(FindEntries, async ({ publish }) => {
        await publish(EntryWritten, { text: 'a' });
        return [];
      });
    });
    const app = await startedApp([wrong]);
    expect((await rejectionOf(app.ask(FindEntries, { prefix: '' }))).code).toBe('MORTAR_QUERY_WRITES');
  });
});

describe('a delivery that fails', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function failing(options: ModuleSubscribeOptions | undefined, attempts: number[]): Module {
    return defineModule('mail', (module) => {
      module.on(EntryWritten, options ?? {}, ({ attempt }) => {
        attempts.push(attempt);
        throw new Error('no connection');
      });
    });
  }

  it.each([
    ['three times unless said', undefined, 3],
    ['three times where undefined is said', { retry: undefined } as unknown as ModuleSubscribeOptions, 3],
    ['as often as its policy says', { retry: { attempts: 5 } }, 5],
    ['once', { retry: { attempts: 1 } }, 1],
  ])('is attempted %s, then kept as a dead letter', async (_, options, count) => {
    const attempts: number[] = [];
    const app = await startedApp([journal, failing(options, attempts)]);
    const outcomes = app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    await vi.runAllTimersAsync();
    expect(await outcomes).toMatchObject([{ status: 'dead', attempts: count }]);
    expect(attempts).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(await app.deadLetters.list()).toMatchObject([
      { subscription: 'mail/journal.entry-written', attempts: count, error: { message: 'no connection' } },
    ]);
  });

  it('lets nobody else down', async () => {
    const heard: string[] = [];
    const app = await startedApp([
      journal,
      failing(undefined, []),
      listener((text) => heard.push(text), 'audit'),
    ]);
    expect(await app.dispatch(WriteEntry, { text: 'a' })).toMatchObject({ entryId: '1' });
    await vi.runAllTimersAsync();
    expect(heard).toEqual(['a']);
  });
});

describe('dead letters of an app', () => {
  let isMended: boolean;
  let heard: string[];

  function frail(): Module {
    isMended = false;
    heard = [];
    return defineModule('mail', (module) => {
      module.on(EntryWritten, { retry: { attempts: 1 } }, ({ data }) => {
        if (!isMended && data.text !== 'good') throw new Error('no connection');
        heard.push(data.text);
      });
    });
  }

  it('are replayed, edited and replayed, and discarded', async () => {
    const app = await startedApp([journal, frail()]);
    for (const text of ['a', 'b', 'c', 'd']) await app.publish(EntryWritten, { text }, { wait: 'handled' });
    const [a, b, c] = await app.deadLetters.list();
    const bad = app.deadLetters.editAndReplay(a?.id ?? '', { txt: 'good' });
    expect((await rejectionOf(bad)).code).toBe('MORTAR_DATA_INVALID');
    expect(await app.deadLetters.editAndReplay(a?.id ?? '', { text: 'good' })).toMatchObject({
      status: 'handled',
    });
    await app.deadLetters.discard(b?.id ?? '', 'ada: a test');
    isMended = true;
    await app.deadLetters.replay(c?.id ?? '');
    expect(await app.deadLetters.replayAll()).toEqual({ replayed: 1, failed: 0, passedOver: 0 });
    expect(heard).toEqual(['good', 'c', 'd']);
    expect((await app.deadLetters.statistics()).byState).toEqual({
      dead: 0,
      replaying: 0,
      replayed: 3,
      discarded: 1,
    });
  });

  it('are kept where the app is told to', async () => {
    const deadLetters = new MemoryDeadLetterStore({ maxLetters: 1 });
    const app = await startedApp([journal, frail()], { deadLetters });
    await app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    expect(await deadLetters.list()).toHaveLength(1);
    const [outcome] = await app.publish(EntryWritten, { text: 'b' }, { wait: 'handled' });
    expect(outcome).toMatchObject({ status: 'lost', error: { code: 'MORTAR_DEAD_LETTER_LOST' } });
  });

  it('of an event of no loaded subscription can not be edited', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const app = await startedApp([journal], { deadLetters });
    const id = await deadLetters.add({
      subscription: 'mail/mail.mail-sent',
      envelope: createEnvelope(MailSent, { to: 'ada' }),
      reason: 'failed',
      attempts: 1,
      error: new Error('x'),
    });
    expect((await rejectionOf(app.deadLetters.editAndReplay(id, { to: 'bob' }))).code).toBe(
      'MORTAR_HANDLER_MISSING',
    );
    expect(await deadLetters.get(id)).toMatchObject({ state: 'dead', note: undefined });
  });

  it('are reported when they are lost', async () => {
    const lines: unknown[] = [];
    const logger = {
      ...silentLogger,
      error: (fields: object | string) => void lines.push(fields),
      child: () => logger,
    };
    const app = await quietApp([journal, frail()], {
      logger,
      deadLetters: new MemoryDeadLetterStore({ maxLetters: 1 }),
    });
    await app.start();
    for (const text of ['a', 'b']) await app.publish(EntryWritten, { text }, { wait: 'handled' });
    expect(lines).toMatchObject([
      { subscription: 'mail/journal.entry-written', error: { code: 'MORTAR_DEAD_LETTER_LOST' } },
    ]);
  });
});

describe('an event that nobody listens to', () => {
  it('is accepted, and comes to nothing', async () => {
    const Silent = event('journal.told', { data: z.object({}) });
    const app = await startedApp([journal]);
    expect(await app.publish(Silent, {}, { wait: 'handled' })).toEqual([]);
    expect(await app.ask(FindEntries, { prefix: '' })).toEqual([]);
  });
});

describe('an event of a module that is not loaded', () => {
  it('is refused with the modules that are, also where someone listens to it', async () => {
    const heard: string[] = [];
    const app = await startedApp([listener((text) => heard.push(text)), listener(() => {}, 'audit')]);
    for (const publish of [
      app.publish(EntryWritten, { text: 'a' }),
      app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' }),
    ])
      expect(await rejectionOf(publish)).toMatchObject({
        code: 'MORTAR_MODULE_MISSING',
        expected: 'an event of audit, mail',
        got: '"journal.entry-written"',
      });
    await app.stop();
    expect(heard).toEqual([]);
  });
});
