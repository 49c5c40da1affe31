import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');

/** A folder inside the repository, so that its programs find the packages as users do; gone after `use`. */
export async function withProgram<T>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const cache = join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'mortar-program-'));
  try {
    for (const [name, text] of Object.entries({ ...files, 'tsconfig.json': tsconfigOf(folder) })) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The strictest settings, and the built package instead of its source. */
function tsconfigOf(folder: string): string {
  const compilerOptions = {
    customConditions: [],
    noEmit: true,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    types: [],
    rootDir: '.',
  };
  const base = join(relative(folder, root), 'tsconfig.base.json');
  return JSON.stringify({ extends: base, compilerOptions, include: ['**/*.ts'] });
}

/** What `tsc` prints about a program, and whether it is content. */
export function compile(
  folder: string,
  ...options: readonly string[]
): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const args = [tsc, '-p', folder, ...options];
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 16_777_216 }, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: stdout + stderr });
    });
  });
}
