import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanFile } from '../../src/scan/scan-file.js';

/** The edges of a file, each as `kind specifier`, or `kind ?text` where it can't be told. */
function edgesOf(text: string, path = 'a.js'): string[] {
  const { edges } = scanFile(path, text, { withMessages: false, withDecoratorMetadata: false });
  return edges.map((edge) => `${edge.kind} ${edge.specifier ?? `?${edge.text}`}`);
}

describe('what is required', () => {
  it.each([
    "require('./b');",
    'require("./b");',
    'require(`./b`);',
    "require ( './b' );",
    "require?.('./b');",
    "(0, require)('./b');",
    "(require)('./b');",
    "return (0, require)('./b');",
    "export default (0, require)('./b');",
    "if (a) (0, require)('./b');",
    "else (require)('./b');",
    "// load it\n(0, require)('./b');",
    "// load it (now)\n(0, require)('./b');",
    "const { b } = require('./b');",
    "const b = require('./b').default;",
    "f(require('./b'));",
    "module.require('./b');",
    "globalThis.require('./b');",
    "window?.require('./b');",
    "process.mainModule.require('./b');",
    "require(/* webpackChunkName: 'x' */ './b');",
    "if (a) b = require('./b');",
    "const load = require; load('./b');",
    "let load = require\nload('./b');",
    "var load = module.require; load('./b');",
    "const load = createRequire(import.meta.url); load('./b');",
    "const load = createRequire(__filename); load('./b');",
    "const load = node.createRequire(import.meta.filename); load('./b');",
    "createRequire(import.meta.url)('./b');",
    "const load = require; const again = load; again('./b');",
  ])('%s', (text) => expect(edgesOf(text)).toEqual(['require ./b']));

  it.each([
    "require.resolve('./b');",
    "require['resolve']('./b');",
    'require["resolve"]("./b");',
    "require.resolve('./b', { paths: [] });",
    "module.require.resolve('./b');",
    "createRequire(import.meta.url).resolve('./b');",
    "const load = createRequire(import.meta.url); load.resolve('./b');",
    "const load = require; load.resolve('./b');",
  ])('its path alone: %s', (text) => expect(edgesOf(text)).toEqual(['requireResolve ./b']));

  it.each([
    ["import x = require('./b');", 'importEquals ./b'],
    ["const b = require<typeof import('./b')>('./b');", 'require ./b,typeImport ./b'],
    ["const load: NodeRequire = require; load('./b');", 'require ./b'],
  ])('in TypeScript: %s', (text, expected) => expect(edgesOf(text, 'a.ts').sort().join()).toBe(expected));
});

describe('what is not', () => {
  it.each([
    "loader.require('./b');",
    "this.require('./b');",
    "a.b.require('./b');",
    "// require('./b');",
    '\'require("./b")\';',
    "required('./b');",
    "require.cache['./b'];",
    'require.main === module;',
    'delete require.cache[require];',
    'function require(name) {} ',
    'class A { require(name) { return 1; } }',
    "require['cache']('./b');",
    "other('./b'); const load = require;",
    "load('./b');",
    "const load = require instanceof Function; load('./b');",
    "const load = f(require); load('./b');",
  ])('%s', (text) => expect(edgesOf(text)).toEqual([]));
});

describe('what can not be told', () => {
  it.each([
    ['require(name);', 'require ?name'],
    ["require('./' + name);", "require ?'./' + name"],
    ["require.context('./parts', true, /x/);", "require ?require.context('./parts'"],
    ["require.call(null, './b');", 'require ?require.call(null'],
    ["require.apply(null, ['./b']);", 'require ?require.apply(null'],
    ["createRequire('/other/')('./b');", "require ?createRequire()('./b'"],
    ["const load = createRequire(root); load('./b');", "require ?createRequire()('./b'"],
    ["const load = createRequire(root); load.resolve('./b');", "require ?createRequire()('./b'"],
    ["createRequire(new URL('.', import.meta.url))('./b');", "require ?createRequire()('./b'"],
    ["const load = createRequire(root); const again = load; again('./b');", "require ?createRequire()('./b'"],
  ])('%s', (text, expected) => {
    expect(edgesOf(text).filter((one) => !one.startsWith('url '))).toEqual([expected]);
  });
});

it('the one from the place of the file is told from the one that is not', () => {
  const text = `const own = createRequire(import.meta.url);
const other = createRequire(root);
other('./a'); own('./b'); own.resolve('./c'); other.resolve('./d');`;
  expect(edgesOf(text)).toEqual([
    "require ?createRequire()('./a'",
    'require ./b',
    'requireResolve ./c',
    "require ?createRequire()('./d'",
  ]);
});

it('is found in any order, among whatever else stands there', () => {
  const wanted = fc.constantFrom(
    "require('./X');",
    "(0, require)('./X');",
    "const a = module.require('./X');",
  );
  const other = fc.constantFrom(
    "loader.require('./no');",
    "// require('./no');",
    'const text = "require(\'./no\')";',
    'const found = /require\\("x"\\)/.test(a);',
    'const b = `\\n require("./no")`;',
    'if (a) { f(); }',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(wanted, other), { maxLength: 8 }), (parts) => {
      const text = parts.map((part, place) => part.replace('X', String(place))).join('\n');
      const expected = parts.flatMap((part, place) => (part.includes('X') ? [`require ./${place}`] : []));
      expect(edgesOf(text)).toEqual(expected);
    }),
  );
});

describe('constants that are made of each other', () => {
  const doubled = (times: number): string =>
    Array.from({ length: times }, (_, at) => `const p${at + 1} = p${at} + p${at};`).join('\n');
  const first = "const p0 = './bbbbbb';";

  it('are known as long as a path may be', () => {
    expect(edgesOf(`${first}\n${doubled(2)}\nrequire(p2);`)).toEqual([`require ${'./bbbbbb'.repeat(4)}`]);
  });
  it.each([10, 25, 60])('can not be told when they were doubled %i times', (times) => {
    expect(edgesOf(`${first}\n${doubled(times)}\nrequire(p${times});`)).toEqual([`require ?p${times}`]);
  });
});

describe('what is mocked by another name', () => {
  it.each([
    ["import { vi as v } from 'vitest'; v.mock('./y');", 'import vitest,mock ./y'],
    [
      "import { jest as j } from '@jest/globals'; j.mock('./y').mock('./z');",
      'import @jest/globals,mock ./y,mock ./z',
    ],
    ["import { vi as v } from 'vitest'; o.v.mock('./y');", 'import vitest'],
  ])('%s', (text, expected) => expect(edgesOf(text).join()).toBe(expected));
});

describe('types in the arguments of elements', () => {
  it.each([
    ["<Foo<import('./y').T> a={1}/>;", 'typeImport ./y'],
    ['<Foo<Map<T, typeof import("./y")>>>{b}</Foo>;', 'typeImport ./y'],
    [
      "<Foo<import('./y').T, import('./z').U> a={import('./x')} />;",
      'dynamicImport ./x,typeImport ./y,typeImport ./z',
    ],
    ['<Foo<T> a={1}/>;', ''],
  ])('%s', (text, expected) => expect(edgesOf(text, 'a.tsx').sort().join()).toBe(expected));
  it('have their places and names', () => {
    const options = { withMessages: false, withDecoratorMetadata: false };
    const { edges } = scanFile('a.tsx', "\n\n<Foo<import('./y').T> a={1}/>;", options);
    expect(edges.map(({ line, column, bindings }) => [line, column, bindings[0]?.imported])).toEqual([
      [3, 13, 'T'],
    ]);
  });
});
