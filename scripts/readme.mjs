// The code in README.md and the guide is code that is compiled and run: each block is a region of an example or a test, and
// each output is what a program prints.
//   node scripts/readme.mjs --check   says which blocks differ
//   node scripts/readme.mjs --write   copies regions and outputs into the blocks
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { documentsIn, WALKTHROUGH } from './readme/documents.mjs';
import { printedFaults, printerIn, reprint } from './readme/printed.mjs';
import { faults, rewrite } from './readme/samples.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const print = printerIn(root);

/** @param {string} path */
function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

for (const path of documentsIn(root)) {
  if (process.argv.includes('--write'))
    writeFileSync(join(root, path), reprint(rewrite(read(path), read), print));
  const printed = path === WALKTHROUGH ? [] : printedFaults(read(path), print);
  for (const fault of [...faults(read(path), read), ...printed]) {
    process.stderr.write(`${path}:${fault}\n`);
    process.exitCode = 1;
  }
}
