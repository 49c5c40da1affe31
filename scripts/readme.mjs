// The code in README.md is code that is compiled and run: each block is a region of an example or a test.
//   node scripts/readme.mjs --check   says which blocks differ from their regions
//   node scripts/readme.mjs --write   copies the regions into the blocks
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { faults, rewrite } from './readme/samples.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = join(root, 'README.md');

/** @param {string} path */
function readSource(path) {
  return readFileSync(join(root, path), 'utf8');
}

if (process.argv.includes('--write'))
  writeFileSync(readme, rewrite(readFileSync(readme, 'utf8'), readSource));
const found = faults(readFileSync(readme, 'utf8'), readSource);
for (const fault of found) process.stderr.write(`README.md:${fault}\n`);
process.exitCode = found.length > 0 ? 1 : 0;
