import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isShown, stepsOf, Walker } from './walkthrough.js';

const page = `
<!-- sample: examples/00-getting-started/src/main.ts#guide -->
\`\`\`ts
run();
\`\`\`

<!-- ends with 3 -->
\`\`\`sh
exit 3
\`\`\`

\`\`\`text
…
\`\`\`

<!-- sample: examples/00-getting-started/my.tsconfig.json -->
\`\`\`json
{}
\`\`\`

<!-- sample: examples/01-shop/src/main.ts -->
\`\`\`ts
only.toBeRead();
\`\`\`

<!-- with PostgreSQL -->
\`\`\`sh
mortar migrate "$DATABASE_URL"
\`\`\`

<!-- printed: describe.js -->
\`\`\`text
what a program of the repository prints
\`\`\`
`;

describe('the steps of a page', () => {
  it('are its files, commands and outputs, in their order', () => {
    expect(stepsOf(page)).toEqual([
      { kind: 'file', line: 3, path: 'src/main.ts', text: 'run();\n' },
      { kind: 'commands', line: 8, text: 'exit 3', exitCode: 3, needsServer: false },
      { kind: 'output', line: 12, text: '…' },
      { kind: 'file', line: 17, path: 'tsconfig.json', text: '{}\n' },
      { kind: 'commands', line: 27, text: 'mortar migrate "$DATABASE_URL"', exitCode: 0, needsServer: true },
    ]);
  });
});

describe('what a page shows', () => {
  it.each([
    ['one\ntwo', 'one\ntwo\n', true],
    ['one\ntwo', 'one\n\ntwo', false],
    ['one', 'one\ntwo', false],
    ['one\n…', 'one\ntwo\nthree', true],
    ['one\n…', 'one', true],
    ['…\ntwo\n…', 'one\ntwo\nthree', true],
    ['…\ntwo\n…', 'one\nthree', false],
    ['it took … ms (a.b)', 'it took 5 ms (a.b)', true],
    ['it took … ms (a.b)', 'it took 5 ms (axb)', false],
  ])('%j for %j: %s', (shown, printed, expected) => {
    expect(isShown(shown, printed)).toBe(expected);
  });
});

describe('a walker', () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'mortar-walker-')));
  afterAll(() => rmSync(home, { recursive: true }));

  it('stays in the folder that it has gone to, and stops at the first command that fails', async () => {
    const walker = new Walker(home, { HOME: home, PATH: String(process.env['PATH']) });
    expect(await walker.run('mkdir inner && cd inner')).toMatchObject({ exitCode: 0 });
    walker.write('deep/file.txt', 'text');
    expect(readFileSync(join(home, 'inner', 'deep', 'file.txt'), 'utf8')).toBe('text');
    expect(await walker.run('pwd')).toMatchObject({ stdout: `${home}/inner\n`, exitCode: 0 });
    expect(await walker.run('echo one\nfalse\necho two')).toMatchObject({ stdout: 'one\n', exitCode: 1 });
    expect(await walker.run('echo "$SAID"', { SAID: 'here' })).toMatchObject({ stdout: 'here\n' });
  });

  it('ends what commands have left running, which would hold their output open for long', async () => {
    const walker = new Walker(home, { HOME: home, PATH: String(process.env['PATH']) });
    expect(await walker.run('sleep 600 &\nfalse')).toMatchObject({ exitCode: 1 });
  });
});
