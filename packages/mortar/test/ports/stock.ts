import { z } from 'zod';
import { HandlerContext } from '../../src/bus/internal/handler-context.js';
import { type Envelope, type PortMethod, port, validate } from '../../src/contracts/index.js';
import { type ErrorCode, MortarError } from '../../src/errors/index.js';
import {
  createPorts,
  type LocalCall,
  type LocalPorts,
  type Ports,
  type PortsOptions,
} from '../../src/ports/index.js';

/** A port with a method of each kind. */
export const Stock = port('warehouse.stock', {
  look: {
    data: z.object({ article: z.string(), limit: z.number().default(10) }),
    result: z.object({ count: z.number() }),
    timeoutMs: 1_000,
    isIdempotent: true,
  },
  take: { data: z.object({ article: z.string() }), result: z.number(), timeoutMs: 1_000 },
  empty: { data: z.string(), permission: 'stock.empty', timeoutMs: 1_000 },
});

/** An implementation of methods by name, of which each sees what `call` was given. */
export type Implementations = Readonly<
  Record<string, (data: unknown, call: LocalCall, method: PortMethod) => unknown>
>;

/** A serving side made of plain functions. Checks data and result, as the bus does. */
export function localOf(implementations: Implementations, port: { methods: object } = Stock): LocalPorts {
  const methods = new Map<string, PortMethod>(
    Object.values<PortMethod>(port.methods as Record<string, PortMethod>).map((method) => [
      method.name,
      method,
    ]),
  );
  const has = (name: string): boolean => Object.hasOwn(implementations, methods.get(name)?.method ?? '');
  return {
    has,
    methodOf: (name) => (has(name) ? methods.get(name) : undefined),
    names: () => [...methods.keys()].filter(has),
    call: async (method, data, call) => {
      const input = call.isChecked === true ? data : passed(method.data, data);
      const answer = await implementations[method.method]?.(input, call, method);
      return method.result === undefined ? undefined : passed(method.result, answer);
    },
  };
}

function passed(schema: PortMethod['data'], value: unknown): unknown {
  const outcome = validate(schema, value);
  if (!outcome.ok) throw new Error('not as the schema says');
  return outcome.value;
}

/** The ports of an app that implements some methods of Stock. */
export function portsOf(implementations: Implementations, options: Omit<PortsOptions, 'local'> = {}): Ports {
  return createPorts({ local: localOf(implementations), ...options });
}

/** The context of a handler that handles an event, with nothing behind it. */
export function contextOf(envelope: Envelope): HandlerContext<Envelope> {
  return new HandlerContext(
    {
      name: 'test',
      module: undefined,
      services: undefined as never,
      handler: () => undefined,
      isReadOnly: false,
      sends: undefined,
    },
    envelope,
    1,
  );
}

export function mortarError(code: ErrorCode, rule = 'A rule.'): MortarError {
  return new MortarError(code, { rule, expected: 'this', got: 'that' });
}

/** What a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`Expected a rejection, got ${JSON.stringify(value)}.`);
    },
    (error: unknown) => error,
  );
}

/** A promise and how to settle it. */
export interface Gate<T> {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
  readonly fail: (error: unknown) => void;
}

export function gate<T>(): Gate<T> {
  let open: (value: T) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** What is answered, and the rejections meanwhile that nobody waited for and that would have ended the process. */
export async function unheardWhile<T>(work: () => Promise<T>): Promise<readonly [T, readonly unknown[]]> {
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on('unhandledRejection', hear);
  try {
    const answer = await work();
    // Node tells of them after all microtasks.
    await new Promise(setImmediate);
    return [answer, unheard];
  } finally {
    process.off('unhandledRejection', hear);
  }
}
