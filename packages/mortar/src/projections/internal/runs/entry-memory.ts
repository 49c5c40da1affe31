import type { CodecOptions } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import { decodeEntry, type LogEntry, type RecordedEvent } from '../../../event-store/index.js';

/** The entries of events that were read, for as long as somebody holds these. */
export class EntryMemory {
  readonly #entries = new WeakMap<RecordedEvent, LogEntry>();
  readonly #codec: CodecOptions | undefined;

  constructor(codec: CodecOptions | undefined) {
    this.#codec = codec;
  }

  /** As it was written. @throws MortarError as `decodeEntry` */
  read(entry: LogEntry): RecordedEvent {
    const event = decodeEntry(entry, this.#codec);
    this.#entries.set(event, entry);
    return event;
  }

  /** @throws MortarError `MORTAR_OPTIONS_INVALID` for an event that was not read here */
  entryOf(event: RecordedEvent): LogEntry {
    const entry = this.#entries.get(event);
    if (entry !== undefined) return entry;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The entry of an event is known to the run that has read it.',
      expected: 'an event of this run',
      got: `another one, ${event.type}`,
    });
  }
}
