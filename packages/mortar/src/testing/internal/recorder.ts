import { isThenable } from '../../bus/handler.js';
import {
  type DeadDelivery,
  decide,
  type HandleMiddleware,
  type HandlerRegistry,
  type HandlingContext,
  isFailure,
  type PublishMiddleware,
} from '../../bus/index.js';
import { decode, type Envelope, type Schema, summarize, validate } from '../../contracts/index.js';
import type { LetterChange } from '../../delivery/index.js';
import { MortarError } from '../../errors/index.js';
import type { Module } from '../../modules/index.js';
import type { RecordedDeath, RecordedOutcome, RecordedRequest } from '../recorded.js';
import { type RequestEntry, Tape } from './tape.js';
import type { UnderWay } from './under-way.js';

/** What a request is answered with, by its contract. */
interface Answers {
  readonly kind: RecordedRequest['kind'];
  readonly result: Schema | undefined;
  readonly failures: readonly { readonly name: string; readonly data: Schema }[];
}

type DeathInLog = Extract<LetterChange, { kind: 'dead' }>;

/** Told how one call of a handler ended. Only the first time counts. */
interface CallEnd {
  succeeded(answer: unknown): void;
  failed(error: unknown): void;
}

/** Stands around a bus as middleware, writes down what passes, and knows what is under way. */
export class Recorder {
  readonly tape: Tape;
  readonly #underWay: UnderWay;
  readonly #answers: ReadonlyMap<string, Answers>;
  #handlers: HandlerRegistry | undefined;
  /** Deliveries that have not begun, by event and subscription, with the function that says that they have. */
  readonly #waiting = new Map<string, { readonly envelope: Envelope; readonly begun: () => void }>();
  /** Deliveries whose last attempt failed and that may be attempted again; whether a guard alone knows when. */
  readonly #resting = new Map<string, { readonly isGuarded: boolean }>();

  /** Of an app with a store, events are recorded when they are committed: then `publish` is not to be among its middleware. */
  constructor(modules: readonly Module[], underWay: UnderWay, options: { readonly hasLog?: boolean } = {}) {
    this.tape = new Tape({ comeLate: options.hasLog === true });
    this.#underWay = underWay;
    this.#answers = answersOf(modules);
  }

  /** Who handles what is known once the app is made; nothing passes before. */
  attach(handlers: HandlerRegistry): void {
    this.#handlers = handlers;
  }

  /** Whether a delivery waits for its next attempt. */
  get isResting(): boolean {
    return this.#resting.size > 0;
  }

  /** Whether one waits for it inside a guard, whose timers are not those of the bus. */
  get isRestingInGuard(): boolean {
    return [...this.#resting.values()].some(({ isGuarded }) => isGuarded);
  }

  readonly publish: PublishMiddleware = Object.assign(
    (envelope: Envelope, next: Parameters<PublishMiddleware>[1]): ReturnType<PublishMiddleware> => {
      this.#sent(envelope);
      const refused = (error: unknown): never => {
        this.#withdrawn(envelope);
        throw error;
      };
      try {
        const outcomes = next(envelope);
        return isThenable(outcomes) ? outcomes.then((settled) => settled, refused) : outcomes;
      } catch (error) {
        return refused(error);
      }
    },
    { withdrawn: (envelope: Envelope) => this.#withdrawn(envelope) },
  );

  readonly handle: HandleMiddleware = (context, next) => {
    const end = this.#called(context);
    try {
      const work = next(context);
      if (isThenable(work)) return this.#awaited(work, end);
      end.succeeded(work);
      return work;
    } catch (error) {
      end.failed(error);
      throw error;
    }
  };

  /** An event was committed to the log. */
  published(envelope: Envelope): void {
    this.tape.addEvent(envelope, this.#subscriptionsOf(envelope.type));
  }

  /** A delivery from the log was given up. The error is as it was thrown, unless it was thrown elsewhere. */
  diedInLog(subscription: string, { entry, reason, attempts, failures }: DeathInLog): void {
    const { id, type } = entry;
    this.#resting.delete(keyOf(id, subscription));
    const error = this.tape.errorOf(id, subscription) ?? failures.at(-1)?.error;
    this.tape.addDeath({ subscription, type, data: dataOf(entry), reason, attempts, error });
    this.tape.update(id, subscription, { status: 'dead', attempts, error });
  }

  /** A delivery was given up. */
  died({ subscription, envelope, reason, attempts, error }: DeadDelivery): void {
    const key = keyOf(envelope.id, subscription);
    this.#begun(key);
    this.#resting.delete(key);
    const { type, data } = envelope;
    const death: RecordedDeath = { subscription, type, data, reason, attempts, error };
    this.tape.addDeath(death);
    this.tape.update(envelope.id, subscription, { status: 'dead', attempts, error });
  }

  /** Forgets what waits for a subscription that has ended since. */
  prune(): void {
    for (const [key, { envelope, begun }] of this.#waiting) {
      if (this.#subscriptionsOf(envelope.type).some(({ name }) => keyOf(envelope.id, name) === key)) continue;
      begun();
    }
  }

  /** An `await`, so that the stack trace of the handler leads to its caller. */
  async #awaited(work: PromiseLike<unknown>, end: CallEnd): Promise<unknown> {
    try {
      const answer = await work;
      end.succeeded(answer);
      return answer;
    } catch (error) {
      end.failed(error);
      throw error;
    }
  }

  #sent(envelope: Envelope): void {
    const subscriptions = this.#subscriptionsOf(envelope.type);
    this.tape.addEvent(envelope, subscriptions);
    for (const { name } of subscriptions) {
      const key = keyOf(envelope.id, name);
      const end = this.#underWay.begin('waiting', `${name}, whose turn for ${envelope.type} has not come`);
      const begun = (): void => {
        this.#waiting.delete(key);
        end();
      };
      this.#waiting.get(key)?.begun();
      this.#waiting.set(key, { envelope, begun });
    }
  }

  #withdrawn(envelope: Envelope): void {
    this.tape.remove(envelope);
    for (const { name } of this.#subscriptionsOf(envelope.type)) {
      const waiting = this.#waiting.get(keyOf(envelope.id, name));
      if (waiting?.envelope === envelope) waiting.begun();
    }
  }

  #begun(key: string): void {
    this.#waiting.get(key)?.begun();
  }

  #called(context: HandlingContext): CallEnd {
    const answers = this.#answers.get(context.type);
    const end = answers === undefined ? this.#eventCalled(context) : this.#requestCalled(context, answers);
    const { handler, attempt, type, signal } = context;
    const again = attempt > 1 ? `, attempt ${attempt}` : '';
    const stop = this.#underWay.begin('running', `${handler.name} at ${type}${again}`);
    let isOver = false;
    const once = (tell: () => void): void => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', aborted);
      tell();
      stop();
    };
    // One that was given up may go on for ever, but nobody waits for it.
    const aborted = (): void => once(() => end.failed(signal.reason));
    signal.addEventListener('abort', aborted);
    return {
      succeeded: (answer) => once(() => end.succeeded(answer)),
      failed: (error) => once(() => end.failed(error)),
    };
  }

  #eventCalled({ envelope: { id }, handler: { name }, attempt: attempts, type }: HandlingContext): CallEnd {
    const key = keyOf(id, name);
    this.#begun(key);
    this.#resting.delete(key);
    this.tape.update(id, name, { status: 'running', attempts });
    return {
      succeeded: () => this.tape.update(id, name, { status: 'handled', attempts }),
      failed: (error) => {
        const rest = this.#restAfter(name, type, error, attempts);
        if (rest !== undefined) this.#resting.set(key, rest);
        this.tape.update(id, name, { status: 'failed', attempts, error });
      },
    };
  }

  #requestCalled(context: HandlingContext, answers: Answers): CallEnd {
    const entry = requestEntry(context, answers.kind);
    this.tape.addRequest(entry);
    return {
      succeeded: (answer) => {
        entry.outcome = outcomeOf(context.type, answers, answer);
      },
      failed: (error) => {
        entry.outcome = { kind: 'error', error };
      },
    };
  }

  /** Whether another attempt follows one that failed. */
  #restAfter(
    subscription: string,
    type: string,
    error: unknown,
    attempts: number,
  ): { readonly isGuarded: boolean } | undefined {
    const options = this.#subscriptionsOf(type).find(({ name }) => name === subscription)?.options;
    const { retry, guards = [] } = options ?? {};
    if (guards.some((guard) => retries(guard.describe()))) return { isGuarded: true };
    const isRetried = retry !== undefined && decide(retry, error, attempts).kind === 'retry';
    return isRetried ? { isGuarded: false } : undefined;
  }

  #subscriptionsOf(type: string): ReturnType<HandlerRegistry['of']> {
    return this.#handlers?.of(type).filter(({ kind }) => kind === 'event') ?? [];
  }
}

/** As it was published; what can't be read is shown as its text. */
function dataOf({ payload }: DeathInLog['entry']): unknown {
  try {
    return decode(payload);
  } catch {
    return payload;
  }
}

function keyOf(event: string, subscription: string): string {
  return `${event} ${subscription}`;
}

interface Description {
  readonly kind: string;
  readonly guards?: readonly Description[];
}

function retries({ kind, guards = [] }: Description): boolean {
  return kind === 'retry' || guards.some(retries);
}

function answersOf(modules: readonly Module[]): ReadonlyMap<string, Answers> {
  const requests = modules.flatMap(({ handlers }) =>
    handlers.map(({ contract: { kind, name, result, failures } }): [string, Answers] => [
      name,
      { kind, result, failures },
    ]),
  );
  const calls = modules.flatMap(({ implementations }) =>
    implementations.flatMap(({ port }) =>
      Object.values(port.methods).map(({ name, result }): [string, Answers] => [
        name,
        { kind: 'call', result, failures: [] },
      ]),
    ),
  );
  return new Map([...requests, ...calls]);
}

function requestEntry(context: HandlingContext, kind: RecordedRequest['kind']): RequestEntry {
  const { type, data, handler, envelope } = context;
  const { id, correlationId, causationId, actor, tenant, traceparent } = envelope;
  return {
    kind,
    type,
    data,
    envelope: { id, type, correlationId, causationId, actor, tenant, traceparent },
    handler: handler.name,
    module: handler.module,
    outcome: { kind: 'open' },
  };
}

/** As the caller gets it: what breaks the contract is an error. */
function outcomeOf(type: string, { result, failures }: Answers, answer: unknown): RecordedOutcome {
  if (isFailure(answer)) {
    const declared = failures.find(({ name }) => name === answer.name);
    const checked = validate(declared?.data ?? NEVER, answer.data);
    if (checked.ok) return { kind: 'failure', name: answer.name, data: checked.value };
    return broken(`The failure ${answer.name} of ${type}`, checked.issues);
  }
  if (result === undefined) return { kind: 'result', value: undefined };
  const checked = validate(result, answer);
  return checked.ok
    ? { kind: 'result', value: checked.value }
    : broken(`The result of ${type}`, checked.issues);
}

const NEVER: Schema = {
  '~standard': {
    version: 1,
    vendor: 'mortar',
    validate: () => ({ issues: [{ message: 'is not among the failures of the contract' }] }),
  },
};

function broken(what: string, issues: Parameters<typeof summarize>[0]): RecordedOutcome {
  const error = new MortarError('MORTAR_RESULT_INVALID', {
    rule: `${what} follows its schema.`,
    expected: 'data without issues',
    got: summarize(issues),
    issues,
  });
  return { kind: 'error', error };
}
