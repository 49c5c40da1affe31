import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createEnvelope, encode, event, newId } from '../../src/contracts/index.js';
import { encodeEvent, type LogEntry, type Position } from '../../src/event-store/index.js';
import { type ProjectionRun, placeOf, projection, runOf } from '../../src/projections/index.js';
import { memorySubject } from '../support/memory-subject.js';

const Put = event('things.put', { data: z.object({ keys: z.array(z.string()), value: z.any() }) });
const Cut = event('things.cut', { data: z.object({ keys: z.array(z.string()), length: z.number() }) });

/** What any code may make of its events: values of all kinds, kept, cut and removed. */
const heaps = projection('heaps', {
  events: [Put, Cut],
  initialState: (key): unknown[] => [key],
  keys: ({ data }) => data.keys,
  perTenant: true,
  on: {
    'things.put': (heap, { data, occurredAt, tenant }) => [...heap, data.value, new Date(occurredAt), tenant],
    'things.cut': (heap, { data }) => (data.length === 0 ? undefined : heap.slice(0, data.length)),
  },
});

const key = fc.constantFrom('a', 'b', 'ключ', 'a b');
const keys = fc.uniqueArray(key, { maxLength: 4 });
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
  fc.integer(),
  fc.constantFrom(-0, null, undefined, 2n ** 70n, true),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('$date', 'b', 'a', '1', '__proto__'), fc.integer(), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  fc
    .array(fc.tuple(fc.string({ unit: 'grapheme-ascii' }), fc.integer()), { maxLength: 3 })
    .map((pairs) => new Map(pairs)),
);
const step = fc.record({
  happened: fc.oneof(
    fc.record({ contract: fc.constant(Put), data: fc.record({ keys, value }) }),
    fc.record({
      contract: fc.constant(Cut),
      data: fc.record({ keys, length: fc.integer({ min: 0, max: 5 }) }),
    }),
  ),
  tenant: fc.constantFrom(undefined, 'red', 'blue'),
  occurredAt: fc.integer({ min: 0, max: 10_000 }),
});

/** The documents of a plain fold in memory, as texts, by tenant and key. */
function folded(
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
): Record<string, string> {
  const all = new Map<string, unknown[]>();
  for (const { happened, tenant, occurredAt } of steps) {
    for (const one of new Set(happened.data.keys)) {
      const place = `${tenant ?? ''}/${one}`;
      const before = all.get(place) ?? [one];
      if ('value' in happened.data)
        all.set(place, [...before, happened.data.value, new Date(occurredAt), tenant]);
      else if (happened.data.length === 0) all.delete(place);
      else all.set(place, before.slice(0, happened.data.length));
    }
  }
  return Object.fromEntries([...all].map(([place, heap]) => [place, encode(heap)]));
}

describe('documents', () => {
  it('are those of a plain fold, byte for byte, for any log, any pages and any restarts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.record({ size: fc.integer({ min: 1, max: 12 }), isRepeated: fc.boolean() }), {
          minLength: 1,
        }),
        async (steps, cuts) => {
          const { events, units, documents } = memorySubject();
          const appended = steps.map(({ happened: { contract, data }, tenant, occurredAt }) =>
            encodeEvent(
              createEnvelope<unknown, unknown, string>(contract, data, {
                occurredAt,
                ...(tenant === undefined ? {} : { tenant }),
              }),
            ),
          );
          if (appended.length > 0) await events.append([{ events: appended }]);
          const run = (): ProjectionRun => runOf(heaps, { ...placeOf('m', heaps, 1), documents, units });
          await run().prepare();
          let after: Position | undefined;
          for (let turn = 0; ; turn += 1) {
            const { size = 1, isRepeated = false } = cuts[turn % cuts.length] ?? {};
            const page = await events.readAll({ limit: size, ...(after === undefined ? {} : { after }) });
            // What was folded and not committed, by a process that ended, leaves nothing behind.
            if (isRepeated) await run().fold(page.entries);
            await commitAll(run(), page.entries);
            after = page.next;
            if (page.isEnd) break;
          }
          expect(await keptIn()).toEqual(folded(steps));

          async function commitAll(one: ProjectionRun, entries: readonly LogEntry[]): Promise<void> {
            const work = await one.work(entries);
            const [outcome] = await units.commit([{ id: newId(), ...work }]);
            expect(outcome).toMatchObject({ ok: true });
          }

          async function keptIn(): Promise<Record<string, string>> {
            const kept: [string, string][] = [];
            for (const tenant of ['', 'red', 'blue'])
              for (const found of await documents.find('m/heaps#1', {
                tenant,
                where: [],
                order: [],
                limit: 100,
              }))
                kept.push([`${tenant}/${found.key}`, found.body]);
            return Object.fromEntries(kept);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
