import { tell } from '../child.mjs';
import { instead } from './instead.mjs';

/** @typedef {import('mortar/delivery').OpenStore} OpenStore */
/** @typedef {import('mortar/delivery').DeliveryBatch} DeliveryBatch */

/**
 * For the child: a store that tells the campaign which attempts it puts on record, before it does so, and which of them are
 * over, after that is committed; further when leases are lost, and that deliveries were committed. What is on record and
 * not over when a process ends was cut off by its end.
 * @param {OpenStore} store
 * @returns {OpenStore}
 */
export function tellingAttempts(store) {
  const { deliveries, deadLetters } = store;
  /** Positions of letters that are replayed. @type {Map<string, number>} */
  const positions = new Map();
  return instead(store, {
    deadLetters: instead(deadLetters, {
      async replaying(...given) {
        const letters = await deadLetters.replaying(...given);
        for (const { letterId, entry } of letters) positions.set(letterId, entry.position);
        return letters;
      },
    }),
    deliveries: instead(deliveries, {
      commit: (batch) => telling(batch, positions, () => deliveries.commit(batch)),
      async renew(leases, ttlMs) {
        const kept = await deliveries.renew(leases, ttlMs);
        for (const { subscription, partition, token } of leases) {
          const isKept = kept.some(
            (lease) =>
              lease.subscription === subscription && lease.partition === partition && lease.token === token,
          );
          if (!isKept) tell(`lost ${subscription} ${partition}`);
        }
        return kept;
      },
    }),
  });
}

/**
 * @param {DeliveryBatch} batch
 * @param {ReadonlyMap<string, number>} positions
 * @param {() => ReturnType<import('mortar/delivery').DeliveryStore['commit']>} commit
 */
async function telling(batch, positions, commit) {
  const { began, over } = changesOf(batch, positions);
  if (began.length > 0) tell(began.join('\n'));
  try {
    const outcome = await commit();
    if (!outcome.ok) return outcome;
    if (over.length > 0) tell(over.join('\n'));
    if (batch.units.length > 0) tell(`settled ${batch.units.length}`);
    return outcome;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'MORTAR_LEASE_LOST' || code === 'MORTAR_COMMIT_UNKNOWN')
      tell(batch.progress.map(({ partition }) => `lost ${batch.subscription} ${partition}`).join('\n'));
    throw error;
  }
}

/**
 * A row of a key says which event of it is on record; another row in its place, or none, that it is over.
 * @param {DeliveryBatch} batch
 * @param {ReadonlyMap<string, number>} positions
 */
function changesOf({ subscription, hold, release, letters }, positions) {
  const began = [];
  const over = release.map(({ partition, orderKey }) => `over ${subscription} ${partition} ${orderKey}`);
  for (const { partition, orderKey, first, state, attempts } of hold) {
    const place = `${subscription} ${partition} ${orderKey}`;
    if (state === 'running') began.push(`began ${place} ${first} ${attempts}`);
    over.push(state === 'running' ? `over ${place} ${first}` : `over ${place}`);
  }
  for (const letter of letters) {
    const known = letter.kind === 'dead' ? letter.entry.position : positions.get(letter.letterId);
    const place = `${subscription} letter ${known}`;
    if (letter.kind === 'replaying' && letter.isRunning)
      began.push(`began ${place} ${known} ${letter.attempts}`);
    else over.push(`over ${place}`);
  }
  return { began, over };
}

/**
 * What one process may have on record: by the place, the attempts of positions. There are two of a place while it is not known
 * whether the second was put in place of the first.
 * @typedef {Map<string, Map<string, number>>} OnRecord
 */

/** For the campaign: how often attempts for an event were cut off while they were on record. */
export function makeAttempts() {
  /** By subscription and position. @type {Map<string, number>} */
  const cutOff = new Map();
  const cut = (/** @type {string} */ subscription, /** @type {string} */ position) => {
    const name = `${subscription} ${position}`;
    cutOff.set(name, (cutOff.get(name) ?? 0) + 1);
  };
  return {
    /** @type {ReadonlyMap<string, number>} */
    cutOff,
    /** @type {(line: string, own: OnRecord) => boolean} whether it was a line about attempts; `own` is of the process that has said it */
    hear(line, own) {
      const [what, subscription = '', partition = '', orderKey = '', position = '', attempt] =
        line.split(' ');
      const place = `${subscription} ${partition} ${orderKey}`;
      const there = own.get(place) ?? new Map();
      if (what === 'began') {
        // It is put on record once more without having been over: the process had lost it in between.
        if ((there.get(position) ?? Number(attempt)) < Number(attempt)) cut(subscription, position);
        own.set(place, there.set(position, Number(attempt)));
      } else if (what === 'over') {
        for (const other of there.keys()) if (other !== position) there.delete(other);
      } else if (what === 'lost') {
        for (const [some, attempts] of own) {
          const isThere = some.startsWith(`${subscription} ${partition} `);
          // It is not known in which partition a letter lies: it may be cut off yet.
          if (isThere || some.startsWith(`${subscription} letter `))
            for (const lost of attempts.keys()) cut(subscription, lost);
          if (isThere) own.delete(some);
        }
      } else return false;
      return true;
    },
    /** @type {(own: OnRecord) => void} the process has ended, in whatever way */
    ended(own) {
      for (const [place, attempts] of own)
        for (const position of attempts.keys()) cut(place.slice(0, place.indexOf(' ')), position);
      own.clear();
    },
  };
}
