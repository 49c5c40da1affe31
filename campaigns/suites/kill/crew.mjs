import { startChild } from '../../frame/child.mjs';

/** @typedef {import('./work.mjs').Work} Work */
/** @typedef {import('../../frame/random.mjs').Random} Random */
/** @typedef {import('../../frame/child.mjs').Child} Child */

const ANSWER_WITHIN_MS = 30_000;
/** What a process may meet while its server is away. */
const FAILURE = /^failed MORTAR_(STORE_UNAVAILABLE|COMMIT_UNKNOWN)$/;

/** @typedef {ReturnType<typeof makeCrew>} Crew */

/**
 * So many processes that do a work, whatever becomes of their server.
 * @param {Work} work
 * @param {number} size
 * @param {Random} random
 * @param {string[]} violations what is found is added here
 */
export function makeCrew(work, size, random, violations) {
  /** @type {Set<Child>} */
  const children = new Set();
  /** @type {Set<Child>} */
  const killed = new Set();
  const start = () => {
    const ear = work.listen();
    const child = startChild(work.program, work.assignment(random), (line) => {
      if (line !== 'ready' && !FAILURE.test(line) && !ear.hear(line))
        violations.push(`a process said: ${line}`);
    });
    children.add(child);
    void child.ended.then(({ code, stderr }) => {
      children.delete(child);
      ear.ended();
      // One that was opening the store when the server went away may give up; those at work may not.
      if (code !== 0 && !killed.has(child) && !stderr.includes('MORTAR_STORE_UNAVAILABLE'))
        violations.push(`a process ended: ${stderr}`);
    });
  };
  const fill = () => {
    while (children.size < size) start();
  };
  const kill = (/** @type {Child} */ child) => {
    killed.add(child);
    child.kill('SIGKILL');
  };
  return {
    work,
    fill,
    /** All that the work counts has grown from now on. */
    async isAnswered() {
      const before = work.progress();
      const end = Date.now() + ANSWER_WITHIN_MS;
      while (work.progress().some((count, index) => count === before[index])) {
        if (Date.now() > end) {
          violations.push(
            `nothing was done within ${ANSWER_WITHIN_MS} ms of a restart: ${before.join(', ')}`,
          );
          return;
        }
        fill();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    /** @returns {number} how many it was */
    killOne() {
      const [child] = children;
      if (child !== undefined) kill(child);
      return child === undefined ? 0 : 1;
    },
    async killAll() {
      const all = [...children];
      for (const child of all) kill(child);
      await Promise.all(all.map(({ ended }) => ended));
      return all.length;
    },
    async stop() {
      const running = [...children];
      for (const child of running) child.tell('stop');
      await Promise.all(running.map(({ ended }) => ended));
    },
  };
}
