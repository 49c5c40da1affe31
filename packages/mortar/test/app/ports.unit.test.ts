import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { PortClient } from '../../src/contracts/index.js';
import { command, defineModule, event, type Module, port, query } from '../../src/index.js';
import { rejectionOf } from '../delivery/letters.js';
import { quietApp, startedApp } from './journal.js';

const Weighed = event('scales.weighed', { data: z.object({ grams: z.number() }) });
const Scales = port('scales.scales', {
  weigh: { data: z.object({ item: z.string() }), result: z.number(), timeoutMs: 5_000 },
  tare: { data: z.object({}) },
});
const Ship = command('post.ship', { data: z.object({ item: z.string() }), result: z.number() });
const Quote = query('post.quote', { data: z.object({ item: z.string() }), result: z.number() });
const Parcelled = event('post.parcelled', { data: z.object({ item: z.string() }) });

interface Seen {
  readonly type: string;
  readonly actor: string | undefined;
  readonly tenant: string | undefined;
  readonly correlationId: string;
  readonly causationId: string | undefined;
}

/** Scales that tell of each weighing, and note for whom it is. */
function scales(seen: Seen[] = [], weigh: () => unknown = () => undefined): Module {
  return defineModule('scales', (module) => {
    module.implement(Scales, {
      weigh: async ({ data, envelope, publish }) => {
        const { type, actor, tenant, correlationId, causationId } = envelope;
        seen.push({ type, actor, tenant, correlationId, causationId });
        await weigh();
        await publish(Weighed, { grams: data.item.length });
        return data.item.length;
      },
      tare: () => undefined,
    });
  });
}

const post = defineModule('post', (module) => {
  module.handle(Ship, [Scales], ({ data }, client) => client.weigh({ item: data.item }));
  module.answer(Quote, [Scales], ({ data }, client) => client.weigh({ item: data.item }));
});

describe('a call of a port by a handler', () => {
  it('carries on for whom it is, and what caused it', async () => {
    const seen: Seen[] = [];
    const ids: string[] = [];
    const counter = defineModule('post', (module) => {
      module.on(Parcelled, [Scales], async ({ data, envelope }, client) => {
        ids.push(envelope.id);
        await client.weigh({ item: data.item });
      });
    });
    const app = await startedApp([scales(seen), counter]);
    const ada = app.as({ actor: 'user:ada', tenant: 'acme', correlationId: 'c-1' });
    await ada.publish(Parcelled, { item: 'book' }, { wait: 'handled' });
    expect(seen).toEqual([
      {
        type: 'scales.scales.weigh',
        actor: 'user:ada',
        tenant: 'acme',
        correlationId: 'c-1',
        causationId: ids[0],
      },
    ]);
    await app.stop();
  });

  it('is a part of its work: what the port publishes is sent with the call', async () => {
    const told: number[] = [];
    const log = defineModule('log', (module) => {
      module.on(Weighed, ({ data }) => void told.push(data.grams));
    });
    const app = await startedApp([scales(), post, log]);
    expect(await app.dispatch(Ship, { item: 'book' })).toBe(4);
    await app.stop();
    expect(told).toEqual([4]);
  });

  it('of a query changes nothing either', async () => {
    const app = await startedApp([scales(), post]);
    expect((await rejectionOf(app.ask(Quote, { item: 'book' }))).code).toBe('MORTAR_QUERY_WRITES');
    await app.stop();
  });

  it('works while the app drains', async () => {
    let stopped: Promise<unknown> | undefined;
    const results: unknown[] = [];
    const late = defineModule('post', (module) => {
      module.on(Parcelled, [Scales], async ({ data }, client) => {
        await Promise.resolve(stopped === undefined);
        results.push(await client.weigh({ item: data.item }));
      });
    });
    const app = await startedApp([scales(), late]);
    await app.publish(Parcelled, { item: 'book' });
    stopped = app.stop();
    await stopped;
    expect(results).toEqual([4]);
  });

  it('that comes round to itself comes to an end', async () => {
    const Echo = port('echo.echo', { say: { data: z.object({}), result: z.number() } });
    const echo = defineModule('echo', (module) => {
      module.implement(Echo, [Echo], { say: async (_, client) => 1 + (await client.say({})) });
      module.uses(Echo, { bulkhead: false });
    });
    const app = await startedApp([echo]);
    expect((await rejectionOf(app.locate(Echo).say({}))).code).toBe('MORTAR_PUBLISH_DEPTH');
    await app.stop();
  });

  it('is given up with its handler', async () => {
    let signal: AbortSignal | undefined;
    const stuck = defineModule('scales', (module) => {
      module.implement(Scales, {
        weigh: (context) => {
          ({ signal } = context);
          return new Promise<number>((_, reject) => {
            context.signal.addEventListener('abort', () => reject(context.signal.reason));
          });
        },
        tare: () => undefined,
      });
    });
    const app = await startedApp([stuck, post]);
    const error = await rejectionOf(app.dispatch(Ship, { item: 'book' }, { timeoutMs: 5 }));
    expect(error.code).toBe('MORTAR_REQUEST_TIMEOUT');
    expect(signal?.aborted).toBe(true);
    await app.stop();
  });
});

describe('a port that looks like one that is served', () => {
  const Safe = port('bank.safe', {
    open: { data: z.object({ code: z.string().length(4) }), result: z.string(), permission: 'safe:open' },
    ring: { data: z.object({ times: z.number().int().max(3) }), result: z.number() },
  });
  const Lookalike = port('bank.safe', {
    open: { data: z.any(), result: z.string() },
    ring: { data: z.any(), result: z.number() },
  });
  const Rob = command('thief.rob', { data: z.object({ method: z.enum(['open', 'ring']), data: z.any() }) });

  /** A bank, and a thief who calls what looks like its safe. */
  async function robbed(open: () => string, ring: () => number) {
    const bank = defineModule('bank', (module) => module.implement(Safe, { open, ring }));
    const thief = defineModule('thief', (module) => {
      module.handle(Rob, [Lookalike], async ({ data }, safe) => void (await safe[data.method](data.data)));
    });
    return startedApp([bank, thief], { authorize: () => false });
  }

  it.each([
    ['open', { code: '0000' }, 'MORTAR_PERMISSION_DENIED'],
    ['open', { code: 'x' }, 'MORTAR_DATA_INVALID'],
    ['ring', { times: 99 }, 'MORTAR_DATA_INVALID'],
  ] as const)('is called by the rules of the latter: %s with %o', async (method, data, code) => {
    const [open, ring] = [vi.fn(() => 'gold'), vi.fn(() => 1)];
    const app = await robbed(open, ring);
    expect((await rejectionOf(app.dispatch(Rob, { method, data }))).code).toBe(code);
    expect((await rejectionOf(app.locate(Lookalike)[method](data))).code).toBe(code);
    expect((await rejectionOf(app.as({ actor: 'user:eve' }).locate(Lookalike)[method](data))).code).toBe(
      code,
    );
    expect(open).not.toHaveBeenCalled();
    expect(ring).not.toHaveBeenCalled();
    await app.stop();
  });
});

describe('a client', () => {
  class Clerk {
    readonly client: PortClient<(typeof Scales)['methods']>;

    constructor(client: PortClient<(typeof Scales)['methods']>) {
      this.client = client;
    }
  }

  it('of a scoped service speaks for the message in hand; of a singleton for nobody, unless it is told', async () => {
    const seen: Seen[] = [];
    class Desk extends Clerk {}
    const both = defineModule('post', (module) => {
      module.scoped(Clerk, [Scales]);
      module.singleton(Desk, [Scales]);
      module.handle(Ship, [Clerk, Desk], async (context, clerk, desk) => {
        await clerk.client.weigh({ item: 'a' });
        await desk.client.weigh({ item: 'b' });
        await desk.client.weigh({ item: 'c' }, { from: context });
        return 1;
      });
    });
    const app = await startedApp([scales(seen), both]);
    await app.as({ actor: 'user:ada' }).dispatch(Ship, { item: 'x' });
    expect(seen.map(({ actor }) => actor)).toEqual(['user:ada', undefined, 'user:ada']);
    await app.stop();
  });

  it('found by locate speaks for whom the app speaks', async () => {
    const seen: Seen[] = [];
    const app = await startedApp([scales(seen), post]);
    await app.locate(Scales).weigh({ item: 'a' });
    await app.as({ actor: 'user:ada', tenant: 'acme' }).locate(Scales).weigh({ item: 'b' });
    expect(seen.map(({ actor, tenant }) => [actor, tenant])).toEqual([
      [undefined, undefined],
      ['user:ada', 'acme'],
    ]);
    await app.stop();
  });

  it('is found between the start and the stop only, and only of ports that are there', async () => {
    const app = await quietApp([scales(), post]);
    const Lost = port('scales.lost', { find: { data: z.object({}) } });
    expect(() => app.locate(Scales)).toThrow('MORTAR_APP_STATE');
    await app.start();
    expect(() => app.locate(Lost)).toThrow(/MORTAR_PORT_MISSING.*scales\.scales/);
    const client = app.locate(Scales);
    await app.stop();
    expect((await rejectionOf(client.weigh({ item: 'a' }))).code).toBe('MORTAR_APP_STATE');
  });
});
