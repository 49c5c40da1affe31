import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEventBus, createMessageBus, type MessageContext } from '../../src/bus/index.js';
import { command, event, query } from '../../src/contracts/index.js';
import { type LogFields, silentLogger } from '../../src/logging/logger.js';
import { Letters } from '../support/letters.js';
import { FloatingRejections, Latch, LetterSent, Posted, rejectionOf } from '../support/parcels.js';
import { settled } from '../support/virtual-clock.js';

const Weigh = query('post.weigh', { data: z.object({ no: z.number() }), result: z.number() });
const Ship = command('post.ship', { data: z.object({ no: z.number() }) });

describe('what is sent by a handler', () => {
  test('is sent when the handler has ended, in order, and dropped with a failed attempt', async () => {
    const bus = createEventBus();
    const latch = new Latch();
    const sent: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    bus.subscribe(
      Posted,
      { retry: { attempts: 2, backoff: { kind: 'fixed', delayMs: 0 } } },
      async (context) => {
        for (const no of [1, 2]) await context.publish(LetterSent, { no: context.attempt * 10 + no });
        if (context.attempt === 1) throw new Error('not yet');
        await latch.opened;
      },
    );
    const delivered = bus.deliver(Posted, { no: 1 });
    await settled();
    expect(sent).toEqual([]);
    latch.open();
    await delivered;
    await bus.idle();
    expect(sent).toEqual([21, 22]);
  });

  test('finds no room: the attempt has failed, and nothing of it is sent', async () => {
    const letters = new Letters();
    const bus = createEventBus({ deadLetters: letters, queue: { maxSize: 2 } });
    const sent: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    bus.subscribe(Posted, { name: 'greedy' }, async ({ publish, data }) => {
      for (let no = 1; no <= data.no; no += 1) await publish(LetterSent, { no });
    });
    const [refused] = await bus.deliver(Posted, { no: 5 });
    expect(refused).toMatchObject({ status: 'dead', error: { code: 'MORTAR_QUEUE_FULL' } });
    const [accepted] = await bus.deliver(Posted, { no: 4 });
    expect(accepted?.status).toBe('handled');
    await bus.idle();
    expect(sent).toEqual([1, 2, 3, 4]);
  });
});

describe('the context of a call', () => {
  test('makes its signal when it is asked for, and the same one each time', async () => {
    const bus = createEventBus();
    const signals: AbortSignal[] = [];
    bus.subscribe(Posted, async (context) => {
      signals.push(context.signal);
      await settled();
      signals.push(context.signal);
    });
    await Promise.all([bus.deliver(Posted, { no: 1 }), bus.deliver(Posted, { no: 2 })]);
    expect(new Set(signals).size).toBe(2);
    expect(signals[2]).toBe(signals[0]);
    expect(signals.some(({ aborted }) => aborted)).toBe(false);
  });
});

describe('after its end, a handler', () => {
  test.each(['before', 'never'])('sends no more, whether it touched its context %s', async (touched) => {
    using floating = new FloatingRejections();
    const bus = createMessageBus({ logger: silentLogger });
    bus.requests.handle(Ship, () => undefined);
    bus.requests.answer(Weigh, () => 1);
    let kept: MessageContext | undefined;
    bus.events.subscribe(Posted, (context) => {
      kept = context;
      if (touched === 'before') expect(context.publish).toBeTypeOf('function');
    });
    await bus.events.deliver(Posted, { no: 1 });
    const late = [
      kept?.publish(LetterSent, { no: 1 }),
      kept?.dispatch(Ship, { no: 1 }),
      kept?.ask(Weigh, { no: 1 }),
    ];
    for (const sent of late) expect(await rejectionOf(Promise.resolve(sent))).toBe('MORTAR_CONTEXT_CLOSED');
    kept?.publish(LetterSent, { no: 2 });
    await settled();
    expect(floating.reasons).toEqual([]);
  });
});

describe('a refusal that a handler does not wait for', () => {
  const invalid = { no: 'one' } as unknown as { no: number };

  test.each([
    ['by itself', {}],
    ['with a timeout', { timeoutMs: 1_000 }],
  ])('fails the attempt of a synchronous one %s, and nothing of it is sent', async (_, options) => {
    using floating = new FloatingRejections();
    const bus = createEventBus();
    const sent: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    bus.subscribe(Posted, options, ({ publish }) => {
      publish(LetterSent, { no: 1 });
      publish(LetterSent, invalid);
    });
    const [outcome] = await bus.deliver(Posted, { no: 1 });
    expect(outcome).toMatchObject({ status: 'lost', error: { code: 'MORTAR_DATA_INVALID' } });
    expect(bus.deliverSync(Posted, { no: 1 })[0]?.status).toBe('lost');
    await bus.idle();
    expect(sent).toEqual([]);
    expect(floating.reasons).toEqual([]);
  });

  test('is reported where the handler goes on and succeeds, and where it has ended by then', async () => {
    using floating = new FloatingRejections();
    const warnings: LogFields[] = [];
    const logger = {
      ...silentLogger,
      warn: (fields: LogFields | string) => void warnings.push(Object(fields)),
    };
    const bus = createMessageBus({ logger });
    bus.requests.handle(Ship, async () => {
      await settled();
      throw new Error('no ship');
    });
    bus.events.subscribe(Posted, { name: 'hasty' }, async ({ publish }) => {
      publish(LetterSent, invalid);
      await settled();
    });
    bus.events.subscribe(LetterSent, { name: 'hastier' }, ({ dispatch }) => {
      dispatch(Ship, { no: 1 });
    });
    await bus.events.deliver(Posted, { no: 1 });
    await bus.events.deliver(LetterSent, { no: 1 });
    await bus.events.idle();
    await settled();
    expect(warnings).toMatchObject([
      { handler: 'hasty', error: { code: 'MORTAR_DATA_INVALID' } },
      { handler: 'hastier', error: { message: 'no ship' } },
    ]);
    expect(floating.reasons).toEqual([]);
  });

  test('is its own affair where the handler takes care of it', async () => {
    const bus = createEventBus();
    let code = '';
    bus.subscribe(Posted, async ({ publish }) => {
      code = await rejectionOf(publish(LetterSent, invalid));
    });
    const [outcome] = await bus.deliver(Posted, { no: 1 });
    expect({ code, status: outcome?.status }).toEqual({ code: 'MORTAR_DATA_INVALID', status: 'handled' });
  });
});

const manners = [
  'quiet',
  'touching',
  'keeping',
  'async',
  'promising',
  'turning',
  'throwing',
  'limited',
] as const;
type Manner = (typeof manners)[number];

/** One event for each of the modules that handlers belong to. */
const Own = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) =>
  event(`m${name}.done`, { data: z.object({ no: z.number() }) }),
);

/** Handlers that each belong to a module of its own, and of which some keep their context for others to misuse. */
class Neighbours {
  readonly bus = createEventBus({ logger: silentLogger });
  /** Of those that saw a name other than their own. */
  readonly mistaken: string[] = [];
  /** What was published by a handler that had ended. */
  readonly forged: string[] = [];
  readonly #kept: MessageContext[] = [];

  constructor(chosen: readonly Manner[]) {
    this.bus.subscribe('*.done', ({ type }) => void this.forged.push(type));
    chosen.forEach((manner, index) => {
      const options = { name: `${index}`, module: `m${'abcdef'[index]}` };
      const limits = manner === 'limited' ? { concurrency: 1 } : {};
      this.bus.subscribe(Posted, { ...options, ...limits }, (context) =>
        this.#behave(manner, index, context),
      );
    });
  }

  #behave(manner: Manner, index: number, context: MessageContext): Promise<void> | undefined {
    if (manner === 'touching') this.#look(index, context);
    if (manner === 'keeping') this.#kept.push(context);
    if (manner === 'throwing') throw new Error('planned');
    const goesOn = manner === 'async' || manner === 'promising' || manner === 'limited';
    return goesOn || (manner === 'turning' && this.#kept.length > 0) ? this.#goOn(index, context) : undefined;
  }

  async #goOn(index: number, context: MessageContext): Promise<void> {
    this.#look(index, context);
    await settled();
    const [contract = LetterSent] = Own.slice(index, index + 1);
    for (const kept of this.#kept) await kept.publish(contract, { no: 1 }).catch(() => undefined);
    this.#look(index, context);
  }

  #look(index: number, { idempotencyKey }: MessageContext): void {
    if (!idempotencyKey.endsWith(`:${index}`)) this.mistaken.push(`${index}: ${idempotencyKey}`);
  }
}

describe('a context that synchronous handlers share', () => {
  test('3,000 runs: is never the one of another handler, whatever the handlers do, in whatever order', async () => {
    const plans = fc.array(fc.constantFrom(...manners), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(plans, async (chosen) => {
        const { bus, mistaken, forged } = new Neighbours(chosen);
        for (const no of [1, 2, 3]) await bus.deliver(Posted, { no });
        await bus.idle();
        expect({ mistaken, forged }).toEqual({ mistaken: [], forged: [] });
      }),
      { numRuns: 3_000 },
    );
  });

  test('keeps a sender of one module from speaking for another one that goes on after it', async () => {
    const bus = createEventBus({ logger: silentLogger });
    const codes: string[] = [];
    let kept: MessageContext | undefined;
    bus.subscribe(Posted, { module: 'post' }, (context) => {
      kept = context;
    });
    const handle = async (): Promise<void> => {
      await settled();
      codes.push(await rejectionOf(kept?.publish(LetterSent, { no: 1 }) ?? Promise.resolve()));
    };
    bus.subscribe(Posted, { module: 'mail' }, { handle });
    for (const no of [1, 2, 3]) await bus.deliver(Posted, { no });
    expect(codes).toEqual(Array.from({ length: 3 }, () => 'MORTAR_CONTEXT_CLOSED'));
  });
});
