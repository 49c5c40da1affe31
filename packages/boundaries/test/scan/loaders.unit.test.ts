import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanFile } from '../../src/scan/scan-file.js';

/** The edges of a file but for those to modules of Node and tools, each as `kind specifier`, or `kind ?text` where it can't be told. */
function edgesOf(text: string, path = 'a.js', withMessages = false): string[] {
  const { edges, diagnostics } = scanFile(path, text, { withMessages, withDecoratorMetadata: false });
  expect(diagnostics).toEqual([]);
  const isTool = (specifier: string | undefined) =>
    /^(?:(?:node:)?(?:child_process|module|url|path)|proxyquire|rewire|esmock)$/.test(specifier ?? '');
  return edges
    .filter(({ specifier }) => !isTool(specifier))
    .map((edge) => `${edge.kind} ${edge.specifier ?? `?${edge.text}`}`);
}

const named = "import { fork } from 'node:child_process';";
const whole = "import * as cp from 'child_process';";

describe('what is started as a process', () => {
  it.each([
    `${named} fork('./b.js');`,
    `${named} const child = fork('./b.js', ['x'], { silent: true });`,
    `${named} function start() { return fork("./b.js"); }`,
    `${named} const path = './b.js'; fork(path);`,
    `${named} fork('./' + 'b.js');`,
    `${named} fork?.('./b.js');`,
    `${named} fork(new URL('./b.js', import.meta.url));`,
    `${named} fork(new URL('./b.js', import.meta.url), []);`,
    `${named} fork(join(__dirname, 'b.js'));`,
    `${named} fork(path.join(__dirname, './b.js'), []);`,
    `${named} fork(path.resolve(import.meta.dirname, 'b.js'));`,
    `${named} fork(join(__dirname, '/', './b.js'), []);`,
    `${named} fork(__dirname + '/b.js');`,
    `${named} fork(import.meta.dirname + "/b.js", []);`,
    `${named} fork(\`\${__dirname}/b.js\`);`,
    `${named} const start = fork; start('./b.js');`,
    "import { fork as start } from 'child_process'; start('./b.js');",
    "import cp, { spawn } from 'node:child_process'; cp.fork('./b.js');",
    "import cp = require('child_process'); cp.fork('./b.js');",
    `${whole} cp.fork('./b.js');`,
    `${whole} cp?.fork('./b.js');`,
    `${whole} cp\n  .fork('./b.js');`,
    `${whole} const { fork } = cp; fork('./b.js');`,
    `${whole} const { spawn, fork: start } = cp; start('./b.js');`,
    `${whole} const start = cp.fork; start('./b.js');`,
    "const { fork } = require('child_process'); fork('./b.js');",
    "const { spawn, fork: start } = require('node:child_process'); start('./b.js');",
    "const cp = require('child_process'); cp.fork('./b.js');",
    "let cp; cp = require('child_process'); cp.fork('./b.js');",
    "const { fork } = await import('node:child_process'); fork('./b.js');",
    "const cp = await import('node:child_process'); cp.fork('./b.js');",
    "require('child_process').fork('./b.js');",
    "(await import('node:child_process')).fork('./b.js');",
  ])('%s', (text) => expect(edgesOf(text, 'a.ts')).toEqual(['fork ./b.js']));

  it.each([
    [`${named} fork(require.resolve('./b'));`, 'requireResolve ./b'],
    [`${named} fork(fileURLToPath(new URL('./b.js', import.meta.url)), []);`, 'url ./b.js'],
    [`${named} fork(fileURLToPath(import.meta.resolve('./b.js')));`, 'metaResolve ./b.js'],
    [`${named} fork(process.argv[2]);`, 'fork ?process.argv[2]'],
    [`${named} fork(path, ['x']);`, "fork ?path, ['x']"],
    [`${named} fork(new URL(path, base));`, 'fork ?new URL(path, base)'],
    [`${named} fork(join(root, 'b.js'));`, "fork ?join(root, 'b.js')"],
    [`${whole} cp.fork(file);`, 'fork ?file'],
  ])('%s', (text, expected) => expect(edgesOf(text)).toEqual([expected]));

  it('what stands after it is read as ever', () => {
    const text = `${named}\nfork('./b.js', { on: () => require('./c') });\nfork(name(), import('./d'));\nrequire('./e');`;
    expect(edgesOf(text)).toEqual([
      'fork ./b.js',
      'require ./c',
      "fork ?name(), import('./d')",
      'dynamicImport ./d',
      'require ./e',
    ]);
  });
});

describe('what is no process of Node', () => {
  it.each([
    "fork('./b.js');",
    "import { fork } from 'redux-saga/effects'; fork('./b.js');",
    "import { fork } from './own.js'; fork('./b.js');",
    "import { spawn } from 'node:child_process'; repository.fork('./b.js');",
    "import cp from 'node:child_process'; other.cp.fork('./b.js'); git.fork(name);",
    "import cp from 'node:child_process'; cp.spawn(name); cp.exec('./b.js');",
    "const fork = 1; fork('./b.js');",
    `${named} class A { fork(path: string) { return path; } }`,
    `${named} class A { fork(path) { return path; } }`,
    `${named} const kinds = { fork: 1 }; this.fork('./b.js'); fork();`,
    `${named} fork(__filename);`,
    `${named} fork(import.meta.filename, ['x']);`,
    `${named} fork(fileURLToPath(import.meta.url));`,
    `${named} fork(new URL(import.meta.url));`,
    `${named} fork(process.argv[1], []);`,
    `${named} // fork('./b.js');`,
    `${named} const text = "fork('./b.js')";`,
    "import type { ChildProcess } from 'node:child_process'; let fork: ChildProcess;",
  ])('%s', (text) =>
    expect(edgesOf(text, 'a.ts').filter((edge) => !/^(?:import|typeImport) /.test(edge))).toEqual([]),
  );
});

describe('what the inside of Node loads', () => {
  it.each([
    "const Module = require('module'); Module._load('./b');",
    "import Module from 'node:module'; Module._load('./b', null, true);",
    "import { Module as Node } from 'node:module'; Node._load('./b');",
    "require('module')._load('./b');",
    "module.constructor._load('./b');",
  ])('%s', (text) => expect(edgesOf(text)).toEqual(['require ./b']));

  it.each([
    ["const Module = require('module'); Module._load(request, parent);", ['require ?request, parent']],
    ["const Module = require('module'); const load = Module._load; Module._load = hook;", []],
    [
      "import Module from 'module'; const load = Module.createRequire(import.meta.url); load('./b');",
      ['require ./b'],
    ],
    ["cache._load('./b'); own._load(name);", []],
  ])('%s', (text, expected) => expect(edgesOf(text)).toEqual(expected));
});

describe('what tools of tests load', () => {
  it.each([
    "const proxyquire = require('proxyquire'); proxyquire('./b', { './c': {} });",
    "const proxyquire = require('proxyquire').noCallThru(); const b = proxyquire('./b', {});",
    "import proxyquire from 'proxyquire'; proxyquire.noCallThru()('./b', {});",
    "import proxyquire from 'proxyquire'; proxyquire.noPreserveCache().noCallThru().load('./b', {});",
    "import * as proxyquire from 'proxyquire'; proxyquire<typeof B>('./b', {});",
    "const rewire = require('rewire'); rewire('./b');",
    "import esmock from 'esmock'; await esmock('./b', {});",
    "import esmock from 'esmock'; await esmock.strict('./b');",
    "import esmock from 'esmock'; await esmock.strict.p('./b', {});",
  ])('%s', (text) => expect(edgesOf(text, 'a.ts')).toEqual(['require ./b']));

  it.each([
    ["import proxyquire from 'proxyquire'; proxyquire(name, {});", ['require ?name, {}']],
    ["import proxyquire from 'proxyquire'; export { proxyquire };", []],
    ["proxyquire('./b', {});", []],
    ["rewire('./b');", []],
  ])('%s', (text, expected) => expect(edgesOf(text)).toEqual(expected));

  it.each([
    'jest.requireActual',
    'jest.requireMock',
    'jest.createMockFromModule',
    'jest.genMockFromModule',
    'jest.setMock',
    'vi.importActual',
    'await vi.importMock',
    "vi.importActual<typeof import('./b')>",
  ])('%s', (call) => {
    const edges = edgesOf(`const b = ${call}('./b');`, 'a.ts');
    expect(edges.filter((edge) => !edge.startsWith('typeImport'))).toEqual(['mock ./b']);
    expect(edgesOf(`${call}(name);`, 'a.ts')).toContain('mock ?name');
  });
});

describe('modules of AMD', () => {
  it.each([
    "define(['./b', './c'], function (b, c) { return b; });",
    "define('a', ['./b', './c'], function (b, c) {});",
    "define([\n  // first\n  './b',\n  './c',\n], (b, c) => b);",
    "define(['require', 'exports', './b', 'module', './c'], async function () {});",
    "define(['./b', './c'], b => b);",
    "define(['./b', './c'], factory);",
    "require(['./b', './c'], function (b, c) {});",
    "function later() { require(['./b', './c'], (b) => b, fail); }",
    "require(['./b', './c']);",
  ])('%s', (text) => expect(edgesOf(text)).toEqual(['require ./b', 'require ./c']));

  it('of the older kind are read as what Node loads', () => {
    expect(edgesOf("define(function (require) { const b = require('./b'); });")).toEqual(['require ./b']);
  });

  it.each([
    ["require([name, './b'], f);", ["require ?[name, './b'], f"]],
    ["define(['./b']);", []],
    ["define(['./b'], { a: 1 });", []],
    ['define([name], function () {});', []],
    ["define({ a: ['./b'] });", []],
    ["define('./b', function () {});", []],
    ["import { define } from './own.js'; define(['./b'], function () {});", ['import ./own.js']],
    ["function define() {} define(['./b'], function () {});", []],
    ["define(['./b'], function () {}); var define = own;", []],
    ["schema.define(['./b'], function () {});", []],
    ["(function (root) { if (define.amd) define(['./b'], root); })(this);", []],
    ["// define(['./b'], function () {});", []],
  ])('%s', (text, expected) => expect(edgesOf(text)).toEqual(expected));
});

describe('code in a text', () => {
  it.each([
    `eval("import('./b')");`,
    `eval('import("./b")');`,
    `eval("import(\\"./b\\")");`,
    `eval(\`import('./b')\`);`,
    `globalThis.eval("import('./b')");`,
    `(0, eval)("import('./b')");`,
    `eval?.("import('./b')");`,
    `new Function("return import('./b')")();`,
    `Function('a', "return import('./b', {})");`,
    `const load = new window.Function("return import('./b')");`,
  ])('%s', (text) => {
    expect(edgesOf(text)).toEqual(['dynamicImport ./b']);
    expect(edgesOf(text, 'a.ts', true)).toEqual(['dynamicImport ./b']);
  });

  it.each([
    [`eval("require('./b'); require('./c')");`, ['require ./b', 'require ./c']],
    ["eval('require')('./b');", ['require ./b']],
    ['const load = eval("require"); load("./b");', ['require ./b']],
    ["eval('require').resolve('./b');", ['requireResolve ./b']],
    ["new Function('s', 'return import(s)');", ['dynamicImport ?return import(s)']],
    ["const load = new Function('path', 'return require(path)');", ['require ?return require(path)']],
    ["eval('import(' + name + ')');", ['dynamicImport ?import(']],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    ["eval(`require('${name}')`);", ["require ?`require('${"]],
    ["eval(require('./b') + code);", ['require ./b']],
    [`eval("require('./b')" + f(() => import('./c')));`, ['require ./b', 'dynamicImport ./c']],
  ])('%s', (text, expected) => expect(edgesOf(text)).toEqual(expected));

  it.each([
    "eval('1 + 1');",
    'eval(code);',
    "new Function('require', 'module', code);",
    "new Function('a', 'return a.require(1) + reimport(2)');",
    `redis.eval("require('./b')", 0);`,
    `page.eval("import('./b')");`,
    `const text = "import('./b')";`,
    'let f: Function; function g(): Function { return f; }',
    `class A { eval(code: string) { return code; } }`,
    `x instanceof Function;`,
    `// eval("import('./b')");`,
  ])('loads nothing: %s', (text) => expect(edgesOf(text, 'a.ts')).toEqual([]));
});

it('is found in any order, among whatever else stands there', () => {
  const wanted = fc.constantFrom(
    "fork('./X');",
    "cp.fork('./X');",
    "define(['./X'], function () {});",
    'eval("import(\'./X\')");',
    "(() => { fork('./X', () => { f(); }); })();",
  );
  const other = fc.constantFrom(
    "loader.fork('./no');",
    'const text = \'fork("./no")\';',
    'const found = /eval\\("x"\\)/.test(a);',
    'if (a) { f(); }',
    "const b = `\\n define(['./no'], f)`;",
    'eval(a); new Function(b);',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(wanted, other), { maxLength: 8 }), (parts) => {
      const text = parts.map((part, place) => part.replace('X', String(place))).join('\n');
      const expected = parts.flatMap((part, place) => (part.includes('X') ? [`./${place}`] : []));
      const found = edgesOf(`import cp, { fork } from 'child_process';\n${text}`);
      expect(found.map((edge) => edge.slice(edge.indexOf(' ') + 1))).toEqual(expected);
    }),
  );
});

it.each<readonly [string, string]>([
  ['calls in calls', `${named}${'fork('.repeat(2_000)}a${')'.repeat(2_000)};`],
  ['texts in texts', `${'eval('.repeat(2_000)}a${')'.repeat(2_000)};`],
  ['modules one after the other', "define(['./b'], f);\n".repeat(20_000)],
  ['a list', `require([${"'./b',".repeat(50_000)}]);`],
  ['a text full of calls', `eval("${'import(require('.repeat(50_000)}");`],
  ['a text of spaces', `eval("import(${' '.repeat(500_000)}x)");`],
  ['a chain', `import p from 'proxyquire'; p${'.a()'.repeat(50_000)};`],
  ['a path of parts', `${named} fork(join(__dirname${", 'a'".repeat(20_000)}));`],
  ['names that are unpacked', `${whole} const {${' fork,'.repeat(20_000)} } = cp;`],
])('%s, many of them, take no long time', (_, text) => {
  const before = performance.now();
  scanFile('a.js', text, { withMessages: false, withDecoratorMetadata: false });
  expect(performance.now() - before).toBeLessThan(3_000);
});
