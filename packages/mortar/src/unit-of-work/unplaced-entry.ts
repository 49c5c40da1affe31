import { type Append, isExpected, type LogEntry, type StreamId, type Version } from '../event-store/index.js';

/** An event while it is being appended: its place in its stream is known, its place in the log and its time are not yet. */
export type UnplacedEntry = Omit<LogEntry, 'position' | 'recordedAt'>;

/**
 * The events of appends in their order, before they are in the log.
 * @param versions of the last event of each append, as `AppendResult` has them
 */
export function unplacedEntries(
  appends: readonly Append[],
  versions: readonly (Version | undefined)[],
): readonly UnplacedEntry[] {
  return appends.flatMap(({ streamId, events }, append) => {
    const last = versions[append];
    return events.map((event, index) => ({
      ...event,
      streamId,
      version: last === undefined ? undefined : ((last - events.length + 1 + index) as Version),
    }));
  });
}

/**
 * The versions that the last event of each append will have, where each is appended after those before it; nothing where one
 * of them will be refused. Moves `streams` on, which holds the version of each stream that is open.
 */
export function versionsAhead(
  appends: readonly Append[],
  streams: Map<StreamId, Version>,
): readonly (Version | undefined)[] | undefined {
  const versions: (Version | undefined)[] = [];
  for (const { streamId, expectedVersion = 'any', events } of appends) {
    if (streamId === undefined) {
      versions.push(undefined);
      continue;
    }
    const actual = streams.get(streamId);
    if (actual === undefined || !isExpected(expectedVersion, actual)) return undefined;
    const last = (actual + events.length) as Version;
    streams.set(streamId, last);
    versions.push(last);
  }
  return versions;
}
