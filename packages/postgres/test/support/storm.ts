import type { TestDatabase } from './server.js';

/** Ends every connection of a database but its own, again and again, ever more slowly, while work is under way. */
export async function whileConnectionsEnd(
  database: TestDatabase,
  work: () => Promise<void>,
): Promise<number> {
  const client = await database.connect();
  let isOver = false;
  const ending = (async () => {
    let count = 0;
    for (; !isOver; count += 1) {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await client.query('SELECT pg_sleep($1)', [0.03 + count * 0.01]);
    }
    return count;
  })();
  try {
    await work();
  } finally {
    isOver = true;
  }
  return ending;
}
