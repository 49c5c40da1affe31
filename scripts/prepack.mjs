// A package is published with the README and the licence of the repository, which stand in its root only.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const file of ['README.md', 'LICENSE']) copyFileSync(join(root, file), join(process.cwd(), file));
