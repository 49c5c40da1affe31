// A package is published with the README (links into the repository left out) and the licence of its root, and the kernel
// with the pages of its error codes, for `mortar explain-error`; the command with the schema of the configuration, since an
// editor finds it only in a package that the project itself depends on.
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { packedReadme } from './readme/packed.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
copyFileSync(join(root, 'LICENSE'), join(process.cwd(), 'LICENSE'));
const readme = packedReadme(readFileSync(join(root, 'README.md'), 'utf8'));
writeFileSync(join(process.cwd(), 'README.md'), readme);

const { files } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8'));
const schema = 'mortar.config.schema.json';
if (files.includes(schema)) {
  copyFileSync(join(root, 'packages', 'boundaries', 'assets', schema), join(process.cwd(), schema));
}
if (files.includes('error-pages')) {
  const pages = join(process.cwd(), 'error-pages');
  rmSync(pages, { recursive: true, force: true });
  cpSync(join(root, 'docs', 'reference', 'errors'), pages, { recursive: true });
}
