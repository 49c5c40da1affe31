import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MortarError } from '../../../src/errors/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import type { Unit, UnitOutcome, UnitStore } from '../../../src/unit-of-work/index.js';
import { Stock, Take, Taken, takeOut } from './stock.js';

/** Where a command goes wrong. `lost` is committed, and the answer does not arrive. */
const FAULTS = ['none', 'none', 'none', 'handler', 'write', 'result', 'refused', 'lost', 'again'] as const;
type Fault = (typeof FAULTS)[number];

interface Sent {
  readonly process: number;
  /** Which of a few keys, or none at all. */
  readonly key: number | undefined;
  readonly fault: Fault;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  process: fc.nat(1),
  key: fc.option(fc.nat(3), { nil: undefined }),
  fault: fc.constantFrom(...FAULTS),
});
/** Commands that are sent at once, several times in a row. */
const plan = fc.array(fc.array(sent, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });

function unavailable(code: 'MORTAR_STORE_UNAVAILABLE' | 'MORTAR_COMMIT_UNKNOWN'): MortarError {
  return new MortarError(code, { rule: 'r.', expected: 'an answer', got: 'none' });
}

/** A process whose connection to the store fails as the command says that is being committed. */
class Process {
  readonly #stock: Stock;
  readonly requests: ReturnType<Stock['bus']>['requests'];

  constructor(stock: Stock) {
    this.#stock = stock;
    const units: Pick<UnitStore, 'commit' | 'findResult'> = {
      commit: async ([unit]) => [await this.#commit(unit as Unit)],
      findResult: (key) => stock.units.findResult(key),
    };
    this.requests = stock.bus({}, units).requests;
    this.requests.handle(Take, async ({ data, publish, write, commit }) => {
      const [, fault] = data.item.split(' ');
      await publish(Taken, { item: data.item, count: data.count });
      if (fault === 'handler') throw new Error('the handler');
      await write((tx: MemoryTransaction) => takeOut(tx, 'all', data.count));
      if (fault === 'write') await write(() => Promise.reject(new Error('the write')));
      return commit(async (tx: MemoryTransaction) => {
        const left = await tx.table<number>('items').get('all');
        return { left: fault === 'result' ? (`${left}` as never) : (left ?? 0) };
      });
    });
  }

  async #commit(unit: Unit): Promise<UnitOutcome> {
    const fault = unit.appends[0]?.events[0]?.key?.split(' ')[1];
    if (fault === 'refused') return { ok: false, error: unavailable('MORTAR_STORE_UNAVAILABLE') };
    const lost = (): never => {
      throw new Error('another one of the group');
    };
    if (fault === 'again') await this.#stock.units.commit([{ ...unit, writes: [...unit.writes, lost] }]);
    const [outcome] = await this.#stock.units.commit([unit]);
    if (fault === 'lost' && outcome?.ok === true)
      return { ok: false, error: unavailable('MORTAR_COMMIT_UNKNOWN') };
    return outcome as UnitOutcome;
  }
}

async function run(rounds: readonly (readonly Sent[])[]) {
  const stock = new Stock();
  const processes = [new Process(stock), new Process(stock)];
  // The first fault of a key is that of all commands with it: the same key has the same data.
  const faultOf = new Map<number, Fault>();
  const results = new Map<number, Set<number>>();
  let unkeyed = 0;
  for (const round of rounds) {
    await Promise.all(
      round.map(async ({ process, key, fault }) => {
        if (key !== undefined && !faultOf.has(key)) faultOf.set(key, fault);
        const kind = key === undefined ? fault : faultOf.get(key);
        const options = key === undefined ? {} : { idempotencyKey: `key-${key}` };
        const data = { item: `${key ?? 'none'} ${kind}`, count: 1 };
        const sending = processes[process]?.requests.dispatch(Take, data, options);
        const left = await sending?.then(
          (answer) => answer.left,
          () => undefined,
        );
        if (key === undefined && (left !== undefined || kind === 'lost')) unkeyed += 1;
        if (key !== undefined && left !== undefined)
          results.set(key, (results.get(key) ?? new Set()).add(left));
      }),
    );
  }
  return { stock, faultOf, results, unkeyed };
}

describe('commands of two processes with faults everywhere', () => {
  test('2,000 runs: state, events and results are of the same commits, and a key is committed once', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (rounds) => {
        const { stock, faultOf, results, unkeyed } = await run(rounds);
        const items = (await stock.entries()).map(({ key }) => key ?? '');
        // One event for each that was taken out.
        expect(items).toHaveLength(10 - Number(stock.left('all') ?? 10));
        expect(items.filter((item) => item.startsWith('none'))).toHaveLength(unkeyed);
        for (const [key, fault] of faultOf) {
          const committed = items.filter((item) => item.startsWith(`${key} `)).length;
          expect(committed).toBe(['handler', 'write', 'result', 'refused'].includes(fault) ? 0 : 1);
          // Whoever has an answer has the same: also of a commit whose own answer was lost, once it is asked again.
          expect(results.get(key)?.size ?? 0).toBeLessThanOrEqual(committed);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
