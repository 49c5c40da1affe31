import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { EventContext, MessageContext } from '../../src/bus/index.js';
import { port } from '../../src/contracts/index.js';
import {
  createPorts,
  exchange,
  memoryTransport,
  type PortContext,
  type PortImplementation,
  type PortPolicy,
  translate,
} from '../../src/ports/index.js';
import { localOf, portsOf, Stock } from './stock.js';

/** Compiled and never run. */
function compiled(_run: () => unknown): void {
  expect(true).toBe(true);
}

const stock = portsOf({}).client(Stock);
declare const eventContext: EventContext;
declare const methodContext: PortContext<typeof Stock.methods.look>;

describe('a client', () => {
  it('takes the input of a method and answers with its result', () => {
    expectTypeOf(stock.look).parameter(0).toEqualTypeOf<{ article: string; limit?: number | undefined }>();
    expectTypeOf(stock.look).returns.resolves.toEqualTypeOf<{ count: number }>();
    expectTypeOf(stock.empty).returns.resolves.toEqualTypeOf<void>();
    compiled(() => expectTypeOf(portsOf({}).locate(Stock)).toEqualTypeOf(stock));
  });

  it('refuses wrong calls', () => {
    compiled(() => [
      // @ts-expect-error: the article is a text
      stock.look({ article: 1 }),
      // @ts-expect-error: data is missing
      stock.look(),
      // @ts-expect-error: there is no such method
      stock.give({ article: 'a' }),
      // @ts-expect-error: there is no such option
      stock.look({ article: 'a' }, { timeout: 1 }),
    ]);
  });

  it('is called from the context of any handler', () => {
    compiled(() => [
      stock.look({ article: 'a' }, { from: eventContext }),
      stock.look({ article: 'a' }, { from: methodContext }),
      portsOf({}).client(Stock, { context: eventContext, signal: eventContext.signal }),
      // @ts-expect-error: an envelope is not its context
      stock.look({ article: 'a' }, { from: eventContext.envelope }),
    ]);
  });
});

describe('an implementation', () => {
  it('has a function for each method, which gets output and gives input', () => {
    type Implementation = PortImplementation<typeof Stock, 'warehouse'>;
    type Look = PortContext<typeof Stock.methods.look, 'warehouse'>;
    expectTypeOf<Parameters<Implementation['look']>>().toEqualTypeOf<[Look]>();
    expectTypeOf<Look['data']>().toEqualTypeOf<{ article: string; limit: number }>();
    expectTypeOf<Look['envelope']['data']>().toEqualTypeOf<{ article: string; limit: number }>();
    expectTypeOf<Look>().toExtend<MessageContext<'warehouse'>>();
    expectTypeOf<keyof Implementation>().toEqualTypeOf<'look' | 'take' | 'empty'>();
    const good: Implementation = {
      look: ({ data }) => ({ count: data.limit }),
      take: async () => 1,
      empty: () => undefined,
    };
    expect(Object.keys(good)).toHaveLength(3);
  });

  it('refuses what does not implement the port', () => {
    // @ts-expect-error: a method is missing
    const few: PortImplementation<typeof Stock> = { look: () => ({ count: 1 }), take: () => 1 };
    const wrong: PortImplementation<typeof Stock> = {
      ...few,
      // @ts-expect-error: the result is a number
      take: () => 'one',
    };
    expect(wrong).not.toBe(few);
  });
});

const Detector = port('anomaly-detection.detector', {
  detect: { data: z.object({ values: z.array(z.number()) }), result: z.array(z.number()) },
});
declare const acme: {
  analyse(
    request: { series: readonly number[] },
    options: { signal: AbortSignal },
  ): Promise<{ points: number[] }>;
  anything(): Promise<unknown>;
};

describe('a translation', () => {
  it('knows the types of the port, the client, and what goes between', () => {
    compiled(() => {
      const made = translate(Detector, acme, {
        detect: exchange({
          fromDomain: (data) => {
            expectTypeOf(data).toEqualTypeOf<{ values: number[] }>();
            return { series: data.values };
          },
          call: (client, request, { signal }) => {
            expectTypeOf(client).toEqualTypeOf<typeof acme>();
            expectTypeOf(request).toEqualTypeOf<{ series: number[] }>();
            return client.analyse(request, { signal });
          },
          toDomain: (answer) => {
            expectTypeOf(answer).toEqualTypeOf<{ points: number[] }>();
            return answer.points;
          },
        }),
      });
      expectTypeOf(made).toEqualTypeOf<PortImplementation<typeof Detector>>();
      expectTypeOf(made).toExtend<PortImplementation<typeof Detector, 'anomaly-detection'>>();
    });
  });

  it('knows an untyped answer by its schema', () => {
    compiled(() =>
      translate(Detector, acme, {
        detect: exchange({
          fromDomain: () => undefined,
          call: (client) => client.anything(),
          answer: z.object({ points: z.array(z.number()) }),
          toDomain: (answer) => {
            expectTypeOf(answer).toEqualTypeOf<{ points: number[] }>();
            return answer.points;
          },
        }),
      }),
    );
  });

  it('refuses what does not fit', () => {
    compiled(() => [
      translate(Detector, acme, {
        detect: exchange({
          fromDomain: (data) => ({ serie: data.values }),
          // @ts-expect-error: the client wants `series`
          call: (client, request, { signal }) => client.analyse(request, { signal }),
          toDomain: () => [],
        }),
      }),
      translate(Detector, acme, {
        // @ts-expect-error: the result is numbers
        detect: exchange({ fromDomain: () => 1, call: () => 1, toDomain: () => ['one'] }),
      }),
      // @ts-expect-error: a method is missing
      translate(Detector, acme, {}),
      translate(Detector, acme, {
        detect: exchange({
          fromDomain: () => 1,
          // @ts-expect-error: the answer is translated as a text
          call: () => 1,
          toDomain: (answer: string) => [answer.length],
        }),
      }),
    ]);
  });
});

describe('options', () => {
  it('refuse what is none', () => {
    compiled(() => [
      // @ts-expect-error: the local side is missing
      createPorts({}),
      // @ts-expect-error: an authorizer answers true or false
      createPorts({ local: localOf({}), authorize: () => 'yes' }),
      // @ts-expect-error: a function is no plain data
      { circuitBreaker: { failures: 1, cooldownMs: 1, handles: () => true } } satisfies PortPolicy,
      { retry: false, circuitBreaker: false, bulkhead: { limit: 1 } } satisfies PortPolicy,
      createPorts({ local: localOf({}), transport: memoryTransport(), authorize: async () => true }),
    ]);
  });
});
