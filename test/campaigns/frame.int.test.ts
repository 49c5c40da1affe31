import fc from 'fast-check';
import type { EncodedEvent, LogEntry } from 'mortar/event-store';
import { position, streamId, version } from 'mortar/event-store';
import { describe, expect, it } from 'vitest';
import { parseArguments, UsageError } from '../../campaigns/frame/arguments.mjs';
import {
  type Acknowledged,
  acknowledgement,
  makeAudit,
  readAcknowledged,
} from '../../campaigns/frame/audit.mjs';
import { report } from '../../campaigns/frame/campaign.mjs';
import { addCounts } from '../../campaigns/frame/counts.mjs';
import { hashOf, makeEvents } from '../../campaigns/frame/event.mjs';
import { makeRandom } from '../../campaigns/frame/random.mjs';
import { makeLedger, makeSeen } from '../../campaigns/suites/race/ledger.mjs';

describe('arguments of the campaigns', () => {
  const known = ['kill', 'race'];

  it('takes a name, and chooses a seed', () => {
    const { seed, ...request } = parseArguments(['kill'], known);
    expect(request).toEqual({ name: 'kill', runs: undefined, store: undefined, isNaive: false, workers: 1 });
    expect(Number.isSafeInteger(seed)).toBe(true);
  });

  it('takes what it is told', () => {
    const given = ['race', '--runs', '7', '--seed=0', '--store', 'postgres', '--naive', '--workers', '4'];
    expect(parseArguments(given, known)).toEqual({
      name: 'race',
      runs: 7,
      seed: 0,
      store: 'postgres',
      isNaive: true,
      workers: 4,
    });
  });

  it.each([
    { given: [], got: 'Expected one of: kill, race; got none.' },
    { given: ['kil'], got: 'got kil.' },
    { given: ['kill', 'race'], got: 'got kill race.' },
    { given: ['kill', '--runs', '0'], got: '--runs with a whole number from 1 to 100000000; got 0.' },
    { given: ['kill', '--workers', '0'], got: '--workers with a whole number from 1 to 64; got 0.' },
    { given: ['kill', '--seed', '1e3'], got: 'got 1e3.' },
    { given: ['kill', '--store', 'mysql'], got: '--store with one of: memory, sqlite, postgres; got mysql.' },
    { given: ['kill', '--fast'], got: "got Unknown option '--fast'." },
  ])('refuses $given', ({ given, got }) => {
    expect(() => parseArguments(given, known)).toThrow(UsageError);
    expect(() => parseArguments(given, known)).toThrow(got);
  });
});

describe('randomness', () => {
  it('comes again with the same seed, and stays in its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 1_000 }),
        (seed, limit) => {
          const [one, two] = [makeRandom(seed), makeRandom(seed)];
          for (let count = 0; count < 20; count += 1) {
            const value = one.below(limit);
            expect(value).toBe(two.below(limit));
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThan(limit);
          }
        },
      ),
    );
  });

  it('is spread evenly', () => {
    const random = makeRandom(7);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let count = 0; count < 100_000; count += 1) {
      const slot = random.below(10);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(() => random.pick([])).toThrow(RangeError);
  });
});

describe('what is printed', () => {
  it('ends with the count of violations, after all counts and the first of them', () => {
    expect(report({ counts: { kills: 1_234 }, violations: [] })).toMatch(
      /^ +1,234 {2}kills\n0 violations\n$/,
    );
    const many = Array.from({ length: 25 }, (_, index) => `fault ${index}`);
    const text = report({ counts: {}, violations: many });
    expect(text).toContain('violation: fault 19\n');
    expect(text).not.toContain('fault 20');
    expect(text).toMatch(/… and 5 more\n25 violations\n$/);
  });
});

describe('what workers have counted', () => {
  it('is added up, but for how long something took at most', () => {
    const counts = { kills: 1 };
    for (const others of [
      { kills: 2, 'longest wait, ms': 7 },
      { kills: 3, 'longest wait, ms': 5 },
    ])
      addCounts(counts, others);
    expect(counts).toEqual({ kills: 6, 'longest wait, ms': 7 });
  });
});

// A check that can't fail checks nothing: each of these plants one fault into a log that is otherwise right.
describe('the audit of a log', () => {
  it('has nothing to say of a log that is right', () => {
    const { entries, acknowledged } = makeLog();
    expect(audit(entries, acknowledged)).toEqual([]);
  });

  it.each<[string, (entries: LogEntry[]) => LogEntry[], string]>([
    ['an event that is gone', (entries) => entries.toSpliced(-1, 1), 'and is gone'],
    [
      'an event that is gone from the middle of its stream',
      (entries) => entries.toSpliced(3, 1),
      'expected 1',
    ],
    ['an event twice', (entries) => [...entries, ...entries.slice(0, 1)], 'is there twice'],
    ['two in the wrong order', ([a, b, ...rest]) => (a && b ? [b, a, ...rest] : []), 'comes after position'],
    ['another payload', (entries) => change(entries, 2, { payload: '"other"' }), 'that was not written so'],
    ['another stream', (entries) => change(entries, 2, { streamId: streamId('order-2') }), 'order-1 3'],
    ['another version', (entries) => change(entries, 5, { version: version(9) }), 'has version 9'],
    [
      'another position',
      (entries) => change(entries, 5, { position: position(99) }),
      'at 6 was acknowledged',
    ],
  ])('finds %s', (_, plant, expected) => {
    const { entries, acknowledged } = makeLog();
    expect(audit(plant(entries), acknowledged).join('\n')).toContain(expected);
  });

  it('finds half of an append that nobody was told of', () => {
    const { entries } = makeLog();
    expect(audit(entries.slice(0, -1), new Map()).join('\n')).toContain('has 2 of its 3 events');
    expect(audit(entries, new Map())).toEqual([]);
  });

  it('reads the line of an acknowledgement as it was written', () => {
    const told = { stream: 'order-1', version: 3, position: 12, hash: 'abc' };
    const into = new Map<string, Acknowledged>();
    expect(readAcknowledged(acknowledgement('id', told), into)).toBe(true);
    expect(into).toEqual(new Map([['id', told]]));
    for (const line of ['ready', 'ack', 'ack id order-1 3', ''])
      expect(readAcknowledged(line, into)).toBe(false);
  });
});

describe('the ledger of a race', () => {
  it('counts for each reader what it missed, saw twice, or saw out of order', () => {
    const ledger = makeLedger();
    ledger.acknowledge('a', 1, 3);
    ledger.acknowledge('a', 5, 1);
    ledger.acknowledge('b', 1, 2);
    const seen = makeSeen();
    for (const number of [1, 3, 2, 2]) seen.see('a', number);
    // Not acknowledged, and there all the same: nobody was promised that it is not.
    seen.see('a', 4);
    seen.see('b', 1);
    expect({ total: ledger.total(), missed: ledger.missedBy(seen) }).toEqual({ total: 6, missed: 2 });
    expect(seen.faults).toEqual({ doubled: 1, disordered: 1 });
  });
});

/** Six appends of three events, in two streams by turns. */
function makeLog(): { entries: LogEntry[]; acknowledged: Map<string, Acknowledged> } {
  const random = makeRandom(1);
  const versions = new Map<string, number>();
  let last = 0;
  const entries = Array.from({ length: 6 }, (_, append) =>
    makeEvents(random, 3).map((event: EncodedEvent): LogEntry => {
      const stream = `order-${1 + (append % 2)}`;
      versions.set(stream, (versions.get(stream) ?? 0) + 1);
      last += 1;
      const place = { position: position(last), version: version(versions.get(stream) ?? 0) };
      return { ...event, ...place, streamId: streamId(stream), recordedAt: 0 };
    }),
  ).flat();
  const acknowledged = new Map(
    entries.map((entry) => [
      entry.id,
      {
        stream: entry.streamId ?? '',
        version: entry.version ?? 0,
        position: entry.position,
        hash: hashOf(entry.payload),
      },
    ]),
  );
  return { entries, acknowledged };
}

function change(entries: LogEntry[], index: number, fields: Partial<LogEntry>): LogEntry[] {
  return entries.map((entry, place) => (place === index ? { ...entry, ...fields } : entry));
}

function audit(entries: readonly LogEntry[], acknowledged: ReadonlyMap<string, Acknowledged>): string[] {
  const under = makeAudit(acknowledged);
  for (const entry of entries) under.see(entry);
  return under.end().violations;
}
