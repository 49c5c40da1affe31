import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineModule } from '../../../src/index.js';
import { MemoryLog, type MemoryTransaction, memory } from '../../../src/memory/index.js';
import { type DurableTestApp, testApp, VirtualClock } from '../../../src/testing/index.js';
import { opera, PrintTickets, SEATS, SeatsTaken, TakeSeats, TicketsPrinted } from './seats.js';

const SHOWS = ['aida', 'tosca'] as const;
type Show = (typeof SHOWS)[number];

type Step =
  | { readonly kind: 'take'; readonly show: Show; readonly count: number; readonly key: number | undefined }
  /** The printer is out of order for so many calls: before it has printed, or after that. */
  | { readonly kind: 'break'; readonly calls: number; readonly isAfter: boolean }
  | { readonly kind: 'restart' }
  | { readonly kind: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      show: fc.constantFrom(...SHOWS),
      count: fc.integer({ min: 1, max: 40 }),
      key: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('break' as const),
      calls: fc.integer({ min: 1, max: 3 }),
      isAfter: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
  },
);

/** A house that sells seats and prints tickets, whose apps come and go. */
class House {
  readonly log: MemoryLog;
  readonly #clock = new VirtualClock();
  #app: DurableTestApp | undefined;
  #broken = 0;
  #isAfter = false;
  /** Each call of the printer that came through. */
  printed = 0;
  readonly #keys = new Map<string, number | undefined>();

  constructor() {
    this.log = new MemoryLog({ clock: this.#clock });
  }

  async start(): Promise<void> {
    const options = { store: memory({ log: this.log }), clock: this.#clock };
    this.#app = await testApp([opera, this.#tickets()], options);
  }

  async do(step: Step): Promise<void> {
    const app = this.#app;
    if (app === undefined) throw new Error('not started');
    if (step.kind === 'pass') await app.advance(step.ms);
    else if (step.kind === 'break') [this.#broken, this.#isAfter] = [step.calls, step.isAfter];
    else if (step.kind === 'restart') {
      await app.stop();
      await this.start();
    } else await this.#take(app, step);
  }

  /** How many keys of callers were used with success. */
  get keys(): number {
    return this.#keys.size;
  }

  async end(): Promise<void> {
    await this.#app?.idle();
    await this.#app?.stop();
  }

  async #take(app: DurableTestApp, { show, count, key }: Extract<Step, { kind: 'take' }>): Promise<void> {
    const options = key === undefined ? {} : { idempotencyKey: `${show} ${count} ${key}` };
    const answer = await app.tryDispatch(TakeSeats, { show, count }, options);
    const left = answer.ok ? answer.value.left : undefined;
    if (key === undefined || !answer.ok) return;
    const name = options.idempotencyKey ?? '';
    // What was answered first is answered again.
    if (this.#keys.has(name)) expect(left).toBe(this.#keys.get(name));
    this.#keys.set(name, left);
  }

  #tickets() {
    const retry = { attempts: 20, backoff: { kind: 'fixed', delayMs: 10_000, jitter: false } } as const;
    return defineModule('tickets', (module) => {
      module.handle(PrintTickets, async ({ data, publish, write }) => {
        if (!this.#isAfter) this.#fail();
        this.printed += 1;
        await publish(TicketsPrinted, data);
        await write(async (tx: MemoryTransaction) => {
          const table = tx.table<number>('tickets');
          await table.set(data.show, ((await table.get(data.show)) ?? 0) + data.count);
        });
      });
      module.on(SeatsTaken, { retry, from: 'beginning' }, async ({ data, dispatch }) => {
        await dispatch(PrintTickets, data);
        // The tickets are printed and committed, and the delivery is not.
        if (this.#isAfter) this.#fail();
      });
    });
  }

  #fail(): void {
    if (this.#broken === 0) return;
    this.#broken -= 1;
    throw new Error('no paper');
  }
}

describe('an app that comes and goes on one log', () => {
  it('150 runs: prints exactly the tickets that were sold, once each, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const house = new House();
        await house.start();
        for (const one of steps) await house.do(one);
        await house.end();
        const payloadsOf = (type: string, show: Show): readonly string[] =>
          house.log.entries
            .filter((entry) => entry.type === type && entry.key === show)
            .map(({ payload }) => payload);
        for (const show of SHOWS) {
          const sold = payloadsOf('opera.seats-taken', show);
          expect(payloadsOf('tickets.printed', show)).toEqual(sold);
          const seats = sold.reduce((sum, payload) => sum + JSON.parse(payload).count, 0);
          expect(house.log.table('tickets').get(show) ?? 0).toBe(seats);
          expect(house.log.table('seats').get(show) ?? SEATS).toBe(SEATS - seats);
        }
        expect(house.printed).toBe(house.log.entries.filter(({ type }) => type === 'tickets.printed').length);
        // Keys of deliveries that are over are gone; those of callers are kept.
        expect(house.log.results.size).toBe(house.keys);
      }),
      { numRuns: 150 },
    );
  });
});
