import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEventBus, type EventBus } from '../../src/bus/index.js';
import type { Envelope } from '../../src/contracts/index.js';
import { type DeadLetter, DeadLetters } from '../../src/delivery/index.js';
import { MortarError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { OrderPlaced, orderPlaced } from './letters.js';

/** What an operator, or the world, does. Letters are chosen by their place among those there are. */
type Action =
  | { readonly kind: 'deliver' }
  | { readonly kind: 'replay' | 'discard' | 'edit'; readonly place: number }
  | { readonly kind: 'replayAll' };

const place = fc.nat({ max: 5 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'deliver' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('replay' as const, 'discard' as const, 'edit' as const),
      place,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'replayAll' as const }) },
);
const SUBSCRIPTIONS = ['billing', 'mail'];
const EXPECTED_CODES = ['MORTAR_DEAD_LETTER_STATE', 'MORTAR_DEAD_LETTER_MISSING'];

/** A bus whose handlers fail as they are fated to, one step of theirs at a time, and an operator. */
class World {
  readonly store = new MemoryDeadLetterStore();
  readonly bus: EventBus;
  readonly deadLetters: DeadLetters;
  /** By event and subscription: how often the handler was called, and how often it succeeded. */
  readonly calls = new Map<string, number>();
  readonly successes = new Map<string, number>();
  readonly delivered: Envelope[] = [];
  readonly discarded: string[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #fates: boolean[];

  constructor(scheduler: fc.Scheduler, fates: readonly boolean[]) {
    this.#scheduler = scheduler;
    this.#fates = [...fates];
    this.bus = createEventBus({ deadLetters: this.store, logger: silentLogger });
    this.deadLetters = new DeadLetters({ store: this.store, bus: this.bus, contractOf: () => OrderPlaced });
    for (const name of SUBSCRIPTIONS)
      this.bus.subscribe(OrderPlaced, { name }, ({ envelope }) => this.#handle(envelope, name));
  }

  async do(next: Action): Promise<void> {
    try {
      await this.#do(next);
    } catch (error) {
      const isExpected = error instanceof MortarError && EXPECTED_CODES.includes(error.code);
      if (!isExpected) throw error;
    }
  }

  async letters(): Promise<readonly DeadLetter[]> {
    const states = ['dead', 'replaying', 'replayed', 'discarded'] as const;
    return (await Promise.all(states.map((state) => this.store.list({ state })))).flat();
  }

  async #do(next: Action): Promise<void> {
    if (next.kind === 'deliver') {
      const envelope = orderPlaced(`o-${this.delivered.length}`);
      this.delivered.push(envelope);
      await this.bus.deliver(envelope);
      return;
    }
    if (next.kind === 'replayAll') {
      await this.deadLetters.replayAll();
      return;
    }
    const letters = [...(await this.letters())].sort((a, b) => (a.id < b.id ? -1 : 1));
    const id = letters[next.place]?.id ?? 'none';
    if (next.kind === 'replay') await this.deadLetters.replay(id);
    else if (next.kind === 'edit') await this.deadLetters.editAndReplay(id, { orderId: 'edited', total: 1 });
    else this.discarded.push((await this.deadLetters.discard(id, 'ada')).id);
  }

  async #handle({ id }: Envelope, subscription: string): Promise<void> {
    const identity = `${id} ${subscription}`;
    this.calls.set(identity, (this.calls.get(identity) ?? 0) + 1);
    await this.#scheduler.schedule(Promise.resolve());
    if (this.#fates.shift() !== true) throw new Error('no connection');
    this.successes.set(identity, (this.successes.get(identity) ?? 0) + 1);
  }
}

function check(world: World, letters: readonly DeadLetter[]): void {
  const byIdentity = new Map<string, DeadLetter>();
  for (const letter of letters) {
    const identity = `${letter.envelope.id} ${letter.subscription}`;
    expect(byIdentity.has(identity)).toBe(false);
    byIdentity.set(identity, letter);
  }
  for (const [identity, calls] of world.calls) {
    const letter = byIdentity.get(identity);
    const successes = world.successes.get(identity) ?? 0;
    // Handled means that no letter waits for an operator, and the other way round. An edited letter is over unhandled.
    const isHandled = letter === undefined || (letter.state === 'replayed' && letter.note === undefined);
    expect(successes).toBe(isHandled ? 1 : 0);
    if (letter !== undefined) expect(letter.attempts).toBe(calls - successes);
  }
  for (const { id } of world.delivered)
    for (const subscription of SUBSCRIPTIONS) expect(world.calls.has(`${id} ${subscription}`)).toBe(true);
  for (const letter of letters) {
    expect(letter.state).not.toBe('replaying');
    expect(letter.state === 'discarded').toBe(world.discarded.includes(letter.id));
    // An edited letter is over, and its successor has been called.
    const successor = letter.note?.startsWith('edited as ')
      ? letter.note.slice('edited as '.length)
      : undefined;
    if (successor !== undefined) expect(world.calls.has(`${successor} ${letter.subscription}`)).toBe(true);
  }
}

it('any interleaving leaves each event and subscription in one state, and replays no success', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(action, { minLength: 1, maxLength: 25 }),
      fc.array(fc.boolean(), { maxLength: 40 }),
      async (scheduler, actions, fates) => {
        const world = new World(scheduler, fates);
        const running = actions.map((next) =>
          scheduler.schedule(Promise.resolve()).then(() => world.do(next)),
        );
        await scheduler.waitFor(Promise.all(running));
        check(world, await world.letters());
        await world.bus.stop();
      },
    ),
    { numRuns: 1_000 },
  );
});
