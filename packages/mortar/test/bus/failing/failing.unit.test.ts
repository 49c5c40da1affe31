import { describe, expect, test } from 'vitest';
import {
  createEventBus,
  type DeadLetterSink,
  decide,
  type EventContext,
  type Outcome,
  type RetryPolicy,
} from '../../../src/bus/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../../src/memory/index.js';
import { LogBook } from '../../support/log-book.js';
import {
  Desk,
  FloatingRejections,
  Latch,
  LetterSent,
  lettersOf,
  Posted,
  rejectionOf,
  Sorted,
  thenable,
} from '../../support/parcels.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';

const fixed = { kind: 'fixed', delayMs: 100, jitter: false } as const;
const atOnce = { kind: 'fixed', delayMs: 0 } as const;

/** An error with a code, and so with a category. */
function failure(code: 'MORTAR_BULKHEAD_FULL' | 'MORTAR_CIRCUIT_OPEN' | 'MORTAR_DATA_INVALID'): MortarError {
  return new MortarError(code, {
    rule: 'A test fails as it should.',
    expected: 'this error',
    got: 'this error',
  });
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

/** The code of an outcome's error. */
function codeOf(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined || outcome.status === 'handled') return undefined;
  return outcome.error instanceof MortarError ? outcome.error.code : undefined;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const hostileError = Object.defineProperty(new Error(), 'message', {
  get: throwing(new Error('no message')),
});

describe('isolation', () => {
  test.each<[string, () => unknown]>([
    ['throws an error', throwing(new Error('torn'))],
    ['throws undefined', throwing(undefined)],
    ['throws null', throwing(null)],
    ['throws a text', throwing('torn')],
    ['throws a symbol', throwing(Symbol('torn'))],
    ['throws an object without prototype', throwing(Object.create(null))],
    ['throws a revoked proxy', throwing(revoked())],
    ['throws an error whose message throws', throwing(hostileError)],
    ['throws a frozen error', throwing(Object.freeze(new Error('torn')))],
    ['rejects', async () => Promise.reject(new Error('torn'))],
    ['rejects with undefined', () => Promise.reject(undefined)],
    ['rejects with a revoked proxy', () => Promise.reject(revoked())],
    ['answers with a thenable whose `then` throws', () => thenable(throwing(new Error('torn')))],
    [
      'answers with an object whose `then` throws when it is read',
      () => Object.defineProperty({}, 'then', { get: throwing(new Error('torn')) }),
    ],
    ['answers with a thenable that rejects twice', () => thenable((_, no) => [no?.(1), no?.(2)])],
    [
      'answers with a thenable that resolves with a rejection',
      () => thenable((yes) => yes?.(Promise.reject('no'))),
    ],
  ])(
    'given a handler that %s, when an event comes, then it is a dead letter, and the others are handled',
    async (_, handler) => {
      using floating = new FloatingRejections();
      const deadLetters = new MemoryDeadLetterStore();
      const bus = createEventBus({ deadLetters, logger: silentLogger });
      const seen: string[] = [];
      bus.subscribe(Posted, { name: 'before' }, () => void seen.push('before'));
      bus.subscribe(Posted, { name: 'bad' }, handler as () => void);
      bus.subscribe(Posted, { name: 'after' }, async () => void seen.push('after'));
      const outcomes = await bus.deliver(Posted, { no: 1 });
      await bus.enqueue(Posted, { no: 2 });
      await bus.idle();
      expect(outcomes.map(({ status }) => status)).toEqual(['handled', 'dead', 'handled']);
      expect(await lettersOf(deadLetters)).toEqual(['1 bad failed 1', '2 bad failed 1']);
      expect(seen).toEqual(['before', 'after', 'before', 'after']);
      await settled();
      expect(floating.reasons).toEqual([]);
    },
  );

  test('given a thenable that resolves and then rejects, when it is awaited, then its first answer counts', async () => {
    using floating = new FloatingRejections();
    const bus = createEventBus();
    bus.subscribe(Posted, () => thenable((yes, no) => [yes?.(undefined), no?.(new Error('late'))]));
    expect((await bus.deliver(Posted, { no: 1 }))[0]?.status).toBe('handled');
    await settled();
    expect(floating.reasons).toEqual([]);
  });

  test('given a thenable that never answers, when the time is up, then the attempt has failed', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock, deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    bus.subscribe(Posted, { timeoutMs: 50 }, () => thenable(() => undefined));
    const delivery = bus.deliver(Posted, { no: 1 });
    await clock.advance(50);
    expect(codeOf((await delivery)[0])).toBe('MORTAR_HANDLER_TIMEOUT');
  });
});

describe('the policy', () => {
  test('given three attempts, when all fail, then they are counted, rest as the backoff says, and end in a dead letter', async () => {
    const clock = new VirtualClock();
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ clock, deadLetters, logger: silentLogger });
    const calls: string[] = [];
    const startedAt = clock.now();
    const backoff = { kind: 'exponential', delayMs: 100, jitter: false } as const;
    bus.subscribe(Posted, { name: 'desk', retry: { attempts: 4, backoff } }, ({ attempt }) => {
      calls.push(`${attempt} at ${clock.now() - startedAt}`);
      throw new Error(`jam ${attempt}`);
    });
    const delivery = bus.deliver(Posted, { no: 1 });
    await clock.runOut();
    const [outcome] = await delivery;
    expect(calls).toEqual(['1 at 0', '2 at 100', '3 at 300', '4 at 700']);
    expect(outcome).toMatchObject({ status: 'dead', attempts: 4, error: new Error('jam 4') });
    const [letter] = await deadLetters.list();
    expect(letter).toMatchObject({ reason: 'failed', attempts: 4, subscription: 'desk' });
    expect(letter?.envelope.data).toEqual({ no: 1 });
    expect(letter?.error.message).toBe('jam 4');
    expect(outcome).toHaveProperty('deadLetterId', letter?.id);
  });

  test('given a success at the second attempt, when it is over, then the outcome says so and there is no letter', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ deadLetters, logger: silentLogger });
    bus.subscribe(Posted, { name: 'desk', retry: { attempts: 3, backoff: atOnce } }, async ({ attempt }) => {
      if (attempt < 2) throw new Error('jam');
    });
    expect(await bus.deliver(Posted, { no: 1 })).toEqual([
      { subscription: 'desk', status: 'handled', attempts: 2 },
    ]);
    expect(await lettersOf(deadLetters)).toEqual([]);
  });

  test('given a rule for each category, when errors of them come, then each is treated by its own', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ deadLetters, logger: silentLogger });
    const errors = [new Error('odd'), failure('MORTAR_BULKHEAD_FULL'), failure('MORTAR_DATA_INVALID')];
    const calls: number[] = [];
    const policy: RetryPolicy = {
      attempts: 2,
      backoff: atOnce,
      on: { throttled: { attempts: 3 }, internal: 'skip', validation: 'deadLetter' },
    };
    bus.subscribe(Posted, { name: 'desk', retry: policy }, ({ data }) => {
      calls.push(data.no);
      throw errors[data.no];
    });
    const outcomes = [];
    for (const no of [0, 1, 2]) outcomes.push(...(await bus.deliver(Posted, { no })));
    expect(outcomes.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual([
      'skipped 1',
      'dead 3',
      'dead 1',
    ]);
    expect(calls).toEqual([0, 1, 1, 1, 2]);
    expect(await lettersOf(deadLetters)).toEqual(['1 desk failed 3', '2 desk failed 1']);
  });

  test('given `stop`, when the error comes, then the event is a dead letter and the subscription is closed', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ deadLetters, logger: silentLogger });
    const retry: RetryPolicy = { attempts: 5, on: { unavailable: 'stop' } };
    const subscription = bus.subscribe(
      Posted,
      { name: 'desk', retry },
      throwing(failure('MORTAR_CIRCUIT_OPEN')),
    );
    expect((await bus.deliver(Posted, { no: 1 }))[0]?.status).toBe('dead');
    expect(subscription.isClosed).toBe(true);
    expect(await bus.deliver(Posted, { no: 2 })).toEqual([]);
    expect(await lettersOf(deadLetters)).toEqual(['1 desk failed 1']);
  });

  test("given only attempts, when a wrong call fails, then it is not tried again, since another attempt can't mend it", async () => {
    const bus = createEventBus();
    let calls = 0;
    bus.subscribe(Posted, { retry: { attempts: 5, backoff: atOnce } }, () => {
      calls += 1;
      throw failure('MORTAR_DATA_INVALID');
    });
    await bus.deliver(Posted, { no: 1 });
    expect(calls).toBe(1);
  });

  test('given decide, when it is asked, then it answers with plain data, jittered by default', () => {
    const error = new Error('jam');
    const policy: RetryPolicy = { attempts: 3, backoff: { kind: 'exponential', delayMs: 100 } };
    expect(decide(policy, error, 1, () => 0)).toEqual({ kind: 'retry', afterMs: 0 });
    expect(decide(policy, error, 2, () => 0.999)).toEqual({ kind: 'retry', afterMs: 200 });
    expect(decide(policy, error, 3)).toEqual({ kind: 'deadLetter' });
    expect(decide({ attempts: 9, on: { internal: 'skip' } }, error, 1)).toEqual({ kind: 'skip' });
    expect(decide({ attempts: 9 }, failure('MORTAR_DATA_INVALID'), 1)).toEqual({ kind: 'deadLetter' });
    const own: RetryPolicy = { attempts: 1, on: { timeout: { attempts: 2, backoff: fixed } } };
    const late = new DOMException('late', 'TimeoutError');
    expect(decide(own, late, 1)).toEqual({ kind: 'retry', afterMs: 100 });
  });
});

describe('timeouts', () => {
  test('given a handler that heeds its signal, when the time is up, then it ends, and the next attempt has a signal of its own', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock, deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    const reasons: unknown[] = [];
    const retry: RetryPolicy = { attempts: 2, backoff: fixed };
    bus.subscribe(Posted, { name: 'desk', timeoutMs: 50, retry }, ({ signal, attempt }) => {
      if (attempt === 2) return expect(signal.aborted).toBe(false) as undefined;
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(new Error('heeded'));
        });
      });
    });
    const delivery = bus.deliver(Posted, { no: 1 });
    await clock.advance(49);
    expect(reasons).toEqual([]);
    await clock.advance(101);
    expect(await delivery).toEqual([{ subscription: 'desk', status: 'handled', attempts: 2 }]);
    expect(reasons).toEqual([expect.objectContaining({ code: 'MORTAR_HANDLER_TIMEOUT' })]);
  });

  test.each(['finish', 'fail'] as const)(
    'given a handler that ignores its signal, when it %ses late, then the outcome stands and nothing floats',
    async (ending) => {
      using floating = new FloatingRejections();
      const clock = new VirtualClock();
      const deadLetters = new MemoryDeadLetterStore();
      const bus = createEventBus({ clock, deadLetters, logger: silentLogger });
      const desk = new Desk();
      bus.subscribe(Sorted, { name: 'desk', timeoutMs: 50 }, desk.handle);
      const delivery = bus.deliver(Sorted, { no: 1, belt: 'a' });
      await clock.advance(50);
      const [outcome] = await delivery;
      expect([outcome?.status, codeOf(outcome)]).toEqual(['dead', 'MORTAR_HANDLER_TIMEOUT']);
      await bus.idle();
      desk[ending](1);
      const next = bus.deliver(Sorted, { no: 2, belt: 'a' });
      desk.finish(2);
      expect((await next)[0]?.status).toBe('handled');
      expect(await lettersOf(deadLetters)).toEqual(['1 desk failed 1']);
      expect(clock.pending).toBe(0);
      await settled();
      expect(floating.reasons).toEqual([]);
    },
  );

  test('given a handler that goes on after its time, when it publishes, then MORTAR_CONTEXT_CLOSED, and nothing is sent', async () => {
    const clock = new VirtualClock();
    const logger = new LogBook();
    const bus = createEventBus({ clock, logger });
    const desk = new Desk();
    const late = new Latch();
    const codes: string[] = [];
    const sent: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    bus.subscribe(Posted, { timeoutMs: 50 }, async ({ data, publish, dispatch, ask }) => {
      await publish(LetterSent, { no: data.no });
      await desk.handle({ data });
      codes.push(await rejectionOf(publish(LetterSent, { no: 2 })));
      codes.push(await rejectionOf(dispatch({} as never, {})), await rejectionOf(ask({} as never, {})));
      void publish(LetterSent, { no: 3 });
      late.open();
    });
    const delivery = bus.deliver(Posted, { no: 1 });
    await clock.advance(50);
    await delivery;
    desk.finish(1);
    await late.opened;
    await settled();
    expect(codes).toEqual(['MORTAR_CONTEXT_CLOSED', 'MORTAR_CONTEXT_CLOSED', 'MORTAR_CONTEXT_CLOSED']);
    expect(sent).toEqual([]);
    expect(logger.lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
  });

  test('given a synchronous handler with a timeout, when it returns, then it is handled and no timer stays', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    bus.subscribe(Posted, { timeoutMs: 50 }, () => undefined);
    bus.subscribe(Posted, { timeoutMs: 50 }, async () => undefined);
    const outcomes = await bus.deliver(Posted, { no: 1 });
    expect(outcomes.map(({ status }) => status)).toEqual(['handled', 'handled']);
    await settled();
    expect(clock.pending).toBe(0);
  });
});

describe('what a failed attempt has published', () => {
  test.each([
    ['synchronous', false],
    ['asynchronous', true],
  ])(
    "given a %s handler that publishes and fails, when it succeeds at last, then only the last attempt's events are sent",
    async (_, isAsync) => {
      const bus = createEventBus();
      const sent: number[] = [];
      bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
      const work = ({ attempt, publish }: EventContext<typeof Posted>): void => {
        void publish(LetterSent, { no: attempt });
        void publish(LetterSent, { no: attempt * 10 });
        if (attempt < 3) throw new Error('jam');
      };
      bus.subscribe(
        Posted,
        { retry: { attempts: 3, backoff: atOnce } },
        isAsync ? async (context) => work(context) : (context) => work(context),
      );
      await bus.deliver(Posted, { no: 1 });
      await bus.idle();
      expect(sent).toEqual([3, 30]);
    },
  );

  test('given what is refused, when a synchronous handler does not wait for the answer, then its attempt has failed', async () => {
    const bus = createEventBus({ deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    const sent: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    bus.subscribe(Posted, ({ publish }) => {
      void publish(LetterSent, { no: 1 });
      void publish(LetterSent, { no: 'two' } as never);
    });
    expect(codeOf((await bus.deliver(Posted, { no: 1 }))[0])).toBe('MORTAR_DATA_INVALID');
    await bus.idle();
    expect(sent).toEqual([]);
  });
});

describe('dead letters', () => {
  test.each<[string, DeadLetterSink]>([
    ['throws', { add: throwing(new Error('disk full')) }],
    ['rejects', { add: async () => throwing(new Error('disk full'))() }],
  ])(
    'given a sink that %s, when a delivery dies, then it is reported as failed with both errors, and logged',
    async (_, deadLetters) => {
      const logger = new LogBook();
      const bus = createEventBus({ deadLetters, logger });
      const error = new Error('torn');
      bus.subscribe(Posted, { name: 'desk' }, throwing(error));
      const [outcome] = await bus.deliver(Posted, { no: 1 });
      expect([outcome?.status, codeOf(outcome)]).toEqual(['lost', 'MORTAR_DEAD_LETTER_LOST']);
      const lost = outcome?.status === 'lost' ? (outcome.error as MortarError) : undefined;
      expect((lost?.cause as AggregateError | undefined)?.errors).toEqual([new Error('disk full'), error]);
      expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([
        expect.objectContaining({
          fields: expect.objectContaining({ subscription: 'desk', attempts: 1, error: lost }),
        }),
      ]);
    },
  );

  test('given a sink that takes its time, when the next event of the key comes, then it waits until the letter is kept', async () => {
    const kept = new Latch();
    const bus = createEventBus({
      deadLetters: {
        add: async () => {
          await kept.opened;
          return 'letter-1';
        },
      },
    });
    const seen: number[] = [];
    bus.subscribe(Sorted, { name: 'desk' }, async ({ data }) => {
      seen.push(data.no);
      if (data.no === 1) throw new Error('torn');
    });
    const first = bus.deliver(Sorted, { no: 1, belt: 'a' });
    const second = bus.deliver(Sorted, { no: 2, belt: 'a' });
    await settled();
    expect(seen).toEqual([1]);
    kept.open();
    expect(await first).toMatchObject([{ status: 'dead', deadLetterId: 'letter-1' }]);
    expect(await second).toMatchObject([{ status: 'handled' }]);
  });

  test('given neither sink nor logger, when a delivery dies, then the process is warned', async () => {
    const warnings: string[] = [];
    const listen = ({ name, message }: Error): void => {
      if (/torn in two|an object/.test(message)) warnings.push(`${name}: ${message}`);
    };
    process.on('warning', listen);
    const bus = createEventBus();
    bus.subscribe(Posted, { name: 'desk' }, throwing(new Error('torn in two')));
    bus.subscribe(Posted, { name: 'odd' }, throwing(Object.create(null)));
    const outcomes = await bus.deliver(Posted, { no: 1 });
    await settled();
    process.off('warning', listen);
    expect(outcomes.map(({ status }) => status)).toEqual(['lost', 'lost']);
    const lost = 'MortarWarning: A delivery failed for good and no dead letter keeps it';
    expect(warnings).toEqual([`${lost}: Error: torn in two`, `${lost}: an object`]);
  });
});
