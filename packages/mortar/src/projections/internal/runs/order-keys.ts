import type { LogEntry } from '../../../event-store/index.js';

/** Stands for all keys of a projection. */
export const ALL_KEYS = '*';

/**
 * What stands for an entry of which nobody knows the document, since it can't be read or says no key: it alone. Where no other is to
 * go past it, such a key holds all.
 */
export function lostKey({ position }: Pick<LogEntry, 'position'>): string {
  return `${LOST}${position}`;
}

export function isLostKey(orderKey: string): boolean {
  return orderKey.startsWith(LOST);
}

const LOST = '?';

/** Of an entry that has a part in no document: nothing is held by it. */
export const NO_KEYS = '-';
