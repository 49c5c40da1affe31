import { describe, expect, it } from 'vitest';
import { type App, createApp, defineModule } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../../src/memory/index.js';
import { deadDelivery, rejectionOf } from '../../delivery/letters.js';
import {
  EntryWritten,
  FindEntries,
  journal,
  listener,
  quietApp,
  startedApp,
  WriteEntry,
} from '../journal.js';

/** What every verb of an app answers with, as a code or as `done`. */
async function answersOf(app: App): Promise<Readonly<Record<string, string>>> {
  const verbs: Record<string, () => Promise<unknown>> = {
    dispatch: () => app.dispatch(WriteEntry, { text: 'a' }),
    ask: () => app.ask(FindEntries, { prefix: '' }),
    publish: () => app.publish(EntryWritten, { text: 'a' }),
    'publish and wait': () => app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' }),
  };
  const answers: Record<string, string> = {};
  for (const [verb, call] of Object.entries(verbs)) {
    answers[verb] = await call().then(
      () => 'done',
      (error) => error.code,
    );
  }
  return answers;
}

const REFUSED = {
  dispatch: 'MORTAR_APP_STATE',
  ask: 'MORTAR_APP_STATE',
  publish: 'MORTAR_APP_STATE',
  'publish and wait': 'MORTAR_APP_STATE',
};
const DONE = { dispatch: 'done', ask: 'done', publish: 'done', 'publish and wait': 'done' };

describe('an app answers to its verbs', () => {
  it('between its start and its stop only', async () => {
    const heard: string[] = [];
    const app = await quietApp([journal, listener((text) => heard.push(text))]);
    expect(await answersOf(app)).toEqual(REFUSED);
    await app.start();
    expect(await answersOf(app)).toEqual(DONE);
    await app.stop();
    expect(await answersOf(app)).toEqual(REFUSED);
    expect(heard).toEqual(['a', 'a', 'a']);
  });

  it('and says which, and what it is', async () => {
    const app = await quietApp([journal]);
    expect(await rejectionOf(app.dispatch(WriteEntry, { text: 'a' }))).toMatchObject({
      rule: 'An app answers to dispatch between its start and its stop.',
      expected: 'a started app',
      got: 'one that has not been started',
    });
    await app.stop();
    expect((await rejectionOf(app.ask(FindEntries, { prefix: '' }))).got).toBe('one that has been stopped');
  });

  it('also from inside a handler no more, once the stop has begun', async () => {
    let answers: Readonly<Record<string, string>> = {};
    const app: App = await startedApp([
      journal,
      listener(async () => {
        const stopped = app.stop();
        answers = await answersOf(app);
        await stopped;
      }),
    ]);
    await app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    expect(answers).toEqual(REFUSED);
  });
});

describe('start', () => {
  it('makes every service once, those that others need first, and nothing before', async () => {
    const made: string[] = [];
    class Third {
      constructor() {
        made.push('third');
      }
    }
    class Second {
      constructor(_third: Third) {
        made.push('second');
      }
    }
    class First {
      constructor(_second: Second, _third: Third) {
        made.push('first');
      }
    }
    const one = defineModule('one', (module) => {
      module.singleton(First, [Second, Third]);
      module.singleton(Second, [Third]);
      module.singleton(Third);
    });
    const app = await quietApp([one]);
    expect(made).toEqual([]);
    await app.start();
    expect(made).toEqual(['third', 'second', 'first']);
  });

  it('twice is refused, and once after the stop', async () => {
    const app = await startedApp([journal]);
    expect(await rejectionOf(app.start())).toMatchObject({
      code: 'MORTAR_APP_STATE',
      rule: 'An app is started once.',
      got: 'one that has been started',
    });
    expect(await answersOf(app)).toEqual(DONE);
    await app.stop();
    expect((await rejectionOf(app.start())).got).toBe('one that has been stopped');
  });

  it('that fails says which service and why, leaves the app unstarted, and may be tried again', async () => {
    let isReady = false;
    let made = 0;
    class Prices {
      constructor() {
        made += 1;
      }
    }
    class Orders {
      constructor(_prices: Prices) {
        if (!isReady) throw new TypeError('no file');
      }
    }
    const shop = defineModule('shop', (module) => {
      module.singleton(Prices);
      module.singleton(Orders, [Prices]);
    });
    const app = await quietApp([journal, shop]);
    const error = await rejectionOf(app.start());
    expect(error).toMatchObject({
      code: 'MORTAR_START_FAILED',
      expected: 'module shop to start',
      cause: { code: 'MORTAR_BINDING_FAILED', cause: new TypeError('no file') },
    });
    expect(error.message).toContain('Orders, bound by module shop');
    expect(await answersOf(app)).toEqual(REFUSED);
    isReady = true;
    await app.start();
    expect(await answersOf(app)).toEqual(DONE);
    // Anew: what the first start had made was disposed of.
    expect(made).toBe(2);
  });
});

describe('stop', () => {
  it('finishes what was accepted, also what handlers publish meanwhile', async () => {
    const heard: string[] = [];
    const chain = defineModule('journal', (module) => {
      module.on(EntryWritten, async ({ data, publish }) => {
        await new Promise(setImmediate);
        heard.push(data.text);
        if (data.text.length < 5) await publish(EntryWritten, { text: `${data.text}+` });
      });
    });
    const app = await startedApp([chain]);
    for (const text of ['a', 'b', 'c']) await app.publish(EntryWritten, { text });
    expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
    expect([...heard].sort()).toEqual(
      ['a', 'b', 'c'].flatMap((text) => [0, 1, 2, 3, 4].map((count) => text + '+'.repeat(count))),
    );
  });

  it('gives up when its time is up, and keeps what it gave up', async () => {
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const endless = (): Promise<never> => {
      begin();
      return new Promise(() => undefined);
    };
    const app = await startedApp([journal, listener(endless)]);
    await app.publish(EntryWritten, { text: 'a' });
    await begun;
    expect(await app.stop({ timeoutMs: 0 })).toEqual({ isDrained: false, givenUp: 1 });
    expect(await app.deadLetters.list()).toMatchObject([
      { reason: 'stopped', envelope: { data: { text: 'a' } } },
    ]);
  });

  it('without a start, twice, and twice at once', async () => {
    const app = await quietApp([journal]);
    const report = { isDrained: true, givenUp: 0 };
    expect(await app.stop()).toEqual(report);
    expect(await app.stop()).toEqual(report);
    const other = await startedApp([journal]);
    expect(await Promise.all([other.stop(), other.stop()])).toEqual([report, report]);
  });

  it('refuses options that it does not know', async () => {
    const app = await startedApp([journal]);
    const error = await rejectionOf(app.stop({ timeout: 5 } as object));
    expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID', got: '"timeout"' });
    expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
  });

  it('is what leaving a block does', async () => {
    const heard: string[] = [];
    let left: App;
    {
      await using app = await startedApp([journal, listener((text) => heard.push(text))]);
      await app.dispatch(WriteEntry, { text: 'a' });
      left = app;
    }
    expect(heard).toEqual(['a']);
    expect(await answersOf(left)).toEqual(REFUSED);
    expect((await rejectionOf(left.start())).got).toBe('one that has been stopped');
  });
});

describe('dead letters of an app', () => {
  it('are not replayed before its start, nor after its stop', async () => {
    const heard: string[] = [];
    const deadLetters = new MemoryDeadLetterStore();
    const subscription = 'mail/journal.entry-written';
    const app = await quietApp([journal, listener((text) => heard.push(text))], { deadLetters });
    const id = await deadLetters.add(deadDelivery({ subscription }));
    const before = await deadLetters.get(id);
    for (const replay of [() => app.deadLetters.replay(id), () => app.deadLetters.replayAll()])
      expect((await rejectionOf(replay())).code).toBe('MORTAR_APP_STATE');
    await app.start();
    await app.stop();
    expect((await rejectionOf(app.deadLetters.replay(id))).code).toBe('MORTAR_APP_STATE');
    expect(await deadLetters.get(id)).toEqual(before);
    expect(heard).toEqual([]);
  });
});

describe('two apps of the same modules', () => {
  it('do not see each other', async () => {
    const heard: string[] = [];
    const modules = [journal, listener((text) => heard.push(text))];
    const [one, other] = [await startedApp(modules), await startedApp(modules)];
    expect(await one.dispatch(WriteEntry, { text: 'one' })).toEqual({ entryId: '1', length: 3 });
    expect(await other.dispatch(WriteEntry, { text: 'other' })).toEqual({ entryId: '1', length: 5 });
    expect(await one.ask(FindEntries, { prefix: '' })).toEqual(['one']);
    expect(await other.ask(FindEntries, { prefix: '' })).toEqual(['other']);
    await one.stop();
    expect(await answersOf(other)).toEqual(DONE);
    await other.stop();
    expect([...heard].sort()).toEqual(['a', 'a', 'a', 'one', 'other']);
  });
});

describe('createApp', () => {
  it('writes to a logger of its own where none is given', async () => {
    const app = await createApp({ modules: [journal] });
    await app.start();
    expect(await app.dispatch(WriteEntry, { text: 'a' })).toMatchObject({ length: 1 });
    await app.stop();
  });

  it.each([undefined, null, 'journal', { modules: [], module: [] }, { modules: [journal], store: {} }])(
    'refuses the options %j',
    async (options) => {
      const error = await rejectionOf(createApp(options as unknown as { modules: [] }));
      expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    },
  );

  it.each([
    [undefined, 'undefined'],
    [journal, 'an object'],
    [[undefined], 'undefined'],
    [[{}], 'an object'],
    [[journal, 'mail'], '"mail"'],
    [[Promise.resolve(journal)], 'an object'],
  ])('refuses modules that are none', async (modules, got) => {
    const options = { modules, logger: silentLogger } as unknown as { modules: [] };
    expect(await rejectionOf(createApp(options))).toMatchObject({ code: 'MORTAR_MODULE_INVALID', got });
  });

  it('refuses two modules of one name, be it one module twice', async () => {
    for (const second of [journal, defineModule('journal', () => {})]) {
      const { code, issues } = await rejectionOf(quietApp([journal, second]));
      expect(code).toBe('MORTAR_GRAPH_INVALID');
      expect(issues).toContainEqual({
        path: 'module journal',
        message: 'is there 2 times; the name of a module is unique in its app',
        code: 'MORTAR_MODULE_INVALID',
      });
    }
  });

  it('takes no module at all', async () => {
    const app = await startedApp([]);
    expect(app.handlers.list()).toEqual([]);
    expect((await rejectionOf(app.dispatch(WriteEntry, { text: 'a' }))).code).toBe('MORTAR_HANDLER_MISSING');
    expect(await rejectionOf(app.publish(EntryWritten, { text: 'a' }))).toMatchObject({
      code: 'MORTAR_MODULE_MISSING',
      expected: 'an event of a module, of which there is none',
    });
  });
});
