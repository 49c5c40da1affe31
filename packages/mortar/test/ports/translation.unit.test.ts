import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { port } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import { createPorts, exchange, type TranslationOptions, translate } from '../../src/ports/index.js';
import { localOf, rejection, unheardWhile } from './stock.js';

const Detector = port('anomaly-detection.detector', {
  detect: {
    data: z.object({ values: z.array(z.number()) }),
    result: z.array(z.object({ at: z.number(), score: z.number().max(1) })),
  },
});

/** How the outside speaks. */
interface AcmeRequest {
  readonly series: readonly string[];
}

interface AcmeAnswer {
  readonly points: readonly { readonly index: number; readonly percent: number }[];
}

class AcmeError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/** An outside client, which answers with what it is told to. */
class Acme {
  readonly requests: AcmeRequest[] = [];
  answer: unknown = { points: [{ index: 2, percent: 90 }] };
  failure: { readonly error: unknown } | undefined;

  async analyse(request: AcmeRequest): Promise<AcmeAnswer> {
    this.requests.push(request);
    if (this.failure !== undefined) throw this.failure.error;
    return this.answer as AcmeAnswer;
  }
}

const acmeAnswer = z.object({ points: z.array(z.object({ index: z.number(), percent: z.number() })) });
const acmeRequest = z.object({ series: z.array(z.string()).max(3).readonly() });

function detectorOver(acme: Acme, options: TranslationOptions = {}) {
  const implementation = translate(
    Detector,
    acme,
    {
      detect: exchange({
        fromDomain: (data) => ({ series: data.values.map((value) => value.toFixed(1)) }),
        request: acmeRequest,
        call: (client, request) => client.analyse(request),
        answer: acmeAnswer,
        toDomain: ({ points }) => points.map(({ index, percent }) => ({ at: index, score: percent / 100 })),
      }),
    },
    options,
  );
  return clientOf(implementation);
}

/** A client of an implementation, which is run with its data, signal and key. */
function clientOf(implementation: { detect: (context: never) => unknown }) {
  const local = localOf(
    {
      detect: (data, { signal, idempotencyKey }) =>
        Reflect.apply(implementation.detect, undefined, [{ data, signal, idempotencyKey }]),
    },
    Detector,
  );
  return createPorts({ local }).client(Detector, {});
}

const values = { values: [1, 2, 99] };

describe('translate', () => {
  it('implements a port in terms of an outside client', async () => {
    const acme = new Acme();
    expect(await detectorOver(acme).detect(values)).toEqual([{ at: 2, score: 0.9 }]);
    expect(acme.requests).toEqual([{ series: ['1.0', '2.0', '99.0'] }]);
  });

  it('gives the outside call the signal and the key', async () => {
    const call = vi.fn((_client: Acme, _request: number, _call: object) => 1);
    const implementation = translate(Detector, new Acme(), {
      detect: exchange({ fromDomain: ({ values: { length } }) => length, call, toDomain: () => [] }),
    });
    await clientOf(implementation).detect(values);
    expect(call.mock.calls[0]?.slice(1)).toEqual([
      3,
      { signal: expect.any(AbortSignal), idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ]);
  });

  it('is an object with a frozen function for each method', () => {
    const implementation = translate(Detector, new Acme(), {
      detect: exchange({ fromDomain: () => 1, call: () => 1, toDomain: () => [] }),
    });
    expect(Object.keys(implementation)).toEqual(['detect']);
    expect(Object.isFrozen(implementation)).toBe(true);
  });

  it('names the fault of what goes out, and does not call', async () => {
    const acme = new Acme();
    const error = await rejection(detectorOver(acme).detect({ values: [1, 2, 3, 4] }));
    expect(error).toMatchObject({
      code: 'MORTAR_TRANSLATION_FAILED',
      category: 'corrupt',
      rule: 'Method detect of port anomaly-detection.detector can be translated from the domain to the outside.',
      issues: [{ path: 'series' }],
    });
    expect(acme.requests).toEqual([]);
  });

  it('names every fault of what comes back', async () => {
    const acme = new Acme();
    acme.answer = { points: [{ index: '2', percent: 90 }, { index: 3 }] };
    expect(await rejection(detectorOver(acme).detect(values))).toMatchObject({
      code: 'MORTAR_TRANSLATION_FAILED',
      rule: 'Method detect of port anomaly-detection.detector can be translated from the outside to the domain.',
      got: expect.stringContaining('what came back'),
      issues: [{ path: 'points[0].index' }, { path: 'points[1].percent' }],
    });
  });

  it('names the fault of a result that the port does not allow', async () => {
    const acme = new Acme();
    acme.answer = { points: [{ index: 2, percent: 900 }] };
    expect(await rejection(detectorOver(acme).detect(values))).toMatchObject({
      code: 'MORTAR_TRANSLATION_FAILED',
      got: expect.stringContaining('the result: [0].score'),
      issues: [{ path: '[0].score' }],
    });
  });

  it('applies a schema of the outside to what goes on from it', async () => {
    const implementation = translate(Detector, new Acme(), {
      detect: exchange({
        fromDomain: () => 1,
        call: () => ({ points: [], extra: 1 }),
        answer: acmeAnswer,
        toDomain: (answer) => (Object.hasOwn(answer, 'extra') ? [{ at: 0, score: 0 }] : []),
      }),
    });
    expect(await clientOf(implementation).detect(values)).toEqual([]);
  });

  it('leaves it to who runs the implementation to apply the schema of the result, which happens once', async () => {
    const Counter = port('warehouse.counter', {
      next: { data: z.string(), result: z.number().transform((value) => value + 1) },
    });
    const { next } = translate(Counter, 0, {
      next: exchange({ fromDomain: () => 1, call: () => 1, toDomain: () => 1 }),
    });
    const run = (data: unknown): unknown => Reflect.apply(next, undefined, [{ data }]);
    const counter = createPorts({ local: localOf({ next: run }, Counter) }).client(Counter);
    expect(await counter.next('a')).toBe(2);
  });

  it.each(['fromDomain', 'toDomain'] as const)('keeps what %s threw as the cause', async (step) => {
    const cause = new TypeError('no such field');
    const fail = (): never => {
      throw cause;
    };
    const steps = { fromDomain: () => 1, call: () => 1, toDomain: () => [], [step]: fail };
    const error = await rejection(
      clientOf(translate(Detector, 0, { detect: exchange(steps) })).detect(values),
    );
    expect(error).toMatchObject({ code: 'MORTAR_TRANSLATION_FAILED', cause, got: `${step}, which threw` });
  });

  it.each([
    ['fromDomain', 'resolves', async () => 1],
    ['fromDomain', 'rejects', () => Promise.reject(new Error('late'))],
    ['toDomain', 'resolves', async () => []],
    ['toDomain', 'rejects', () => Promise.reject(new Error('late'))],
  ])('refuses an asynchronous %s that %s, and sends no promise', async (step, _, late) => {
    const call = vi.fn(() => 1);
    const steps = { fromDomain: () => 1, call, toDomain: () => [], [step]: late };
    const detector = clientOf(translate(Detector, 0, { detect: exchange(steps) }));
    const [error, unheard] = await unheardWhile(() => rejection(detector.detect(values)));
    expect(error).toMatchObject({
      code: 'MORTAR_TRANSLATION_FAILED',
      expected: `a ${step} that is synchronous`,
      got: 'one that gave a promise',
    });
    expect(call).toHaveBeenCalledTimes(step === 'fromDomain' ? 0 : 1);
    expect(unheard).toEqual([]);
  });
});

describe('an error of the outside', () => {
  it.each<[string, unknown]>([
    ['an error of its own', new AcmeError(500)],
    ['a text', 'no'],
    ['nothing', undefined],
    ['an error of ours', new MortarError('MORTAR_DATA_INVALID', { rule: 'R.', expected: 'e', got: 'g' })],
  ])('never passes as it is: %s', async (_, thrown) => {
    const acme = new Acme();
    acme.failure = { error: thrown };
    const error = await rejection(detectorOver(acme).detect(values));
    expect(error).toMatchObject({ code: 'MORTAR_OUTSIDE_FAILED', category: 'unavailable' });
    expect((error as Error).cause).toBe(thrown);
    expect(`${error}`).toContain('anomaly-detection.detector.detect');
  });

  it('is what fromError makes of it', async () => {
    const acme = new Acme();
    const quota = new Error('the quota is used up');
    const seen = vi.fn((error: unknown) =>
      error instanceof AcmeError && error.status === 429 ? quota : undefined,
    );
    const detector = detectorOver(acme, { fromError: seen });
    acme.failure = { error: new AcmeError(429) };
    expect(await rejection(detector.detect(values))).toBe(quota);
    expect(seen.mock.calls[0]).toEqual([acme.failure.error, Detector.methods.detect]);
    acme.failure = { error: new AcmeError(500) };
    expect(await rejection(detector.detect(values))).toMatchObject({ code: 'MORTAR_OUTSIDE_FAILED' });
  });

  it.each<[string, (error: unknown) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('bug');
      },
    ],
    ['gives the error back', (error) => error],
    ['gives a text', () => 'no'],
    ['gives null', () => null],
  ])('is wrapped where fromError %s', async (_, fromError) => {
    const acme = new Acme();
    const failure = new AcmeError(1);
    acme.failure = { error: failure };
    const error = await rejection(detectorOver(acme, { fromError: fromError as () => Error }).detect(values));
    expect(error).toMatchObject({ code: 'MORTAR_OUTSIDE_FAILED', cause: failure });
  });

  it.each<[string, () => Promise<undefined>]>([
    ['resolves', async () => undefined],
    ['rejects', () => Promise.reject(new Error('late'))],
  ])('needs a synchronous fromError, not one that %s', async (_, late) => {
    const acme = new Acme();
    const failure = new AcmeError(1);
    acme.failure = { error: failure };
    const detector = detectorOver(acme, { fromError: late as unknown as () => undefined });
    const [error, unheard] = await unheardWhile(() => rejection(detector.detect(values)));
    expect(error).toMatchObject({
      code: 'MORTAR_TRANSLATION_FAILED',
      expected: 'a fromError that is synchronous',
      cause: failure,
    });
    expect(unheard).toEqual([]);
  });

  it('of a client that was told to stop is the reason for that', async () => {
    const controller = new AbortController();
    const implementation = translate(Detector, 0, {
      detect: exchange({
        fromDomain: () => 1,
        call: () => {
          controller.abort('enough');
          throw new AcmeError(0);
        },
        toDomain: () => [],
      }),
    });
    const context = { data: values, signal: controller.signal, idempotencyKey: 'key' };
    const run = Promise.resolve(Reflect.apply(implementation.detect, undefined, [context]));
    expect(await rejection(run)).toBe('enough');
  });
});
