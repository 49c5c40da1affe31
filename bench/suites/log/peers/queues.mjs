import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('queue-worker.mjs', import.meta.url));
// The npm package `node` brings a newer one.
const NEWER_NODE = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));
const OLDEST_MAJOR = 22;

/** @typedef {Awaited<ReturnType<typeof openQueue>>} QueuePeer */

/**
 * A queue in a process of its own, under a Node that it accepts.
 * @param {'pg-boss' | 'graphile-worker'} name
 * @param {string} url of a database of its own
 */
export async function openQueue(name, url) {
  const child = fork(WORKER, [name, url], {
    execPath: nodeFor(name),
    execArgv: [],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  /** @type {Map<number, { resolve: () => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  child.on('message', (/** @type {{ id: number, error?: string }} */ { id, error }) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve();
    else caller?.reject(new Error(error));
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended with exit code ${code}`));
  });
  const answer = (/** @type {number} */ id) =>
    new Promise((/** @type {(value?: undefined) => void} */ resolve, reject) =>
      waiting.set(id, { resolve, reject }),
    );
  let calls = 0;
  const ask = (/** @type {object} */ what) => {
    calls += 1;
    child.send({ id: calls, ...what });
    return answer(calls);
  };
  await answer(0);
  return {
    /** @param {number} jobs @param {object} body */
    fill: (jobs, body) => ask({ task: 'fill', jobs, body }),
    /** @param {number} jobs @param {{ isTuned: boolean, isWriting: boolean }} how */
    drain: (jobs, how) => ask({ task: 'drain', jobs, ...how }),
    analyze: () => ask({ task: 'analyze' }),
    close: async () => {
      const exit = once(child, 'exit');
      await ask({ task: 'close' });
      await exit;
    },
  };
}

/** @param {string} name */
function nodeFor(name) {
  const [major] = process.versions.node.split('.').map(Number);
  if (major !== undefined && major >= OLDEST_MAJOR) return process.execPath;
  if (existsSync(NEWER_NODE)) return NEWER_NODE;
  throw new Error(`${name} needs Node ${OLDEST_MAJOR}, and the package node is not installed in bench/`);
}
