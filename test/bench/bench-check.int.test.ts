import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProject, stronglyConnected } from '@mortar/boundaries';
import { expect, it } from 'vitest';
import { makeMonorepo } from '../../bench/suites/check/monorepo.mjs';

it('the monorepo of the benchmark has the faults that it says, and all its imports lead somewhere', async () => {
  const root = mkdtempSync(join(tmpdir(), 'mortar-monorepo-'));
  try {
    const planted = makeMonorepo(root, 1_200);
    const { files, edges, diagnostics } = await readProject(root);
    const targets = new Map<string, string[]>();
    for (const { from, to } of edges) {
      if (to.kind === 'file') targets.set(from, [...(targets.get(from) ?? []), to.path]);
    }
    const bypasses = edges.filter(({ specifier }) => specifier.startsWith('../'));
    expect(planted).toEqual({ files: 1_200, cycles: 2, bypasses: 2 });
    expect(files.size).toBe(planted.files);
    expect(stronglyConnected(files.keys(), (path) => targets.get(path) ?? [])).toHaveLength(planted.cycles);
    expect(bypasses).toHaveLength(planted.bypasses);
    expect(edges.filter(({ to }) => to.kind !== 'file')).toEqual([]);
    expect(diagnostics).toEqual([]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
