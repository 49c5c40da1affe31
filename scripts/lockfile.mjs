// Completes package-lock.json: `node scripts/lockfile.mjs` after a dependency was added or raised; with `bench`, that of
// the benchmarks.
// npm leaves the binaries of other platforms out of the lockfile where it can't reach or doesn't install them
// (npm/cli#4828, #8320), and then `npm ci` refuses the lockfile on every machine. A test says when this is due.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { complete, missingPackages } from './lockfile/complete.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = join(root, process.argv[2] ?? '.', 'package-lock.json');
const lockfile = JSON.parse(readFileSync(path, 'utf8'));
const missing = missingPackages(lockfile);

if (missing.length > 0) writeFileSync(path, `${JSON.stringify(complete(lockfile), undefined, 2)}\n`);
for (const { name, version } of missing) process.stderr.write(`lockfile: added ${name}@${version}\n`);
process.stderr.write(`lockfile: complete\n`);
