import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/test/sequencer.mjs';

// Unit tests run from source: the condition `mortar-source` leads every `mortar/…` import to src/.
// Integration and end-to-end tests run against dist and import by package name, as users do.
const fromSource = ['mortar-source', 'module', 'node', 'development|production'];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // Many files wait for processes that they have started: none of the cores is kept free for Vitest itself.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { conditions: fromSource },
        ssr: { resolve: { conditions: fromSource } },
        test: {
          name: 'unit',
          include: ['{packages,ecosystem}/*/test/**/*.unit.test.ts', 'test/**/*.unit.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            '{packages,ecosystem,examples}/*/test/**/*.{int,e2e}.test.ts',
            'test/**/*.{int,e2e}.test.ts',
          ],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
