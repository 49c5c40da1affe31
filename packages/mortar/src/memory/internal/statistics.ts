import { categoryOf, type LogEntry, type LogStatistics, type Position } from '../../event-store/index.js';

const HOUR_MS = 3_600_000;

/** Counts entries. */
export function statisticsOf(entries: readonly LogEntry[], head: Position): LogStatistics {
  const streams = new Set<string>();
  const byType = new Map<string, number>();
  const byCategory = new Map<string, number>();
  const byHour = new Map<number, number>();
  for (const { type, streamId, recordedAt } of entries) {
    increase(byType, type);
    increase(byHour, Math.floor(recordedAt / HOUR_MS) * HOUR_MS);
    if (streamId === undefined) continue;
    streams.add(streamId);
    increase(byCategory, categoryOf(streamId));
  }
  return {
    events: entries.length,
    streams: streams.size,
    byType: Object.fromEntries(byType),
    byCategory: Object.fromEntries(byCategory),
    byHour: [...byHour].sort(([a], [b]) => a - b).map(([from, events]) => ({ from, events })),
    head,
  };
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
