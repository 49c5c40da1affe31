import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type App,
  CurrentMessage,
  command,
  defineModule,
  type Module,
  port,
  query,
  token,
} from '../../../src/index.js';
import type { ModuleBuilder } from '../../../src/modules/index.js';
import { rejectionOf } from '../../delivery/letters.js';
import { LogBook } from '../../support/log-book.js';
import { Latch } from '../../support/parcels.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';
import { EntryWritten, journal, startedApp } from '../journal.js';

const numbered = z.object({ no: z.number() });
const Run = command('desk.run', { data: numbered });
const Look = query('desk.look', { data: numbered, result: z.number() });
const Desk = port('desk.desk', { take: { data: numbered } });

/** One for each message: it knows for whom, and when it ends. */
class Session {
  readonly who: string;
  isOpen = true;

  constructor({
    envelope,
  }: { readonly envelope: { readonly actor?: string | undefined; readonly tenant?: string | undefined } }) {
    this.who = `${envelope.actor} of ${envelope.tenant}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await settled();
    this.isOpen = false;
  }
}

/** Something that is made for each message too, of the same session. */
class Unit {
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }
}

function withSessions(register: (module: ModuleBuilder<'desk'>) => void): Module {
  return defineModule('desk', (module) => {
    module.scoped(Session, [CurrentMessage]);
    module.transient(Unit, [Session]);
    register(module);
  });
}

/** How many scopes are open in the modules of an app. */
function openScopes(app: App): number {
  return app.stats().containers.reduce((sum, { openScopes: open }) => sum + open, 0);
}

/** How often a service was made. */
function created(app: App, name: string): number {
  const services = app.stats().containers.flatMap((container) => container.services);
  return services.filter((service) => service.name === name).reduce((sum, one) => sum + one.created, 0);
}

const Late = token<string>('Late');

const ada = { actor: 'user:ada', tenant: 'acme' };
const bob = { actor: 'user:bob', tenant: 'globex' };

describe('a scoped service', () => {
  it('is one for each message, of every kind, and knows whose it is', async () => {
    const seen: [string, Session, Unit][] = [];
    const see =
      (kind: string) =>
      (_: unknown, session: Session, unit: Unit): void => {
        expect(session.isOpen).toBe(true);
        seen.push([kind, session, unit]);
      };
    const desk = withSessions((module) => {
      module.handle(Run, [Session, Unit], see('command'));
      module.answer(Look, [Session, Unit], (context, session, unit) => {
        see('query')(context, session, unit);
        return 1;
      });
      module.on(EntryWritten, [Session, Unit], see('event'));
      module.implement(Desk, [Session, Unit], { take: see('port') });
    });
    const app = await startedApp([journal, desk]);
    const as = app.as(ada);
    await as.dispatch(Run, { no: 1 });
    await as.ask(Look, { no: 1 });
    await as.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    await as.locate(Desk).take({ no: 1 });
    await app.as(bob).dispatch(Run, { no: 2 });
    expect(seen.map(([kind, { who }]) => `${kind} ${who}`)).toEqual([
      'command user:ada of acme',
      'query user:ada of acme',
      'event user:ada of acme',
      'port user:ada of acme',
      'command user:bob of globex',
    ]);
    expect(new Set(seen.map(([, session]) => session)).size).toBe(5);
    for (const [, session, unit] of seen) {
      expect(unit.session).toBe(session);
      // Each handler ended at once, and its caller heard of it when the session had ended too.
      expect(session.isOpen).toBe(false);
    }
    await app.stop();
  });

  it('is disposed of when the handler has ended, before its caller hears of it', async () => {
    const sessions: Session[] = [];
    const desk = withSessions((module) => {
      module.handle(Run, [Session], async ({ data }, session) => {
        sessions.push(session);
        await settled();
        expect(session.isOpen).toBe(true);
        if (data.no > 1) throw new TypeError('no paper');
      });
    });
    const app = await startedApp([desk]);
    await app.dispatch(Run, { no: 1 });
    expect(sessions.map(({ isOpen }) => isOpen)).toEqual([false]);
    await expect(app.dispatch(Run, { no: 2 })).rejects.toThrow('no paper');
    expect(sessions.map(({ isOpen }) => isOpen)).toEqual([false, false]);
    expect(openScopes(app)).toBe(0);
    await app.stop();
  });

  it('is disposed of also where the handler fails at once, or its services can not be made', async () => {
    const sessions: Session[] = [];
    class Broken {
      constructor(session: Session) {
        sessions.push(session);
        throw new TypeError('no desk');
      }
    }
    const desk = withSessions((module) => {
      module.transient(Broken, [Session]);
      module.handle(Run, [Session], (_, session) => {
        sessions.push(session);
        throw new TypeError('no paper');
      });
      module.answer(Look, [Broken], () => 1);
      const later = { lifetime: 'scoped' } as const;
      module.asyncFactory(Late, [Broken], async () => 'late', later);
      module.implement(Desk, [Late], { take: () => {} });
    });
    const app = await startedApp([desk]);
    await expect(app.locate(Desk).take({ no: 1 })).rejects.toMatchObject({ code: 'MORTAR_BINDING_FAILED' });
    await expect(app.dispatch(Run, { no: 1 })).rejects.toThrow('no paper');
    await expect(app.ask(Look, { no: 1 })).rejects.toMatchObject({ code: 'MORTAR_BINDING_FAILED' });
    await app.stop();
    expect(sessions.map(({ isOpen }) => isOpen)).toEqual([false, false, false]);
    expect(openScopes(app)).toBe(0);
  });

  it('that is made too late comes to nothing: its handler is not called, and it is disposed of', async () => {
    const clock = new VirtualClock();
    const held = new Latch();
    const told: string[] = [];
    const desk = defineModule('desk', (module) => {
      const make = async (): Promise<string> => {
        await held.opened;
        told.push('made');
        return 'late';
      };
      const dispose = (): void => void told.push('disposed');
      module.asyncFactory(Late, [], make, { lifetime: 'scoped', dispose });
      module.handle(Run, [Late], () => void told.push('handled'));
    });
    const app = await startedApp([desk], { bus: { clock } });
    const run = rejectionOf(app.dispatch(Run, { no: 1 }, { timeoutMs: 50 }));
    await clock.advance(50);
    expect((await run).code).toBe('MORTAR_REQUEST_TIMEOUT');
    held.open();
    await settled();
    expect(told).toEqual(['made', 'disposed']);
    expect(openScopes(app)).toBe(0);
    await app.stop();
  });

  it('that can not be disposed of is told to the log, and undoes nothing', async () => {
    const book = new LogBook();
    class Leaky {
      [Symbol.dispose](): void {
        throw new TypeError('it leaks');
      }
    }
    const desk = defineModule('desk', (module) => {
      module.scoped(Leaky);
      module.answer(Look, [Leaky], ({ data }) => data.no);
    });
    const app = await startedApp([desk], { logger: book });
    expect(await app.ask(Look, { no: 7 })).toBe(7);
    expect(book.lines).toMatchObject([
      { level: 'error', message: 'A scoped service could not be disposed of', fields: { module: 'desk' } },
    ]);
    await app.stop();
  });

  it('of messages at one time is another for each', async () => {
    const held = new Latch();
    const sessions: Session[] = [];
    const desk = withSessions((module) => {
      module.handle(Run, [Session], async (_, session) => {
        sessions.push(session);
        await held.opened;
      });
    });
    const app = await startedApp([desk]);
    const work = [ada, bob, ada].map((one, no) => app.as(one).dispatch(Run, { no }));
    await settled();
    expect(openScopes(app)).toBe(3);
    expect(sessions.map(({ who }) => who)).toEqual([
      'user:ada of acme',
      'user:bob of globex',
      'user:ada of acme',
    ]);
    expect(new Set(sessions).size).toBe(3);
    held.open();
    await Promise.all(work);
    expect(openScopes(app)).toBe(0);
    await app.stop();
  });
});

describe('a scope', () => {
  it('is opened only where something scoped is needed', async () => {
    class Plain {}
    const open: number[] = [];
    const desk = withSessions((module) => {
      module.singleton(Plain);
      module.handle(Run, [Plain], () => void open.push(openScopes(app)));
      module.answer(Look, [Plain, Unit], () => {
        open.push(openScopes(app));
        return 1;
      });
      module.on(EntryWritten, () => void open.push(openScopes(app)));
    });
    const app = await startedApp([journal, desk]);
    await app.dispatch(Run, { no: 1 });
    await app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    expect(created(app, 'Session')).toBe(0);
    await app.ask(Look, { no: 1 });
    expect(open).toEqual([0, 0, 1]);
    expect(created(app, 'Session')).toBe(1);
    expect(created(app, 'Plain')).toBe(1);
    await app.stop();
  });

  it('gives a handler the message itself, and a client of a port that speaks for its actor', async () => {
    const seen: unknown[] = [];
    const desk = defineModule('desk', (module) => {
      module.implement(Desk, {
        take: ({ envelope }) => void seen.push([envelope.actor, envelope.tenant, envelope.correlationId]),
      });
      module.handle(Run, [CurrentMessage, Desk], async (context, message, client) => {
        seen.push(Object.is(message, context));
        await client.take({ no: 1 });
      });
    });
    const app = await startedApp([desk]);
    await app.as({ ...ada, correlationId: 'request 7' }).dispatch(Run, { no: 1 });
    expect(seen).toEqual([true, ['user:ada', 'acme', 'request 7']]);
    await app.stop();
  });
});
