import { describe, expect, it } from 'vitest';
import { scanFile } from '../../src/scan/scan-file.js';

const imports = `import { event } from 'mortar'; import * as all from './all.js';
import { A, B } from './contract.js';
`;

/** Other names after the imports, each as `name = what`, with `from module`, and with `.` before properties. */
function aliasesOf(code: string, path = 'a.ts'): string[] {
  const { aliases } = scanFile(path, imports + code, { withMessages: true, withDecoratorMetadata: false });
  return aliases.map(({ name, of, module, isProperty }) => {
    const what = of.namespace === undefined ? of.name : `${of.namespace}.${of.name}`;
    return `${isProperty === true ? '.' : ''}${name} = ${what}${module === undefined ? '' : ` from ${module}`}`;
  });
}

describe('another name', () => {
  it.each([
    ['const a = A;', ['a = A']],
    ['let a = A', ['a = A']],
    ['var a = A;', ['a = A']],
    ['export const a = A;', ['a = A']],
    ['const a = all.A;', ['a = all.A']],
    ['const a = all . deep ?. A;', ['a = all.deep.A']],
    ['const a: Contract = A;', ['a = A']],
    ['const a: Contract<string, number> = A;', ['a = A']],
    ['const a = A as Contract;', ['a = A']],
    ['const a = A satisfies Contract;', ['a = A']],
    ['const a = A!;', ['a = A']],
    ['const a = A.bind(all);', ['a = A']],
    ['const a = all.A . bind ( null, 1 );', ['a = all.A']],
    ['const a = A // the first', ['a = A']],
    ['const a = A /* the first */;', ['a = A']],
    ['const a = A, b = B;', ['a = A', 'b = B']],
    ['const a = A,\n  b = B;', ['a = A', 'b = B']],
    ['const one = f(1, 2), b = B;', ['b = B']],
    ['const a = A; const b = a;', ['a = A', 'b = a']],
    ['const f = () => { const a = A; };', ['a = A']],
    ['const { C } = all;', ['C = all.C']],
    ['const { C: c } = all;', ['c = all.C']],
    ['const { C: c, D } = all.deep;', ['c = all.deep.C', 'D = all.deep.D']],
    ['const { C = B } = all;', ['C = all.C']],
    ['const { C: c = B } = all;', ['c = all.C']],
    ['const { C, ...rest } = all;', ['C = all.C']],
    ["const x = await import('./x.js');", ['x = * from ./x.js']],
    ['const x = await import(`./x.js`);', ['x = * from ./x.js']],
    ["const x = require('./x.js');", ['x = * from ./x.js']],
    ["const C = require('./x.js').C;", ['C = C from ./x.js']],
    ["const C = require('./x.js').deep.C;", ['C = deep.C from ./x.js']],
    ["const C = (await import('./x.js')).C;", ['C = C from ./x.js']],
    ["const { C, D: d } = await import('./x.js');", ['C = C from ./x.js', 'd = D from ./x.js']],
    ["const { C } = require('./x.js').deep;", ['C = deep.C from ./x.js']],
    ["const x = require('./x.js'), y = x.C;", ['x = * from ./x.js', 'y = x.C']],
    ["const C = event('shop.c', {});\nconst c = C;", ['c = C']],
    ['const own = { a: A };', ['.a = A']],
    ['const own = { a: A, b: all.B };', ['.a = A', '.b = all.B']],
    ['const own = {\n  a: A,\n  deep: { b: B },\n};', ['.a = A', '.b = B']],
  ])('%s', (code, expected) => expect(aliasesOf(code)).toEqual(expected));

  it.each([
    'const a = b;',
    'const a = A();',
    'const a = A.of();',
    'const a = A + B;',
    'const a = A ? B : 1;',
    'const a = A || B;',
    'const a = [A];',
    'const a = () => A;',
    'const a = new A();',
    'const a = typeof A;',
    "const a = 'A';",
    'a = A;',
    'a === A;',
    'const [a] = all;',
    'const a = require(name);',
    "const a = import('./x.js');",
    "const a = require('./x.js')();",
    '// const a = A;',
    "f('const a = A;');",
    'const own = { a: A() };',
    'const own = { a: A + 1 };',
    'const own = { a: c };',
    'let a: A;',
  ])('is none of: %s', (code) => expect(aliasesOf(code)).toEqual([]));

  it('is of the place where it was given', () => {
    const code = `${imports}const a = A;\n  const b = B;\n`;
    const { aliases } = scanFile('a.ts', code, { withMessages: true, withDecoratorMetadata: false });
    expect(aliases.map(({ name, line }) => `${name} ${line}`)).toEqual(['a 3', 'b 4']);
  });

  it('of what is done with messages is that, and not one of a contract', () => {
    expect(aliasesOf('const send = all.publish;')).toEqual([]);
    const code = `${imports}const send = context.publish;\nconst { publish: tell } = context;\nsend(A);\ntell(B);\n`;
    const { calls } = scanFile('a.ts', code, { withMessages: true, withDecoratorMetadata: false });
    expect(calls.map(({ verb, first }) => `${verb} ${first.map(({ name }) => name).join()}`)).toEqual([
      'publish A',
      'publish B',
    ]);
  });

  it('is not looked for where messages are not', () => {
    const scan = scanFile('a.ts', `${imports}const a = A;\n`, {
      withMessages: false,
      withDecoratorMetadata: false,
    });
    expect(scan.aliases).toEqual([]);
  });

  it('is found in a file as long as can be, with no more work for each line', () => {
    const lines = Array.from({ length: 2_000 }, (_, place) => `const a${place} = A;`);
    expect(aliasesOf(lines.join('\n'))).toEqual(lines.map((_, place) => `a${place} = A`));
  });
});
