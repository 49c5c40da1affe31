import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What became of one test. */
export interface Finding {
  readonly test: string;
  readonly passed: boolean;
}

/** Runs the tests of the modules with the runner of Node; `node --test dist` does it too, and says more. */
export async function runTests(): Promise<readonly Finding[]> {
  const files = ['./rates/module.test.js', './shop/module.test.js'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const findings: Finding[] = [];
  const stream = run({ files, concurrency: true });
  // A file is reported as well, around its tests.
  const note = (passed: boolean) => (one: { readonly name: string; readonly nesting: number }) => {
    if (!one.name.endsWith('.js')) findings.push({ test: one.name, passed });
  };
  stream.on('test:pass', note(true));
  stream.on('test:fail', note(false));
  await new Promise((resolve) => stream.on('end', resolve).resume());
  return findings.sort((a, b) => (a.test < b.test ? -1 : 1));
}
