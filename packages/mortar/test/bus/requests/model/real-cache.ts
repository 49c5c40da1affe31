import { z } from 'zod';
import { createMessageBus, type MessageBus } from '../../../../src/bus/index.js';
import { event, query } from '../../../../src/contracts/index.js';
import { MortarError } from '../../../../src/errors/index.js';
import { silentLogger } from '../../../../src/logging/logger.js';
import { Latch } from '../../../support/parcels.js';
import { settled, VirtualClock } from '../../../support/virtual-clock.js';
import { CACHE, type CacheStep } from './cache-steps.js';
import { picked, WAITS } from './naive-bus.js';

const Look = query('model.look', {
  data: z.object({ account: z.string() }),
  result: z.object({ no: z.number() }),
});
const Changed = event('model.changed', { data: z.object({}) });

interface Call {
  readonly no: number;
  readonly signal: AbortSignal;
  readonly latch: Latch;
  isEnded: boolean;
}

interface Caller {
  /** The number of the last run that began before the last invalidation, before the question was asked. */
  readonly floor: number;
  outcome: string;
}

/** A query with a cache, driven by the same steps. */
export class RealCache {
  readonly #bus: MessageBus;
  readonly #clock = new VirtualClock();
  readonly calls: Call[] = [];
  readonly callers: Caller[] = [];
  readonly #floors = new Map<string, number>();
  #handled: Latch[] = [];

  constructor() {
    this.#bus = createMessageBus({ clock: this.#clock, logger: silentLogger });
    const options = { ...CACHE, vary: 'tenant', tags: tagsOf, invalidatedBy: [Changed] } as const;
    this.#bus.requests.answer(Look, (context) => this.#look(context.signal), { cache: options });
    this.#bus.events.subscribe(Changed, () => {
      const latch = new Latch();
      this.#handled.push(latch);
      return latch.opened;
    });
  }

  async take(step: CacheStep): Promise<void> {
    if (step.kind === 'ask') this.#ask(step);
    else if (step.kind === 'end')
      this.#end(
        picked(
          this.calls.filter(({ isEnded }) => !isEnded),
          step.pick,
        ),
        step.how,
      );
    else if (step.kind === 'invalidate') this.#invalidate(step.account);
    else if (step.kind === 'wait') await this.#clock.advance(step.ms);
    else await this.#event(step.kind);
    await settled();
  }

  /** Answers that were found before an invalidation that came before the question. */
  get outdated(): readonly string[] {
    return this.callers
      .filter(({ outcome, floor }) => outcome.startsWith('finish') && Number(outcome.split(' ')[1]) <= floor)
      .map(({ outcome, floor }) => `${outcome}, after an invalidation at ${floor}`);
  }

  get pending(): number {
    return this.#clock.pending;
  }

  get hits(): number {
    const [stats] = this.#bus.requests.cacheStats();
    return (stats?.hits ?? 0) + (stats?.staleHits ?? 0);
  }

  async stop(): Promise<boolean> {
    for (const latch of this.#handled) latch.open();
    return (await this.#bus.stop()).isDrained;
  }

  async #look(signal: AbortSignal): Promise<{ no: number }> {
    const latch = new Latch();
    const no = this.calls.length + 1;
    this.calls.push({ no, signal, latch, isEnded: false });
    await latch.opened;
    return { no };
  }

  #ask({ account, tenant, timeoutMs }: Extract<CacheStep, { kind: 'ask' }>): void {
    const caller: Caller = { floor: this.#floors.get(account) ?? 0, outcome: WAITS };
    this.callers.push(caller);
    const options = {
      ...(tenant === undefined ? {} : { tenant }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    this.#bus.requests.ask(Look, { account }, options).then(
      ({ no }) => {
        caller.outcome = `finish ${no}`;
      },
      (error) => {
        caller.outcome = error instanceof MortarError ? 'timeout' : error.message;
      },
    );
  }

  #end(call: Call | undefined, how: 'finish' | 'fail'): void {
    if (call === undefined) return;
    call.isEnded = true;
    if (how === 'finish') call.latch.open();
    else call.latch.break(new Error(`fail ${call.no}`));
  }

  #invalidate(account: string | undefined): void {
    this.#bus.requests.invalidate(account === undefined ? { query: Look } : { tags: [account] });
    this.#raiseFloors(account);
  }

  async #event(what: 'publish' | 'handle'): Promise<void> {
    if (what === 'publish') await this.#bus.events.enqueue(Changed, {});
    const handled = this.#handled;
    if (what === 'handle') {
      this.#handled = [];
      for (const latch of handled) latch.open();
      await settled();
    }
    if (what === 'publish' || handled.length > 0) this.#raiseFloors(undefined);
  }

  #raiseFloors(account: string | undefined): void {
    for (const one of account === undefined ? ['a', 'b'] : [account])
      this.#floors.set(one, this.calls.length);
  }
}

function tagsOf({ account }: { readonly account: string }): readonly string[] {
  return [account];
}
