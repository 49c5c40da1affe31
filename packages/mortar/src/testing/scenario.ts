import type { Identity } from '../app.js';
import type {
  CommandContract,
  Contract,
  DataOf,
  EventContract,
  InputOf,
  QueryContract,
  ResultOf,
} from '../contracts/index.js';
import { checkWholeNumber, describeValue, type ErrorCode, MortarError } from '../errors/index.js';
import { forgotten } from './internal/scenario-errors.js';
import { play, type ScenarioPlan, type Trigger } from './internal/scenario-play.js';
import { judge, type Verdict } from './internal/scenario-verdict.js';
import type { Expected } from './like.js';
import type { TestApp } from './test-app.js';

/** The facts that `given` takes: pairs of an event and its data. */
export type GivenEvents<E extends readonly EventContract[]> = {
  readonly [K in keyof E]: readonly [event: E[K], data: InputOf<E[K]>];
};

/** The events that `then` takes: pairs of an event and what its data is, or is like. */
export type ExpectedEvents<E extends readonly EventContract[]> = {
  readonly [K in keyof E]: readonly [event: E[K], data: Expected<DataOf<E[K]>>];
};

/** The name of an error that `thenFails` expects, or a function that says whether it is the one. */
export type ExpectedError = ErrorCode | ((error: unknown) => boolean);

/** What a scenario may say before something happens. Each call answers with another scenario; nothing runs yet. */
export interface Scenario {
  /** On whose behalf all that follows is done. */
  as(identity: Identity): Scenario;
  /** These events have happened: they are published, one after the other, and handled until the app is idle. */
  given<E extends readonly EventContract[]>(...events: GivenEvents<E>): Scenario;
  /** This command has been handled. */
  givenCommand<C extends CommandContract>(command: C, data: InputOf<C>): Scenario;
  /** Deliveries may be given up, which else makes the scenario fail. */
  allowDeadLetters(): Scenario;
  /** A command is dispatched, or a query is asked. */
  when<C extends CommandContract | QueryContract>(request: C, data: InputOf<C>): ScenarioEnd<ResultOf<C>>;
  /** An event is published. */
  whenEvent<C extends EventContract>(event: C, data: InputOf<C>): ScenarioEnd<never>;
  /** So much time passes, in milliseconds. */
  whenTimePasses(ms: number): ScenarioEnd<never>;
}

/**
 * How a scenario ends. Each end runs it, once, and resolves when it has come true; else it rejects with an
 * `AssertionError` that says what happened instead.
 *
 * `then` makes it a thenable, so an `await` without an end calls it too: that rejects. The compiler refuses it already.
 */
export interface ScenarioEnd<Result = unknown> {
  /** Exactly these events are published in consequence, in this order, by whichever module. */
  then<E extends readonly EventContract[]>(...events: ExpectedEvents<E>): Promise<void>;
  /** No event is published in consequence, and nothing has failed. */
  thenNothing(): Promise<void>;
  /** It fails with an error: one with this code, or one that the function accepts. Failures of the contract are none. */
  thenFails(error: ExpectedError): Promise<void>;
  /** It is answered with a failure that its contract names; with this data, where it is said. */
  thenFailure(name: string, data?: unknown): Promise<void>;
  /** It is answered with this result. */
  thenResult(result: Expected<Result>): Promise<void>;
  /** Deliveries may be given up, which else makes the scenario fail. */
  allowDeadLetters(): ScenarioEnd<Result>;
}

/**
 * Tells a story of an app: what had happened, what happens, and what comes of it.
 * @example
 * await scenario(app)
 *   .given([AccountOpened, { accountId: 'a-1' }])
 *   .when(Deposit, { accountId: 'a-1', amount: 5 })
 *   .then([Deposited, { accountId: 'a-1', amount: 5 }]);
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function scenario(app: TestApp): Scenario {
  if (typeof app !== 'object' || app === null || !('recorded' in app) || typeof app.idle !== 'function')
    throw invalid('A scenario is told of a test app.', 'what testApp answers with', app);
  return beginningOf({ app, identity: undefined, steps: [], allowsDeadLetters: false });
}

function beginningOf(plan: ScenarioPlan): Scenario {
  const withSteps = (steps: readonly Trigger[]): Scenario =>
    beginningOf({ ...plan, steps: [...plan.steps, ...steps] });
  return Object.freeze({
    as: (identity) => beginningOf({ ...plan, identity }),
    given: (...events) => withSteps(events.map((pair) => eventOf('given', pair))),
    givenCommand: (command, data) => withSteps([requestOf('givenCommand', ['command'], command, data)]),
    allowDeadLetters: () => beginningOf({ ...plan, allowsDeadLetters: true }),
    when: (request, data) => endOf(plan, requestOf('when', ['command', 'query'], request, data)),
    whenEvent: (event, data) => endOf(plan, eventOf('whenEvent', [event, data])),
    whenTimePasses: (ms) => {
      checkWholeNumber('ms', ms, 0, Number.MAX_SAFE_INTEGER);
      return endOf(plan, { kind: 'time', ms });
    },
  } satisfies Scenario);
}

function endOf(plan: ScenarioPlan, trigger: Trigger): ScenarioEnd<never> {
  const end = async (verdict: Verdict): Promise<void> => judge(await play(plan, trigger), verdict);
  return Object.freeze({
    // biome-ignore lint/suspicious/noThenProperty: given, when, then; an await without an end rejects
    then: (...events: readonly unknown[]) => {
      const [resolve, reject] = events;
      if (typeof resolve === 'function') return forgotten(reject);
      return end({ kind: 'events', events: events.map((pair) => expectedEventOf(pair)) });
    },
    thenNothing: () => end({ kind: 'events', events: [] }),
    thenFails: async (error) => {
      checkExpectedError(error);
      await end({ kind: 'error', error });
    },
    thenFailure: (name, ...data) => end({ kind: 'failure', name, data }),
    thenResult: (result) => end({ kind: 'result', result }),
    allowDeadLetters: () => endOf({ ...plan, allowsDeadLetters: true }, trigger),
  } satisfies ScenarioEnd<never>);
}

function eventOf(step: string, pair: unknown): Extract<Trigger, { kind: 'event' }> {
  const [event, data] = pairOf(step, pair);
  if (isContract(event, ['event'])) return { kind: 'event', step, event, data };
  throw invalid(`${step} takes events, each with its data.`, 'an event', event);
}

function expectedEventOf(pair: unknown): { readonly event: EventContract; readonly data: unknown } {
  const { event, data } = eventOf('then', pair);
  return { event, data };
}

function pairOf(step: string, pair: unknown): readonly unknown[] {
  if (Array.isArray(pair) && pair.length === 2) return pair;
  throw invalid(`${step} takes events, each with its data.`, '[event, data]', pair);
}

function requestOf(
  step: string,
  kinds: readonly ('command' | 'query')[],
  request: unknown,
  data: unknown,
): Trigger {
  if (isContract(request, kinds)) return { kind: 'request', step, request, data };
  const isPair = Array.isArray(request) || isContract(request, ['event']);
  const expected =
    isPair && step === 'when' ? 'a command or a query; whenEvent takes an event' : kinds.join(' or ');
  throw invalid(`${step} takes a ${kinds.join(' or ')} and its data.`, expected, request);
}

function isContract<K extends Contract['kind']>(
  value: unknown,
  kinds: readonly K[],
): value is Extract<Contract, { readonly kind: K }> {
  const known: readonly string[] = kinds;
  const isObject = typeof value === 'object' && value !== null && 'kind' in value && 'name' in value;
  return isObject && !('methods' in value) && known.includes(String(value.kind));
}

function checkExpectedError(error: unknown): void {
  if (typeof error === 'function' || (typeof error === 'string' && error.startsWith('MORTAR_'))) return;
  throw invalid(
    'thenFails says which error.',
    'a code, MORTAR_…, or a function from an error to true or false',
    error,
  );
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}
