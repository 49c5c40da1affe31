import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { Compilation } from '../../src/scan/elision.js';
import { languageOf } from '../../src/scan/language.js';
import { mayBeElided } from '../../src/scan/reading/draft.js';
import { Scanner } from '../../src/scan/scanner.js';

const packages = fileURLToPath(new URL('../../..', import.meta.url));

describe('an import is surely used where', () => {
  it.each([
    'new N();',
    'N.of(1);',
    'N.parts.of(1);',
    'N?.of(1);',
    'const a = N(1);',
    'const a = { b: N(1) };',
    'const a = [N(1)];',
    'f(N(1));',
    'const f = () => N(1);',
    'const a = 1 + N;',
    'const a = b && N;',
    'const a = b ?? N;',
    'if (a === N) f();',
    'function f() { return N; }',
    'throw N;',
    'for (const a of N) f(a);',
    'class A extends N(B) {}',
    '@N class A {}',
    'class A { @N() b = 1 }',
    'type T = N; new N();',
    'f(N); new N();',
    `const a = \`\${N}\`; new N();`,
    'let a: N; new N();',
    'const a = b.N; new N();',
    'const a = { N: 1 }; new N();',
  ])('%s', (code) => expect(isSure(`import { N } from './n.js';\n${code}\n`)).toBe(true));
});

describe('of an import nothing is said where', () => {
  it.each([
    '',
    'let a: N;',
    'let a: typeof N;',
    'let a: N.Part;',
    'export { N };',
    'export default N;',
    '// new N();',
    "f('new N()');",
    'a.N.of(1);',
    'class A { N() {} }',
    'interface A { N(): void }',
    'class A implements N {}',
    'interface A extends N {}',
    'type A = B extends N ? 1 : 2;',
    'const a = b as N;',
    'type A = { [K in N]: 1 };',
    'type A = [...N];',
    'function f(N: number) { return N.of(1); }',
    'const f = (N) => N.of(1);',
    'const f = N => N.of(1);',
    'const f = async N => N.of(1);',
    'const f = (a, N) => N.of(1);',
    'function f({ N }) { return N.of(1); }',
    'function f({ a: N }) { return N.of(1); }',
    'function f({ a: N, b }) { return N.of(1); }',
    'function f({ a: N = 1 }) { return N.of(1); }',
    'function f([N]) { return N.of(1); }',
    'function f(...N) { return N.of(1); }',
    'function f() { const N = 1; return N; }',
    'function f() { const a = 1, N = 2; return N; }',
    'function f() { function N() {} return new N(); }',
    'function f() { function* N() {} return new N(); }',
    'function f() { class N {} return new N(); }',
    'function f() { enum N {} return N.of(1); }',
    'try { f(); } catch (N) { N.of(1); }',
    'for (const N of a) N.of(1);',
    'class A { constructor(readonly N: B) { N.of(1); } }',
    '{ namespace N { } new N(); }',
  ])('%s', (code) => expect(isSure(`import { N } from './n.js';\n${code}\n`)).toBe(false));

  it.each([
    ['it comes after the code', 'new N();\nimport { N } from "./n.js";\n'],
    ['another is not sure', 'import { N, M } from "./n.js";\nnew N();\n'],
    [
      'another import has it too',
      'import { N } from "./n.js";\nimport { N as M } from "./m.js";\nnew N(new M());\n',
    ],
  ])('%s', (_, text) => expect(isSure(text)).toBe(false));
});

it('what is surely used the compiler keeps, in all of this repository', async () => {
  const { files } = await readProject(packages);
  let sure = 0;
  for (const path of files.keys()) {
    if (/\.ts$/.test(path) && agrees(path, readFileSync(`${packages}/${path}`, 'utf8'))) sure += 1;
  }
  expect(sure).toBeGreaterThan(100);
});

it('what is surely used the compiler keeps, in whatever order types, values and declarations come', () => {
  const place = fc.constantFrom(
    'new N();',
    'N.of(1);',
    'const xX = N(1);',
    'const xX = 1 + N;',
    'const xX = [N, 1];',
    'const xX = { N, a: N };',
    'const xX = { a: N, b: 1 };',
    'let xX: N;',
    'let xX: N.Part = (yX as N.Part);',
    'type TX = N | { N(): void; a?: N };',
    'type TX = { -readonly [K in keyof N]: N[K] };',
    `type TX = \`\${N}-\`;`,
    'f(N);',
    'f(a, N, (b) => N);',
    'const xX = (N) => N.of(1);',
    'const xX = ({ a: N }) => new N();',
    'function fX<N>(a: N): a is N { return a && a !== N; }',
    'function fX(N?: string) { return N; }',
    'class CX extends N<string> { N = 1; static a(b: N) { return !b; } }',
    'class CX { N() { return 1; } get a() { return N; } }',
    'export { N as xX };',
    'declare function fX(N);',
    'label: for (;;) { break label; }',
    'if (a) N(1); else N.of(1);',
    'const xX = a ? N : 1;',
    'const xX = <N,>(a: N) => a;',
  );
  const text = fc
    .array(place, { maxLength: 5 })
    .map((places) =>
      [
        'import { N } from "./n.js";',
        ...places.map((one, index) => one.replace(/(?<=[xyTfC])X/g, String(index))),
      ].join('\n'),
    );
  fc.assert(
    fc.property(text, (code) => {
      agrees('a.ts', code);
    }),
    { numRuns: 600 },
  );
});

function isSure(text: string): boolean {
  return scanned('a.ts', text).draft.sureUses.areAll();
}

/** Whether it is sure; then the compiler has to say the same of each import. */
function agrees(path: string, text: string): boolean {
  const { draft, language } = scanned(path, text);
  if (!draft.sureUses.areAll()) return false;
  const usages = new Compilation(path, text, language, draft, false).run();
  if ('fault' in usages) return false;
  for (const edge of draft.edges.filter(mayBeElided)) {
    for (const binding of edge.bindings) {
      if (!binding.isMarked)
        expect(usages.usageOf(binding, edge), `${binding.local} in ${path}:\n${text}`).toBe('used');
    }
  }
  return true;
}

function scanned(path: string, text: string) {
  const language = languageOf(path);
  if (language === undefined) throw new RangeError(`${path} is no code`);
  const scanner = new Scanner(text, language, false);
  scanner.scan();
  return { draft: scanner.draft, language };
}
