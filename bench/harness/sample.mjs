import { loopOf, settle } from './contestant.mjs';

/** @typedef {import('./contestant.mjs').Contestant} Contestant */

/**
 * A contestant that is ready to be timed.
 * @typedef {object} Runner
 * @property {Contestant} contestant
 * @property {(count: number) => void | Promise<void>} loop
 * @property {number} chunk events published between two turns of the event loop
 * @property {number} chunks a sample
 */

/**
 * How long things take.
 * @typedef {object} Pace
 * @property {number} sampleMs the least that a sample lasts
 * @property {number} warmUpMs before the first sample of all
 * @property {number} rewarmMs before each sample
 */

/** @type {Pace} */
export const usualPace = { sampleMs: 50, warmUpMs: 250, rewarmMs: 5 };

// Long enough that the turn after it (a microsecond or two) does not show, short enough that what a contestant leaves
// for later, such as a promise for each call, does not pile up as it never would in a server.
const CHUNK_MS = 1;

/**
 * Warms a contestant up, and finds out how many events make a chunk and how many chunks a sample.
 * @param {Contestant} contestant
 * @param {Pace} pace
 * @returns {Promise<Runner>}
 */
export async function makeRunner(contestant, pace) {
  const runner = { contestant, loop: loopOf(contestant), chunk: 1, chunks: 1 };
  const end = performance.now() + pace.warmUpMs;
  let chunkMs = await timeChunks(runner, 1);
  do {
    runner.chunk = nextChunk(runner, chunkMs);
    chunkMs = await timeChunks(runner, 1);
  } while (performance.now() < end);
  runner.chunks = Math.max(1, Math.ceil(pace.sampleMs / chunkMs));
  return runner;
}

/**
 * Times one sample. Whoever calls sees to it that it begins with little garbage.
 * @param {Runner} runner
 * @param {Pace} pace
 * @returns {Promise<number>} nanoseconds an event
 */
export async function takeSample(runner, pace) {
  const rewarmChunks = Math.ceil((runner.chunks * pace.rewarmMs) / pace.sampleMs);
  await timeChunks(runner, rewarmChunks);
  const elapsedMs = await timeChunks(runner, runner.chunks);
  return (elapsedMs * 1e6) / (runner.chunks * runner.chunk);
}

/**
 * @param {Runner} runner
 * @param {number} chunks
 * @returns {Promise<number>} milliseconds, until the last handler has ended
 */
async function timeChunks({ contestant, loop, chunk }, chunks) {
  const { counter, callsPerEvent } = contestant;
  counter.calls = 0;
  const start = performance.now();
  for (let done = 1; done <= chunks; done += 1) {
    const running = loop(chunk);
    if (running !== undefined) await running;
    await settle(contestant, done * chunk * callsPerEvent);
  }
  return performance.now() - start;
}

/**
 * At most eightfold from one to the next, since the first calls are slow and say little.
 * @param {Runner} runner
 * @param {number} chunkMs
 */
function nextChunk({ chunk, contestant }, chunkMs) {
  const wanted = Math.min(chunk * 8, Math.round((chunk * CHUNK_MS) / chunkMs));
  return Math.max(1, Math.min(wanted, contestant.maxChunk ?? wanted));
}
