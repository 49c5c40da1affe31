#!/usr/bin/env node
// Runs a command with a PostgreSQL server for its tests: `node scripts/with-postgres.mjs npm test`. What was started for it
// is stopped when the command has ended; as root on Debian, the package is installed if it is not there. Without a server the command runs all the same, and says what it lacks.
import process from 'node:process';
import { findServer, SERVER_NAME } from './postgres/find.mjs';
import { run } from './test/run.mjs';

const found = await findServer({ mayInstall: true });
try {
  const env = found === undefined ? process.env : { ...process.env, [SERVER_NAME]: found.url };
  // This process outlives the command, to stop the server.
  process.exitCode = await run(process.argv.slice(2), process.cwd(), env, ['SIGINT', 'SIGTERM', 'SIGHUP']);
} finally {
  await found?.stop();
}
