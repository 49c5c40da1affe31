import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createEnvelope, event } from '../../src/contracts/index.js';
import {
  decodeEntry,
  decodeEntryAs,
  encodeEvent,
  type LogEntry,
  streamId,
} from '../../src/event-store/index.js';
import { MemoryEventStore } from '../../src/memory/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import { caught } from '../contracts/caught.js';

const Seen = event('a.seen', { data: z.unknown() });
const SeenNow = event('a.seen', {
  data: z.object({ name: z.string() }),
  schemaVersion: 3,
  upcasters: { 1: (data) => ({ title: data }), 2: (data) => ({ name: Reflect.get(Object(data), 'title') }) },
});

async function kept(encoded: ReturnType<typeof encodeEvent>): Promise<LogEntry> {
  const events = new MemoryEventStore();
  await events.append([{ streamId: streamId('s-1'), events: [encoded] }]);
  const [entry] = await events.readStream(streamId('s-1'));
  if (entry === undefined) throw new Error('the event is there');
  return entry;
}

describe('an event, encoded and decoded', () => {
  it('is what it was, with its place', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.record({
          correlationId: fc.uuid(),
          actor: fc.constantFrom('anna', 'ben'),
          metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.stringMatching(/^[ -~]*$/)),
        }),
        async (data, options) => {
          const envelope = createEnvelope(Seen, data, options);
          const found = decodeEntry(await kept(encodeEvent(envelope, ['t'])));
          const { position, streamId: stream, version, recordedAt, tags, ...rest } = found;
          expect(rest).toEqual(envelope);
          expect([position, stream, version, tags]).toEqual([1, 's-1', 1, ['t']]);
          expect(recordedAt).toBeGreaterThan(1_000_000_000_000);
        },
      ),
    );
  });

  it('has no tags unless they are given', () => {
    expect(encodeEvent(createEnvelope(Seen, 1)).tags).toEqual([]);
  });

  it('refuses what the codec refuses, under the limits that are given', async () => {
    expect(caught(() => encodeEvent(createEnvelope(Seen, () => 1)))).toMatchObject({
      code: 'MORTAR_CODEC_UNSUPPORTED',
    });
    const large = createEnvelope(Seen, 'x'.repeat(100));
    expect(caught(() => encodeEvent(large, [], { maxBytes: 50 }))).toMatchObject({
      code: 'MORTAR_CODEC_TOO_LARGE',
    });
    const entry = await kept(encodeEvent(large));
    expect(caught(() => decodeEntry(entry, { maxBytes: 50 }))).toMatchObject({
      code: 'MORTAR_CODEC_TOO_LARGE',
    });
    expect(caught(() => decodeEntryAs(Seen, entry, { maxBytes: 50 }))).toMatchObject({
      code: 'MORTAR_CODEC_TOO_LARGE',
    });
  });

  it('is read as its contract is today', async () => {
    const entry = await kept(encodeEvent(createEnvelope(Seen, 'old')));
    expect(decodeEntryAs(SeenNow, entry)).toMatchObject({
      type: 'a.seen',
      schemaVersion: 3,
      data: { name: 'old' },
      position: 1,
    });
    expect(decodeEntryAs(Seen, entry)).toEqual(decodeEntry(entry));
    const newer = await kept({ ...anEvent({ type: 'a.seen' }), schemaVersion: 4 });
    expect(caught(() => decodeEntryAs(SeenNow, newer))).toMatchObject({ code: 'MORTAR_UPCAST_MISSING' });
  });
});
