import { keyHashOf, orderKeyOfEntry, partitionOf } from 'mortar/event-store';
import { WORK } from './plan.mjs';

/** @typedef {import('./remains.mjs').Remains} Remains */
/** @typedef {import('./remains.mjs').Place} Place */

/**
 * At any moment at which nobody is at work: what a checkpoint has passed has its effect, or a dead letter, or waits with its
 * held key; and what it has not passed has none of these.
 * @param {Pick<Remains, 'entries' | 'effects' | 'letters' | 'places'>} remains
 * @returns {string[]} violations
 */
export function auditPlaces({ entries, effects, letters, places }) {
  const works = entries.filter(({ type }) => type === WORK);
  return places.flatMap((place) => {
    const isOfPlace = (/** @type {{ subscription: string }} */ { subscription }) =>
      subscription === place.subscription;
    const ended = new Set([...effects, ...letters].filter(isOfPlace).map(({ event }) => event));
    const isPassed = passing(place);
    const isHeld = holding(place);
    return works.flatMap((entry) => {
      const orderKey = orderKeyOfEntry(entry);
      const hasCome = isPassed(orderKey, entry.position);
      const isKept = ended.has(entry.id) || isHeld(orderKey, entry.position);
      if (hasCome === isKept) return [];
      const what = `event ${entry.id} at position ${entry.position}`;
      return hasCome
        ? `the checkpoint of ${place.subscription} has passed ${what}, of which there is nothing`
        : `the checkpoint of ${place.subscription} has not passed ${what}, of which there is something`;
    });
  });
}

/** @param {Place} place */
function passing({ partitions, checkpoints }) {
  const byNumber = new Map(
    checkpoints.map(({ partition, low, ahead }) => [
      partition,
      { low, ahead: new Set(/** @type {readonly number[]} */ (ahead)) },
    ]),
  );
  return (/** @type {string} */ orderKey, /** @type {number} */ position) => {
    const checkpoint = byNumber.get(partitionOf(keyHashOf(orderKey), partitions));
    return checkpoint !== undefined && (position <= checkpoint.low || checkpoint.ahead.has(position));
  };
}

/** @param {Place} place */
function holding({ held }) {
  const byKey = new Map(held.map((row) => [row.orderKey, row]));
  return (/** @type {string} */ orderKey, /** @type {number} */ position) => {
    const row = byKey.get(orderKey);
    return row !== undefined && row.first <= position && position <= row.last;
  };
}
