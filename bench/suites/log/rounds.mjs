import { performance } from 'node:perf_hooks';
import { rowOf } from '../../harness/result.mjs';
import { shuffled } from '../../harness/rounds.mjs';

/** @typedef {import('../../harness/result.mjs').Row} Row */

/**
 * One of those that are compared, where an event is a matter of disks and servers and not of a loop.
 * @typedef {object} LogContestant
 * @property {string} name
 * @property {'ours' | 'peer'} kind
 * @property {(events: number) => unknown} run works through at least so many events; rejects if it could not do all
 * @property {() => unknown} [prepare] before each sample, outside the time
 * @property {number} [multiple] events come in so many at a time; 1 unless said
 * @property {number} [events] of a sample, where that is not found out while warming up
 * @property {() => unknown} [close]
 */

/**
 * @typedef {object} LogPace
 * @property {number} sampleMs about how long a sample lasts
 * @property {number} warmUpMs
 * @property {number} fewestRounds
 */

/** @type {LogPace} */
export const usualPace = { sampleMs: 400, warmUpMs: 600, fewestRounds: 5 };

/**
 * Measures contestants side by side: in each round one sample of each, in random order. A peer that fails is left out, and
 * said to be: that it can't do what a case asks is a result, too.
 * @param {readonly LogContestant[]} contestants
 * @param {number} rounds
 * @param {LogPace} [pace]
 * @returns {Promise<Row[]>} nanoseconds an event
 */
export async function measureLog(contestants, rounds, pace = usualPace) {
  const ready = [];
  for (const contestant of contestants) {
    const events = await warmUp(contestant, pace);
    if (events !== undefined) ready.push({ contestant, events, samples: /** @type {number[]} */ ([]) });
  }
  /** @type {Set<LogContestant>} */
  const failed = new Set();
  for (let round = 0; round < Math.max(rounds, pace.fewestRounds); round += 1) {
    for (const { contestant, events, samples } of shuffled(ready)) {
      if (failed.has(contestant)) continue;
      const nsEach = await sample(contestant, events).catch((error) => leaveOut(contestant, error));
      if (nsEach === undefined) failed.add(contestant);
      else samples.push(nsEach);
    }
  }
  for (const { close } of contestants) await close?.();
  const whole = ready.filter(({ contestant }) => !failed.has(contestant));
  return whole.map(({ contestant: { name, kind }, samples }) => rowOf(name, kind, samples));
}

/**
 * @param {LogContestant} contestant
 * @param {LogPace} pace
 * @returns {Promise<number | undefined>} how many events make a sample
 */
async function warmUp(contestant, { sampleMs, warmUpMs }) {
  const { multiple = 1 } = contestant;
  try {
    let events = contestant.events ?? multiple;
    const end = performance.now() + warmUpMs;
    for (;;) {
      const nsEach = await sample(contestant, events);
      if (contestant.events !== undefined) return events;
      const wanted = Math.min(events * 4, Math.round((sampleMs * 1e6) / nsEach));
      events = Math.max(1, Math.round(wanted / multiple)) * multiple;
      if (performance.now() >= end) return events;
    }
  } catch (error) {
    return leaveOut(contestant, error);
  }
}

/**
 * @param {LogContestant} contestant
 * @param {unknown} error
 * @returns {undefined}
 * @throws the error, if it is ours
 */
function leaveOut({ kind, name }, error) {
  if (kind === 'ours') throw error;
  const why = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${name} is left out, since it failed: ${why.split('\n')[0]}\n`);
}

/**
 * @param {LogContestant} contestant
 * @param {number} events
 * @returns {Promise<number>} nanoseconds an event
 */
async function sample({ run, prepare }, events) {
  await prepare?.();
  globalThis.gc?.({ type: 'minor' });
  const start = performance.now();
  await run(events);
  return ((performance.now() - start) * 1e6) / events;
}

/**
 * Callers that each wait for their own before they begin the next, until all is done.
 * @param {number} callers
 * @param {number} total
 * @param {(caller: number, number: number) => unknown} call `number` counts up, over all callers
 */
export async function callAtOnce(callers, total, call) {
  let begun = 0;
  const caller = async (/** @type {number} */ which) => {
    while (begun < total) {
      begun += 1;
      await call(which, begun);
    }
  };
  await Promise.all(Array.from({ length: Math.min(callers, total) }, (_, which) => caller(which)));
}
