import process from 'node:process';
import { MortarError } from 'mortar/errors';
import { tell } from '../child.mjs';
import { instead } from './instead.mjs';

/** @typedef {import('mortar/delivery').OpenStore} OpenStore */
/** @typedef {'kill' | 'throw' | 'hang'} Action */

/**
 * Where a process is made to fail. `before` a call of the store; `within` its transaction; or once the store has `answered`,
 * with everything committed, and nobody knows of it yet.
 */
export const POINTS = /** @type {const} */ ([
  'append, before',
  'append, answered',
  'commit, before',
  'commit, within',
  'commit, answered',
  'lease, answered',
  'checkpoint, before',
  'checkpoint, within',
  'checkpoint, answered',
  'ledger, before',
  'ledger, answered',
  'dead letter, before',
  'dead letter, answered',
  'replay, before',
  'replay, answered',
  'relay, before',
  'relay, answered',
]);

/** @typedef {typeof POINTS[number]} Point */

/**
 * What a process does at one point, once, when it comes there for the nth time.
 * @typedef {{ readonly point: Point, readonly action: Action, readonly nth: number, readonly hangMs: number }} Failure
 */

/**
 * A store with points at which the process fails, and the point for the `write` functions of its units.
 * @param {OpenStore} store
 * @param {Failure | undefined} failure none for a process that only works
 */
export function withFailpoints(store, failure) {
  const times = new Map();
  /** @param {Point} point */
  const reach = async (point) => {
    times.set(point, (times.get(point) ?? 0) + 1);
    if (failure?.point !== point || times.get(point) !== failure.nth) return;
    tell(`reached ${point}`);
    await fail(failure);
  };
  const { events, units, deliveries } = store;
  /** @template T @param {readonly string[]} names @param {() => Promise<T>} call @returns {Promise<T>} */
  const around = async (names, call) => {
    for (const name of names) await reach(/** @type {Point} */ (`${name}, before`));
    const result = await call();
    for (const name of names) await reach(/** @type {Point} */ (`${name}, answered`));
    return result;
  };
  const failing = {
    events: instead(events, {
      append: (...given) => around(['append'], () => events.append(...given)),
    }),
    units: instead(units, {
      commit: (given) =>
        failed(given, () => around([isRelay(given) ? 'relay' : 'commit'], () => units.commit(given))),
    }),
    deliveries: instead(deliveries, {
      acquire: async (...given) => {
        const leases = await deliveries.acquire(...given);
        if (leases.length > 0) await reach('lease, answered');
        return leases;
      },
      commit: (batch) => around(kindsOf(batch), () => deliveries.commit(batch)),
    }),
  };
  return { store: instead(store, failing), reach };
}

/**
 * A batch always moves the checkpoint.
 * @param {import('mortar/delivery').DeliveryBatch} batch
 */
function kindsOf({ letters, hold }) {
  return [
    'checkpoint',
    ...(hold.length > 0 ? ['ledger'] : []),
    ...(letters.some(({ kind }) => kind === 'dead') ? ['dead letter'] : []),
    ...(letters.some(({ kind }) => kind === 'replayed') ? ['replay'] : []),
  ];
}

/**
 * A unit of the scheduler: it appends what was scheduled, and takes it off the schedule.
 * @param {readonly import('mortar/unit-of-work').Unit[]} units
 */
function isRelay(units) {
  return units.some(({ fired = [] }) => fired.length > 0);
}

/**
 * `UnitStore.commit` never rejects: its failures are outcomes.
 * @param {readonly import('mortar/unit-of-work').Unit[]} units
 * @param {() => Promise<readonly import('mortar/unit-of-work').UnitOutcome[]>} call
 */
async function failed(units, call) {
  try {
    return await call();
  } catch (error) {
    return units.map(() => ({ ok: /** @type {const} */ (false), error }));
  }
}

/** @param {Failure} failure */
async function fail({ point, action, hangMs }) {
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'hang') {
    // Nothing of this process moves, as if it were stopped: no timer, no heartbeat.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, hangMs);
    return;
  }
  const isCommitted = point.endsWith('answered');
  throw new MortarError(isCommitted ? 'MORTAR_COMMIT_UNKNOWN' : 'MORTAR_STORE_UNAVAILABLE', {
    rule: 'A failpoint fails.',
    expected: 'nothing else',
    got: point,
  });
}
