import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { root } from '../source/repository.js';
import { run } from './command.js';

const COPIED = [
  'packages',
  'docs/reference/errors',
  'scripts/prepack.mjs',
  'scripts/readme/packed.mjs',
  'README.md',
  'LICENSE',
];

const Ranges = z.record(z.string(), z.string()).default({});

const Manifest = z.object({
  name: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
  sideEffects: z.literal(false),
  exports: z.record(z.string(), z.unknown()),
  dependencies: Ranges,
  optionalDependencies: Ranges,
  peerDependencies: Ranges,
});

const Report = z.array(
  z.object({ name: z.string(), filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);

/** One package as it would be published. */
export interface PackedPackage {
  readonly name: string;
  readonly tarball: string;
  /** Where it was packed: what is in the tarball lies there too, and more. */
  readonly folder: string;
  readonly manifest: z.infer<typeof Manifest>;
  /** What is in the tarball, relative to `folder`, with `/`. */
  readonly files: readonly string[];
}

/** The packages of this repository, packed in a copy of it, so that nothing here changes while other tests read it. */
export interface Packing extends Disposable {
  readonly packages: readonly PackedPackage[];
}

/** Packs them all, tests and all that lies about in their folders being there to be left out. */
export async function packAll(): Promise<Packing> {
  const copy = mkdtempSync(join(tmpdir(), 'mortar packing '));
  for (const path of COPIED) {
    cpSync(join(root, path), join(copy, path), {
      recursive: true,
      filter: (from) => basename(from) !== 'node_modules',
    });
  }
  writeFileSync(join(copy, 'package.json'), JSON.stringify({ private: true, workspaces: ['packages/*'] }));
  const tarballs = join(copy, 'tarballs');
  mkdirSync(tarballs);
  const packed = await run(['npm', 'pack', '--workspaces', '--json', '--pack-destination', tarballs], copy);
  const { stdout } = packed;
  // What the scripts of the packages say stands before it.
  const report = Report.parse(JSON.parse(stdout.slice(stdout.search(/^\[/m))));
  return {
    packages: report.map(({ name, filename, files }) => {
      const folder = join(copy, 'packages', name.replace('@mortar/', ''));
      const manifest = Manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
      const tarball = join(tarballs, filename);
      return { name, tarball, folder, manifest, files: files.map(({ path }) => path) };
    }),
    [Symbol.dispose]: () => rmSync(copy, { recursive: true, force: true }),
  };
}
