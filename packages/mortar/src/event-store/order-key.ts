import type { EncodedEvent, LogEntry } from './event-store.js';

/** What stands for an event where events are kept in order: its key, else its stream, else its own id. */
export function orderKeyOf(
  { key, id }: Pick<EncodedEvent, 'key' | 'id'>,
  stream: string | undefined,
): string {
  return key ?? stream ?? id;
}

/** The same of an event in the log. */
export function orderKeyOfEntry(entry: LogEntry): string {
  return orderKeyOf(entry, entry.streamId);
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A number from 0 to 2^31 - 1 that is the same for a key in every process and version, since stores keep it: FNV-1a of
 * 32 bits (Fowler, Noll and Vo) over the UTF-16 code units, low byte first, mixed once more and without its last bit.
 */
export function keyHashOf(orderKey: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < orderKey.length; index += 1) {
    const unit = orderKey.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), FNV_PRIME);
    hash = Math.imul(hash ^ (unit >>> 8), FNV_PRIME);
  }
  // The low bits alone choose a partition, so the high ones are brought into them.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return hash >>> 1;
}

/** The partition, from 0, in which a key lies that hashes to this. */
export function partitionOf(keyHash: number, partitions: number): number {
  return keyHash % partitions;
}
