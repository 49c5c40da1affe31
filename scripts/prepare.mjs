#!/usr/bin/env node
// Makes a checkout ready: installs what is missing or stale, then builds what is missing or stale.
// Runs before `npm start`, `npm test` and (with --bench) `npm run bench`, so that each works on a fresh clone.
// It has no dependencies, since it runs before there are any, and never writes to stdout: that belongs to the command.
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from './prepare/build.mjs';
import { install } from './prepare/install.mjs';
import { withLock } from './prepare/lock.mjs';
import { checkNode } from './prepare/node.mjs';
import { Failure, say } from './prepare/report.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

async function prepare() {
  checkNode(process.versions.node);
  await withLock(join(root, '.prepare.lock'), async (lock) => {
    await install(root, lock);
    if (process.argv.includes('--bench')) await install(join(root, 'bench'), lock);
    await build(root, lock);
  });
}

prepare().catch((error) => {
  say(error instanceof Failure ? error.message : `failed: ${error instanceof Error ? error.stack : error}`);
  process.exitCode = 1;
});
