import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';

const SOURCE = fileURLToPath(
  new URL('../../../packages/mortar/test/support/log-commands.ts', import.meta.url),
);
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/mortar-campaigns/', import.meta.url));

/**
 * The commands that the kernel's own tests make. They are written in TypeScript, which not every Node can load.
 * @returns {Promise<import('fast-check').Arbitrary<readonly import('mortar/testing/conformance').LogCommand[]>>}
 */
export async function loadCommands() {
  const { code } = await transform(readFileSync(SOURCE, 'utf8'), { loader: 'ts', format: 'esm' });
  mkdirSync(CACHE, { recursive: true });
  const file = `${CACHE}log-commands-${process.pid}.mjs`;
  writeFileSync(file, code);
  return (await import(pathToFileURL(file).href)).logCommands;
}
