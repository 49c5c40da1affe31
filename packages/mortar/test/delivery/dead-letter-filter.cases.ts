import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DeadLetter, DeadLetterFilter } from '../../src/delivery/index.js';
import { MortarError } from '../../src/errors/index.js';
import { invoiceSent, orderPlaced } from './letters.js';
import { type Bench, benchOf, type MakeStore } from './store-bench.js';

/** Letters that differ in whatever can be filtered by. */
async function variedLetters({ store, clock }: Bench): Promise<readonly DeadLetter[]> {
  const timeout = new MortarError('MORTAR_HANDLER_TIMEOUT', { rule: 'R.', expected: 'e', got: 'g' });
  const envelopes = [
    orderPlaced('o-1', { tenant: 'acme', correlationId: 'request 1' }),
    orderPlaced('o-2', { tenant: 'zenith', correlationId: 'request 1' }),
    invoiceSent('ada@example.org', { tenant: 'acme', correlationId: 'request 2' }),
    invoiceSent('bob@example.org'),
  ];
  const ids: string[] = [];
  for (const envelope of envelopes) {
    for (const subscription of ['mail', 'audit']) {
      for (const reason of ['failed', 'refused', 'stopped', 'dropped'] as const) {
        const error = ids.length % 3 === 0 ? timeout : new Error(`no mailbox ${ids.length}`);
        ids.push(
          await store.add({
            subscription: `${subscription} ${reason}`,
            envelope,
            reason,
            error,
            attempts: 1,
          }),
        );
        await clock.advance(10);
      }
    }
  }
  for (const [index, id] of ids.entries()) {
    if (index % 4 === 1) await store.change(id, 'dead', 'replaying');
    if (index % 8 === 2) await store.change(id, 'dead', 'discarded');
  }
  return Promise.all(ids.map(async (id) => (await store.get(id)) as DeadLetter));
}

/** The definition of a filter, in one line for each of its fields. */
function accepts(filter: DeadLetterFilter, letter: DeadLetter): boolean {
  const { envelope } = letter;
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [filter.state ?? 'dead', letter.state],
    [filter.subscription, letter.subscription],
    [filter.type, envelope.type],
    [filter.module, envelope.type.split('.')[0]],
    [filter.key, envelope.key],
    [filter.correlationId, envelope.correlationId],
    [filter.tenant, envelope.tenant],
    [filter.reason, letter.reason],
    [filter.category, letter.error.category],
    [filter.fingerprint, letter.fingerprint],
  ];
  return (
    pairs.every(([wanted, found]) => wanted === undefined || wanted === found) &&
    (filter.from === undefined || letter.lastDeadAt >= filter.from) &&
    (filter.to === undefined || letter.lastDeadAt < filter.to)
  );
}

const filters: readonly (readonly [DeadLetterFilter, number])[] = [
  [{}, 20],
  [{ state: 'dead' }, 20],
  [{ state: 'replaying' }, 8],
  [{ state: 'discarded' }, 4],
  [{ state: 'replayed' }, 0],
  [{ subscription: 'mail failed' }, 4],
  [{ subscription: 'audit stopped' }, 4],
  [{ type: 'shop.order-placed' }, 10],
  [{ type: 'shop.order-lost' }, 0],
  [{ module: 'billing' }, 10],
  [{ key: 'o-1' }, 5],
  [{ correlationId: 'request 1' }, 10],
  [{ tenant: 'acme' }, 10],
  [{ reason: 'dropped' }, 8],
  [{ category: 'timeout' }, 8],
  [{ category: 'internal' }, 12],
  [{ fingerprint: 'Error: no mailbox <n>' }, 12],
  [{ from: 1_000_160 }, 10],
  [{ to: 1_000_160 }, 10],
  [{ from: 1_000_000, to: 1_000_010 }, 1],
  [{ from: 1_000_010, to: 1_000_010 }, 0],
  [{ tenant: 'acme', key: 'o-1', reason: 'failed', state: 'dead' }, 2],
];

/** What a filter lets through, in lists and in groups. */
export function filterCases(makeStore: MakeStore): void {
  const bench = benchOf(makeStore);

  it.each(filters)('%j has %i of the dead', async (filter, count) => {
    const letters = await variedLetters(bench);
    const expected = letters.filter((letter) => accepts(filter, letter));
    expect(await bench.store.list(filter)).toEqual(expected);
    expect(expected).toHaveLength(count);
  });

  it('any combination of filters means all of them', async () => {
    const letters = await variedLetters(bench);
    const one = <K extends keyof DeadLetterFilter>(key: K): fc.Arbitrary<DeadLetterFilter> =>
      fc.constantFrom(...filters.map(([filter]) => filter).filter((filter) => key in filter));
    const keys = [
      'state',
      'subscription',
      'type',
      'module',
      'key',
      'tenant',
      'reason',
      'from',
      'to',
    ] as const;
    const combined = fc
      .subarray([...keys])
      .chain((chosen) => fc.tuple(...chosen.map(one)))
      .map((parts) => Object.assign({}, ...parts) as DeadLetterFilter);
    await fc.assert(
      fc.asyncProperty(combined, async (filter) => {
        const expected = letters.filter((letter) => accepts(filter, letter));
        expect(await bench.store.list(filter)).toEqual(expected);
        const groups = await bench.store.groups(filter);
        expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(expected.length);
      }),
      { numRuns: 100 },
    );
  });
}
