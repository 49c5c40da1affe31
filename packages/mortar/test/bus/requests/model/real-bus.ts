import { getEventListeners } from 'node:events';
import { z } from 'zod';
import { createMessageBus, fail, type MessageBus, type RequestContext } from '../../../../src/bus/index.js';
import { command, event } from '../../../../src/contracts/index.js';
import { MortarError } from '../../../../src/errors/index.js';
import { silentLogger } from '../../../../src/logging/logger.js';
import { settled, VirtualClock } from '../../../support/virtual-clock.js';
import { picked, WAITS } from './naive-bus.js';
import { type Ending, KEPT, type Step } from './steps.js';

const no = z.object({ no: z.number() });
const Work = command('model.work', {
  data: z.object({ input: z.number() }),
  result: no,
  failures: { refused: no },
});
const Worked = event('model.worked', { data: no });

interface Call {
  readonly no: number;
  readonly context: RequestContext<typeof Work>;
  readonly end: (how: Ending) => void;
  isEnded: boolean;
}

/** A caller, and how it was answered. */
interface Caller {
  readonly controller: AbortController;
  outcome: string;
}

/** The bus itself, driven by the same steps. */
export class RealBus {
  readonly #bus: MessageBus;
  readonly #clock = new VirtualClock();
  readonly calls: Call[] = [];
  readonly callers: Caller[] = [];
  readonly sent: number[] = [];
  readonly #keys = new Set<string>();
  /** What ran twice at once. */
  readonly #twice: string[] = [];

  constructor() {
    this.#bus = createMessageBus({ clock: this.#clock, logger: silentLogger, idempotency: KEPT });
    this.#bus.requests.handle(Work, (context) => this.#work(context));
    this.#bus.events.subscribe(Worked, ({ data }) => void this.sent.push(data.no));
  }

  /** A hasty step is followed by the next before anything else has had its turn. */
  async take(step: Step, isHasty = false): Promise<void> {
    if (step.kind === 'dispatch') this.#dispatch(step);
    else if (step.kind === 'end')
      this.#end(
        picked(
          this.calls.filter(({ isEnded }) => !isEnded),
          step.pick,
        ),
        step.how,
      );
    else if (step.kind === 'abort') picked(this.#waiting, step.pick)?.controller.abort('aborted');
    else await this.#clock.advance(step.ms);
    if (!isHasty) await settled();
  }

  get twice(): readonly string[] {
    return this.#twice;
  }

  get abandoned(): readonly number[] {
    return this.calls.filter(({ context }) => context.signal.aborted).map((call) => call.no);
  }

  /** Timers and listeners that are there, and what is under way. */
  get leftovers(): number {
    const listeners = this.callers.map(
      ({ controller }) => getEventListeners(controller.signal, 'abort').length,
    );
    return this.#clock.pending + listeners.reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<boolean> {
    return (await this.#bus.stop()).isDrained;
  }

  get #waiting(): readonly Caller[] {
    return this.callers.filter(({ outcome }) => outcome === WAITS);
  }

  async #work(context: RequestContext<typeof Work>) {
    const { input } = context.data;
    const { tenant } = context.envelope;
    if (context.idempotencyKey.startsWith(context.envelope.id)) return await this.#workOn(context);
    // Never two at once of one key, whether or not anyone waits.
    if (this.#keys.has(context.idempotencyKey)) this.#twice.push(`${tenant} ${input}`);
    this.#keys.add(context.idempotencyKey);
    try {
      return await this.#workOn(context);
    } finally {
      this.#keys.delete(context.idempotencyKey);
    }
  }

  async #workOn(context: RequestContext<typeof Work>) {
    // The signal is asked for, so that it can be looked at later.
    void context.signal;
    const how = await new Promise<Ending>((end) => {
      this.calls.push({ no: this.calls.length + 1, context, end, isEnded: false });
    });
    const call = this.calls.find((one) => one.context === context);
    if (how === 'fail') throw new Error(`fail ${call?.no}`);
    // One whose callers have given up can't publish, and takes no notice.
    await context.publish(Worked, { no: call?.no ?? 0 }).catch(() => undefined);
    return how === 'refuse' ? fail('refused', { no: call?.no ?? 0 }) : { no: call?.no ?? 0 };
  }

  #end(call: Call | undefined, how: Ending): void {
    if (call === undefined) return;
    call.isEnded = true;
    call.end(how);
  }

  #dispatch({ key, tenant, input, timeoutMs }: Extract<Step, { kind: 'dispatch' }>): void {
    const caller: Caller = { controller: new AbortController(), outcome: WAITS };
    this.callers.push(caller);
    const answer = this.#bus.requests.tryDispatch(
      Work,
      { input },
      {
        signal: caller.controller.signal,
        ...(key === undefined ? {} : { idempotencyKey: key }),
        ...(tenant === undefined ? {} : { tenant }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      },
    );
    answer.then(
      (result) => {
        caller.outcome = result.ok ? `finish ${result.value.no}` : `refuse ${result.failure.data.no}`;
      },
      (error) => {
        caller.outcome = outcomeOf(error);
      },
    );
  }
}

function outcomeOf(error: unknown): string {
  if (!(error instanceof MortarError)) return error instanceof Error ? error.message : String(error);
  const names: Readonly<Record<string, string>> = {
    MORTAR_IDEMPOTENCY_CONFLICT: 'conflict',
    MORTAR_REQUEST_TIMEOUT: 'timeout',
  };
  return names[error.code] ?? error.code;
}
