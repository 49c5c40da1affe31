import type { Awaitable } from '../bus/index.js';
import {
  checkSchema,
  type PortContract,
  type PortMethod,
  type Schema,
  summarize,
  validate,
} from '../contracts/index.js';
import { checkKeys, defuse, describeValue, type ErrorDetails, MortarError } from '../errors/index.js';
import type { PortContext, PortDataOf, PortImplementation, PortReturnOf } from './implementation.js';
import { checkPort } from './internal/call-options.js';

/** What a call of an outside client is told. */
export interface OutsideCall {
  /** Aborted when the caller of the port gives up or its time is over. */
  readonly signal: AbortSignal;
  /** The same for every attempt of one call, and when the handler of a message makes the call anew. */
  readonly idempotencyKey: string;
}

/** One method of a port in terms of an outside client. */
export interface ExchangeSteps<Client, Data, Request, Answer, Result> {
  /** The port's data as the outside wants it. */
  readonly fromDomain: (data: Data) => Request;
  /** Checks what goes out; sent is what `fromDomain` gave. Unchecked unless given. */
  readonly request?: Schema<Request, unknown>;
  readonly call: (client: Client, request: Request, call: OutsideCall) => Awaitable<Answer>;
  readonly answer?: undefined;
  /** The answer as the port's result. The result's schema is applied to it. */
  readonly toDomain: (answer: Answer) => Result;
}

/** The same with a schema of what the outside answers, which then may be anything as far as the client's types go. */
export interface CheckedExchangeSteps<Client, Data, Request, Answer, Result>
  extends Omit<ExchangeSteps<Client, Data, Request, Answer, Result>, 'call' | 'answer'> {
  readonly call: (client: Client, request: Request, call: OutsideCall) => unknown;
  /** Checks what the outside answers; what it gives is translated. */
  readonly answer: Schema<unknown, Answer>;
}

/** An exchange with an outside client, whose own types do not show. Made by `exchange`. */
export interface Exchange<in Client, in Data, out Result> {
  readonly kind: 'exchange';
  readonly run: (client: Client, data: Data, passage: Passage) => Promise<Result>;
}

/** What an exchange is made for. */
export interface Passage {
  readonly method: PortMethod;
  readonly call: OutsideCall;
  readonly fromError: OutsideErrors | undefined;
}

/** The exchanges that implement a port. */
export type Exchanges<P extends PortContract, Client> = {
  readonly [K in keyof P['methods']]: Exchange<
    Client,
    PortDataOf<P['methods'][K]>,
    PortReturnOf<P['methods'][K]>
  >;
};

/** The error that callers of the port get for one of the outside; undefined: no better than `MORTAR_OUTSIDE_FAILED`. */
export type OutsideErrors = (error: unknown, method: PortMethod) => Error | undefined;

/** What `translate` takes besides the exchanges. */
export interface TranslationOptions {
  readonly fromError?: OutsideErrors;
}

const STEPS = ['fromDomain', 'request', 'call', 'answer', 'toDomain'] as const;

/**
 * An anti-corruption layer: implements a port over an outside client, whose types, errors and habits stay behind it.
 * It is checked both ways: what goes out, where there is a schema of the outside; what comes back, likewise, and then
 * by the port's own result schema. What fails says so as `MORTAR_TRANSLATION_FAILED`, whose category is corrupt: the
 * outside, or the translation, is not what it was taken for, and the caller of the port did nothing wrong. Only `call` may
 * be asynchronous.
 *
 * An error of the outside client never passes as it is: callers get what `fromError` makes of it, else
 * `MORTAR_OUTSIDE_FAILED`, with the error as its cause.
 * @example
 * module.implement(Detector, translate(Detector, new AcmeClient(), {
 *   detect: exchange({
 *     fromDomain: (data) => ({ series: data.values }),
 *     call: (acme, request, { signal }) => acme.analyse(request, { signal }),
 *     toDomain: (answer) => answer.points,
 *   }),
 * }));
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function translate<P extends PortContract, Client>(
  port: P,
  client: Client,
  exchanges: Exchanges<P, Client>,
  options: TranslationOptions = {},
): PortImplementation<P> {
  checkPort(port);
  checkKeys(`translate ${port.name}`, options, ['fromError']);
  checkExchanges(port, exchanges);
  const { fromError } = options;
  if (fromError !== undefined) checkFunction('fromError', fromError);
  const methods = Object.entries(port.methods).map(([name, method]) => {
    const { run } = exchanges[name as keyof P['methods']];
    const implementation = ({ data, signal, idempotencyKey }: PortContext): Promise<unknown> =>
      run(client, data as never, { method, call: { signal, idempotencyKey }, fromError });
    return [name, implementation];
  });
  return Object.freeze(Object.fromEntries(methods)) as PortImplementation<P>;
}

/**
 * One exchange with an outside client: translate, call, translate back.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function exchange<Client, Data, Request, Answer, Result>(
  steps: CheckedExchangeSteps<Client, Data, Request, Answer, Result>,
): Exchange<Client, Data, Result>;
export function exchange<Client, Data, Request, Answer, Result>(
  steps: ExchangeSteps<Client, Data, Request, Answer, Result>,
): Exchange<Client, Data, Result>;
export function exchange(steps: Steps): Exchange<unknown, unknown, unknown> {
  checkKeys('exchange', steps, STEPS);
  for (const name of ['fromDomain', 'call', 'toDomain'] as const) checkFunction(name, steps[name]);
  for (const name of ['request', 'answer'] as const) {
    if (steps[name] !== undefined) checkSchema(steps[name], `The ${name} of an exchange`);
  }
  return Object.freeze({
    kind: 'exchange',
    run: (client: unknown, data: unknown, passage: Passage) => run(steps, client, data, passage),
  });
}

/** The steps of any exchange. */
interface Steps {
  readonly fromDomain: (data: unknown) => unknown;
  readonly request?: Schema | undefined;
  readonly call: (client: unknown, request: unknown, call: OutsideCall) => unknown;
  readonly answer?: Schema | undefined;
  readonly toDomain: (answer: unknown) => unknown;
}

async function run(
  steps: Steps,
  client: unknown,
  data: unknown,
  { method, call, fromError }: Passage,
): Promise<unknown> {
  const request = translated(method, 'out', () => steps.fromDomain(data));
  passed(method, 'out', 'what goes out', steps.request, request);
  const raw = await askOutside(method, call.signal, fromError, () => steps.call(client, request, call));
  const answer = passed(method, 'in', 'what came back', steps.answer, raw);
  const result = translated(method, 'in', () => steps.toDomain(answer));
  // Checked alone: who runs the implementation applies the schema, which must happen once.
  passed(method, 'in', 'the result', method.result, result);
  return result;
}

async function askOutside<Answer>(
  method: PortMethod,
  signal: AbortSignal,
  fromError: OutsideErrors | undefined,
  ask: () => Awaitable<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    // What a client throws that was told to stop is of no interest: the call has ended, and its reason is known.
    signal.throwIfAborted();
    throw mapped(method, error, fromError) ?? outsideFailed(method, 'an error', error);
  }
}

function mapped(method: PortMethod, error: unknown, fromError: OutsideErrors | undefined): Error | undefined {
  if (fromError === undefined) return undefined;
  try {
    const made: unknown = fromError(error, method);
    if (defuse(made)) return notSynchronous(method, 'in', 'fromError', error);
    if (made === undefined || (made instanceof Error && made !== error)) return made;
  } catch {
    return outsideFailed(method, 'an error that fromError failed over', error);
  }
  return outsideFailed(method, 'an error of which fromError made no other', error);
}

type Direction = 'out' | 'in';

function translated<T>(method: PortMethod, direction: Direction, step: () => T): T {
  const name = direction === 'out' ? 'fromDomain' : 'toDomain';
  let made: T;
  try {
    made = step();
  } catch (cause) {
    throw translationFailed(method, direction, { got: `${name}, which threw`, cause });
  }
  if (defuse(made)) throw notSynchronous(method, direction, name);
  return made;
}

/** What a schema gives for a value; the value itself where there is no schema. */
function passed(
  method: PortMethod,
  direction: Direction,
  what: string,
  schema: Schema | undefined,
  value: unknown,
): unknown {
  if (schema === undefined) return value;
  const outcome = validate(schema, value);
  if (outcome.ok) return outcome.value;
  const { issues } = outcome;
  throw translationFailed(method, direction, { got: `${what}: ${summarize(issues)}`, issues });
}

function notSynchronous(
  method: PortMethod,
  direction: Direction,
  step: string,
  cause?: unknown,
): MortarError {
  return translationFailed(method, direction, {
    expected: `a ${step} that is synchronous`,
    got: 'one that gave a promise',
    cause,
  });
}

function translationFailed(
  { port, method }: PortMethod,
  direction: Direction,
  details: Omit<ErrorDetails, 'rule' | 'expected'> & { readonly expected?: string },
): MortarError {
  const way = direction === 'out' ? 'from the domain to the outside' : 'from the outside to the domain';
  return new MortarError('MORTAR_TRANSLATION_FAILED', {
    rule: `Method ${method} of port ${port} can be translated ${way}.`,
    expected: 'data that follows its schema',
    ...details,
  });
}

function outsideFailed({ name }: PortMethod, got: string, cause: unknown): MortarError {
  return new MortarError('MORTAR_OUTSIDE_FAILED', {
    rule: `The outside client behind ${name} answers.`,
    expected: 'an answer',
    got,
    cause,
  });
}

function checkExchanges<P extends PortContract>(port: P, exchanges: unknown): void {
  const names = Object.keys(port.methods);
  checkKeys(`The exchanges of ${port.name}`, exchanges, names);
  const wrong = names.find((name) => !isExchange(Reflect.get(exchanges, name)));
  if (wrong === undefined) return;
  throw invalid(
    `${port.name} is translated method by method`,
    `an exchange for ${wrong}`,
    Reflect.get(exchanges, wrong),
  );
}

function isExchange(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'exchange';
}

function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(`The step ${name} is a function`, 'a function', value);
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule: `${rule}.`, expected, got: describeValue(got) });
}
