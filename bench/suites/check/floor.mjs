// Finds and reads all code of a folder, and does nothing with it: less no tool can do that looks at it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

let characters = 0;
read(process.argv[2] ?? '.');
process.stdout.write(`${characters}\n`);

/** @param {string} folder */
function read(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') read(path);
    else if (entry.isFile() && /\.[mc]?[jt]sx?$/.test(entry.name))
      characters += readFileSync(path, 'utf8').length;
  }
}
