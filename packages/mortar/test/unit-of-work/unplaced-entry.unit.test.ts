import { describe, expect, it } from 'vitest';
import { type Append, streamId, type Version, version } from '../../src/event-store/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import { unplacedEntries, versionsAhead } from '../../src/unit-of-work/index.js';

const [A, B] = [streamId('a-1'), streamId('b-1')];

function appendTo(
  stream: typeof A | undefined,
  count: number,
  expectedVersion?: Append['expectedVersion'],
): Append {
  const events = Array.from({ length: count }, () => anEvent());
  return {
    ...(stream === undefined ? {} : { streamId: stream }),
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
    events,
  };
}

describe('versions of events that are not in the log yet', () => {
  it('follow those of their streams, append by append and unit by unit', () => {
    const streams = new Map([
      [A, version(3)],
      [B, version(0)],
    ]);
    expect(
      versionsAhead([appendTo(A, 2), appendTo(undefined, 4), appendTo(B, 1, 'noStream')], streams),
    ).toEqual([5, undefined, 1]);
    expect(versionsAhead([appendTo(A, 1, version(5))], streams)).toEqual([6]);
    expect([...streams.values()]).toEqual([6, 1]);
  });

  it.each([
    ['a closed stream', new Map<typeof A, Version>(), appendTo(A, 1)],
    ['another version', new Map([[A, version(3)]]), appendTo(A, 1, version(2))],
    ['a stream that is there', new Map([[A, version(3)]]), appendTo(A, 1, 'noStream')],
    ['a stream that is not there', new Map([[A, version(0)]]), appendTo(A, 1, 'streamExists')],
  ])('are none for an append that will be refused: %s', (_, streams, append) => {
    expect(versionsAhead([appendTo(undefined, 1), append], streams)).toBeUndefined();
  });

  it('are those of the entries, in the order of the events', () => {
    const appends = [appendTo(A, 2), appendTo(undefined, 1)];
    const entries = unplacedEntries(appends, [version(7), undefined]);
    expect(entries.map((entry) => [entry.id, entry.streamId, entry.version])).toEqual([
      [appends[0]?.events[0]?.id, A, 6],
      [appends[0]?.events[1]?.id, A, 7],
      [appends[1]?.events[0]?.id, undefined, undefined],
    ]);
    expect(entries[0]).toEqual({ ...appends[0]?.events[0], streamId: A, version: 6 });
  });
});
