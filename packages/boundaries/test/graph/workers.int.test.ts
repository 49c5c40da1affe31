import { fileURLToPath } from 'node:url';
import { readProject } from '@mortar/boundaries';
import { expect, it } from 'vitest';
import { makeProject } from '../support/project.js';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));

it('the graph is the same whatever the number of workers', async () => {
  const [none, one, three] = await Promise.all(
    [0, 1, 3].map(async (workers) => {
      const { readText, ...graph } = await readProject(repository, { workers });
      return graph;
    }),
  );
  expect(none?.files.size).toBeGreaterThan(1_000);
  expect(one).toEqual(none);
  expect(three).toEqual(none);
});

it('is stopped by its signal, with workers and without', async () => {
  for (const workers of [0, 2]) {
    const controller = new AbortController();
    const reading = readProject(repository, {
      workers,
      signal: controller.signal,
      onProgress: ({ done }) => done > 100 && controller.abort(new Error('enough')),
    });
    await expect(reading).rejects.toThrow('enough');
  }
});

it('progress goes up to all files', async () => {
  const root = makeProject({ 'a.ts': '', 'b.ts': '', 'c.ts': '' });
  const seen: string[] = [];
  await readProject(root, { onProgress: ({ done, total }) => seen.push(`${done}/${total}`) });
  expect(seen.at(-1)).toBe('3/3');
});
