import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oursCold, oursImporting, oursWarm, peers, runOnce } from './contestants.mjs';
import { inFolder, runByTurns, tableOf } from './rounds.mjs';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
/** Packages that publish their TypeScript. */
const names = ['effect', 'viem', 'zod', 'rxjs', '@trpc/server'];

/** @type {readonly import('../../harness/case.mjs').Case[]} */
export const published = [
  {
    name: `published sources: ${names.join(', ')}`,
    isOnce: true,
    async measure({ rounds }) {
      return inFolder(async (root) => {
        makeWorkspace(root);
        // What peers write comes before the first cache, so that no new file is measured.
        for (const { before } of peers) before?.(root);
        for (const warm of [oursWarm, oursImporting]) runOnce(warm, root);
        const runs = runByTurns(root, [oursCold, oursWarm, oursImporting, ...peers], rounds, () => undefined);
        return [
          tableOf(this.name, runs, 'ns', [{ ours: oursCold.name, peer: 'dependency-cruiser', atLeast: 8 }]),
          tableOf(`bytes, ${this.name}, resident at most`, runs, 'bytes'),
        ];
      });
    },
  },
];

/** @param {string} root */
function makeWorkspace(root) {
  writeFileSync(
    join(root, 'package.json'),
    '{ "private": true, "workspaces": ["packages/*", "packages/@trpc/*"] }\n',
  );
  writeFileSync(join(root, 'tsconfig.json'), '{ "compilerOptions": { "module": "nodenext" } }\n');
  for (const name of names) {
    const from = join(modules, name);
    const to = join(root, 'packages', name);
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'package.json'), readFileSync(join(from, 'package.json')));
    if (existsSync(join(from, 'src'))) cpSync(join(from, 'src'), join(to, 'src'), { recursive: true });
    else
      cpSync(from, to, {
        recursive: true,
        filter: (path) => !/[\\/](?:_\w+|node_modules)$/.test(path.slice(from.length)),
      });
    mkdirSync(dirname(join(root, 'node_modules', name)), { recursive: true });
    symlinkSync(to, join(root, 'node_modules', name));
  }
}
