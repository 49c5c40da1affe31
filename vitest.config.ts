import { defineConfig } from 'vitest/config';

// Unit tests run from source: the condition `mortar-source` leads every `mortar/…` import to src/.
// Integration and end-to-end tests run against dist and import by package name, as users do.
const fromSource = ['mortar-source', 'module', 'node', 'development|production'];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    projects: [
      {
        resolve: { conditions: fromSource },
        ssr: { resolve: { conditions: fromSource } },
        test: {
          name: 'unit',
          include: ['{packages,ecosystem}/*/test/**/*.unit.test.ts', 'test/**/*.unit.test.ts'],
          testTimeout: 60_000,
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
        },
      },
    ],
  },
});
