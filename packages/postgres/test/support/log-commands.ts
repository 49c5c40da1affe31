import fc from 'fast-check';
import type { Change, LogCommand, ModelAppend, ModelEvent } from 'mortar/testing/conformance';

const stream = fc.nat({ max: 3 });
const numbers = fc.uniqueArray(fc.nat({ max: 2 }), { maxLength: 3 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 2): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq });

/** Ids are few, so that events come again: mostly as they were, since an event's parts follow from its id. */
const event: fc.Arbitrary<ModelEvent> = fc
  .record({ id: fc.nat({ max: 40 }), isChanged: fc.boolean(), noise: fc.nat({ max: 9 }) })
  .map(({ id, isChanged, noise }) => ({
    id,
    type: id % 3,
    body: isChanged && noise === 0 ? 1 : 0,
    tags: [id % 3, (id + 1) % 3].slice(0, id % 4 === 0 ? 0 : (id % 2) + 1),
    key: id % 5 === 0 ? id % 3 : undefined,
  }));

const append: fc.Arbitrary<ModelAppend> = fc
  .record({
    stream: maybe(stream, 4),
    expected: fc.oneof(
      { weight: 4, arbitrary: fc.constant('any' as const) },
      { weight: 1, arbitrary: fc.constantFrom('noStream' as const, 'streamExists' as const) },
      { weight: 2, arbitrary: fc.nat({ max: 5 }) },
    ),
    events: fc.array(event, { minLength: 1, maxLength: 3 }),
  })
  .map((one) => (one.stream === undefined ? { ...one, expected: 'any' as const } : one));

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constant('change' as const),
  appends: fc.oneof(
    { weight: 5, arbitrary: fc.array(append, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(append, { maxLength: 3 }) },
  ),
  condition: maybe(fc.record({ types: maybe(numbers), tags: maybe(numbers), behind: fc.nat({ max: 4 }) }), 1),
  unit: maybe(
    fc.record({
      effect: maybe(fc.nat({ max: 9 })),
      keep: maybe(fc.record({ key: fc.nat({ max: 4 }), digest: fc.nat({ max: 1 }) })),
      message: maybe(fc.nat({ max: 6 })),
    }),
  ),
});

const read: fc.Arbitrary<LogCommand> = fc.oneof(
  fc.record({
    kind: fc.constant('readAll' as const),
    skip: fc.nat({ max: 12 }),
    limit: fc.integer({ min: 1, max: 6 }),
    isBackwards: fc.boolean(),
    types: maybe(numbers, 1),
    streams: maybe(fc.uniqueArray(stream, { maxLength: 3 }), 1),
    tags: maybe(numbers, 1),
    withoutArchived: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('readStream' as const),
    stream,
    from: maybe(fc.nat({ max: 8 })),
    to: maybe(fc.nat({ max: 8 })),
    limit: fc.integer({ min: 1, max: 4 }),
    isBackwards: fc.boolean(),
  }),
);

/** Commands for `checkAgainstModel`: what a log may meet, weighted so that most of it is possible. */
export const logCommands: fc.Arbitrary<readonly LogCommand[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: change },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('together' as const),
        changes: fc.array(change, { minLength: 2, maxLength: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('state' as const),
        stream,
        state: fc.constantFrom('open' as const, 'open' as const, 'archived' as const, 'tombstoned' as const),
      }),
    },
    { weight: 4, arbitrary: read },
  ),
  { maxLength: 30 },
);
