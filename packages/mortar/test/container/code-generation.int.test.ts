import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** Uses everything that a container makes closures for. */
const PROGRAM = `
import { all, createContainer, lazy, optional, token } from 'mortar/container';
let isRefused = false;
try { new Function('return 1')(); } catch { isRefused = true; }
class A {}
class B { constructor(a, later) { this.a = a; this.later = later; } }
const T = token('T');
const container = createContainer();
container.singleton(A);
container.scoped(B, [A, lazy(A)]);
container.asyncFactory(T, [optional(A), all(A)], async (a) => a);
container.verify();
await container.makeSingletons();
const scope = container.openScope();
const { a, later } = scope.resolve(B);
const isRight = a === later() && a === container.resolve(T);
await scope.close();
await container.dispose();
console.log(JSON.stringify({ isRefused, isRight }));
`;

test('a container works where code may not be generated from strings', async () => {
  const { stdout } = await run(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', PROGRAM],
    { cwd: import.meta.dirname },
  );
  expect(JSON.parse(stdout)).toEqual({ isRefused: true, isRight: true });
});
