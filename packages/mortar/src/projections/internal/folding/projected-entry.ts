import type { CodecOptions } from '../../../contracts/index.js';
import { type DomainEvent, type KnownEvents, readEntry } from '../../../sourcing/index.js';
import type { UnplacedEntry } from '../../../unit-of-work/index.js';
import type { ProjectedEvent } from '../../projected-event.js';

/**
 * The events of today that an entry stands for, as a projection sees them: one, but for retired types.
 * @throws MortarError as `readEntry`
 */
export function projectedEvents(
  known: KnownEvents<DomainEvent>,
  entry: UnplacedEntry,
  codec: CodecOptions | undefined,
): readonly ProjectedEvent[] {
  const events: ProjectedEvent[] = [];
  readEntry(known, entry, codec, ({ type, data }) => {
    events.push({
      type,
      data,
      id: entry.id,
      streamId: entry.streamId,
      version: entry.version,
      key: entry.key,
      tags: entry.tags,
      occurredAt: entry.occurredAt,
      actor: entry.actor,
      tenant: entry.tenant,
    });
  });
  return events;
}
