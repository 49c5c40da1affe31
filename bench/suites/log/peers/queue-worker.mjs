// The process of pg-boss and graphile-worker, which need Node 22. It is told by messages what to do, and answers each.
import process from 'node:process';
import pg from 'pg';

/**
 * @typedef {object} Queue
 * @property {(jobs: readonly object[]) => Promise<void>} fill
 * @property {(jobs: number, isTuned: boolean, handle: (data: any) => Promise<void> | void) => Promise<void>} drain handles all jobs; resolves when they are finished
 * @property {() => Promise<void>} close
 */

const NAME = 'orders';
const BATCH = 1_000;

/** @type {Record<string, (url: string) => Promise<Queue>>} */
const queues = { 'pg-boss': openPgBoss, 'graphile-worker': openGraphileWorker };

const [name = '', url = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: 10 });
pool.on('error', () => {});
const queue = await /** @type {(url: string) => Promise<Queue>} */ (queues[name])(url);
await pool.query('CREATE TABLE IF NOT EXISTS effects (id bigserial PRIMARY KEY, body jsonb NOT NULL)');

process.on('message', async (/** @type {any} */ { id, task, jobs, isTuned, isWriting, body }) => {
  try {
    if (task === 'fill') await fill(jobs, body);
    if (task === 'drain') await queue.drain(jobs, isTuned, isWriting ? write : () => {});
    if (task === 'analyze') await pool.query('ANALYZE');
    if (task === 'close') {
      await queue.close();
      await pool.end();
    }
    process.send?.({ id });
    if (task === 'close') process.disconnect();
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
process.send?.({ id: 0 });

/** @param {unknown} body */
async function write(body) {
  await pool.query('INSERT INTO effects (body) VALUES ($1)', [JSON.stringify(body)]);
}

/**
 * @param {number} jobs
 * @param {object} body
 */
async function fill(jobs, body) {
  for (let made = 0; made < jobs; made += BATCH) {
    await queue.fill(Array.from({ length: Math.min(BATCH, jobs - made) }, () => body));
  }
}

/**
 * @param {string} connectionString
 * @returns {Promise<Queue>}
 */
async function openPgBoss(connectionString) {
  const { PgBoss } = await import('pg-boss');
  const boss = new PgBoss({ connectionString });
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  await boss.start();
  await boss.createQueue(NAME);
  return {
    fill: async (jobs) =>
      void (await boss.insert(
        NAME,
        jobs.map((data) => ({ data })),
      )),
    async drain(jobs, isTuned, handle) {
      let handled = 0;
      // As it comes, a worker takes one job every two seconds. Tuned: whole batches, one after the other.
      const options = isTuned
        ? { batchSize: 100, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }
        : {};
      /** @type {Promise<void>} */
      const all = new Promise((resolve, reject) => {
        const work = async (/** @type {any[]} */ batch) => {
          for (const { data } of batch) await handle(data);
          handled += batch.length;
          if (handled >= jobs) resolve();
        };
        boss.work(NAME, options, work).catch(reject);
      });
      await all;
      await boss.offWork(NAME);
    },
    close: () => boss.stop({ graceful: false }),
  };
}

/**
 * @param {string} connectionString
 * @returns {Promise<Queue>}
 */
async function openGraphileWorker(connectionString) {
  const { Logger, makeWorkerUtils, run } = await import('graphile-worker');
  const logger = new Logger(() => () => {});
  const tools = await makeWorkerUtils({ connectionString, logger });
  await tools.migrate();
  return {
    fill: async (jobs) => void (await tools.addJobs(jobs.map((payload) => ({ identifier: NAME, payload })))),
    async drain(jobs, isTuned, handle) {
      let handled = 0;
      let finish = () => {};
      /** @type {Promise<void>} */
      const all = new Promise((resolve) => {
        finish = resolve;
      });
      const taskList = {
        [NAME]: async (/** @type {any} */ payload) => {
          await handle(payload);
          handled += 1;
          if (handled >= jobs) finish();
        },
      };
      const tuned = { worker: { concurrentJobs: 24, localQueue: { size: 500 }, completeJobBatchDelay: 0 } };
      const runner = await run({
        connectionString,
        logger,
        noHandleSignals: true,
        taskList,
        ...(isTuned ? { preset: tuned } : {}),
      });
      await all;
      await runner.stop();
    },
    close: async () => void (await tools.release()),
  };
}
