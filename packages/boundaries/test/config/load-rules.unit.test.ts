import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MortarError } from 'mortar/errors';
import { afterEach, describe, expect, it } from 'vitest';
import { loadRules, parseRules, rulesFrom } from '../../src/config/load-rules.js';
import { ruleIds } from '../../src/config/rule-settings.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'mortar-rules-')));
  folders.push(made);
  return made;
}

function faultsOf(text: string): string[] {
  try {
    parseRules(text);
  } catch (error) {
    if (error instanceof MortarError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('may have comments and trailing commas', () => {
    const { settings, exclude } = parseRules(
      '// why\n{ "exclude": ["a/**",], /* so */ "rules": { "file-cycle": "warn" } }',
    );
    expect(exclude).toEqual(['a/**']);
    expect(settings['file-cycle'].severity).toBe('warn');
  });
  it('may begin with a byte order mark', () => expect(parseRules('\uFEFF{}').exclude).not.toEqual([]));
  it('of nothing is the defaults', () => {
    expect(rulesFrom({})).toMatchObject({ discover: true, modules: [], source: undefined });
    expect(Object.keys(rulesFrom({}).settings)).toEqual(ruleIds);
  });
  it('of a rule keeps what is not said', () => {
    const { settings } = rulesFrom({
      rules: { 'undeclared-dependency': { root: 'none' }, hexagonal: 'off' },
    });
    expect(settings['undeclared-dependency']).toMatchObject({ severity: 'error', root: 'none', tests: true });
    expect(settings.hexagonal.severity).toBe('off');
  });
  it('of hexagonal folders keeps those that are not named', () => {
    expect(rulesFrom({ hexagonal: { domain: ['core'] } }).hexagonal).toMatchObject({
      domain: ['core'],
      application: ['application'],
    });
  });
});

describe('a fault is told with its place', () => {
  it.each([
    ['{\n  "exlude": []\n}', ['exlude: "exlude" is not known; did you mean exclude? (line 2, column 3)']],
    [
      '{ "rules": { "file-cycles": "error" } }',
      ['rules.file-cycles: "file-cycles" is not known; did you mean file-cycle? (line 1, column 14)'],
    ],
    [
      '{ "rules": { "file-cycle": { "type": true } } }',
      ['rules.file-cycle.type: "type" is not known; did you mean types? (line 1, column 30)'],
    ],
    [
      '{ "rules": { "file-cycle": { "root": "all" } } }',
      [
        'rules.file-cycle.root: "root" is not known; known are types, tests, dynamic, severity (line 1, column 30)',
      ],
    ],
    [
      '{ "rules": { "layers": "eror" } }',
      ['rules.layers: expected one of off, warn, error, got "eror"; did you mean error? (line 1, column 14)'],
    ],
    ['{ "exclude": "a" }', ['exclude: expected a list, got "a" (line 1, column 3)']],
    ['{ "exclude": [""] }', ['exclude[0]: expected a non-empty string, got "" (line 1, column 15)']],
    ['{ "discover": 1 }', ['discover: expected true or false, got 1 (line 1, column 3)']],
    [
      '{ "dependencies": [{ "from": ["a"] }] }',
      ['dependencies[0]: one of allow, deny and require is needed (line 1, column 20)'],
    ],
    ['{ "dependencies": [{ "deny": ["a"] }] }', ['dependencies[0]: from is missing (line 1, column 20)']],
    [
      '{ "packages": [{ "from": ["a"] }] }',
      ['packages[0]: one of allow and deny is needed (line 1, column 16)'],
    ],
    [
      '{ "exceptions": [{ "rule": "file-cycle" }] }',
      ['exceptions[0]: reason is missing (line 1, column 18)'],
    ],
    ['{ "exceptions": [{ "rule": "file-cyc", "reason": "a" }] }', ['exceptions[0].rule: expected one of']],
    [
      '{ "exceptions": [{ "rule": "file-cycle", "reason": "a", "expires": "soon" }] }',
      ['exceptions[0].expires: expected a day such as "2027-01-31", got "soon" (line 1, column 57)'],
    ],
    [
      '{ "layers": [{ "name": "a", "order": [["set:gone"]] }] }',
      ['layers[0].order[0][0]: set:gone is named, and sets has no gone (line 1, column 40)'],
    ],
    [
      '{ "exceptions": [{ "rule": "file-cycle", "reason": "a", "expires": "2027-02-31" }] }',
      ['exceptions[0].expires: expected a day such as "2027-01-31", got "2027-02-31" (line 1, column 57)'],
    ],
    [
      '{ "modules": [{ "paths": ["src/*"], "name": "f/{2}" }] }',
      ['modules[0].name: {2} is named, and src/* has one * (line 1, column 37)'],
    ],
    [
      '{ "modules": [{ "paths": ["src/{a,*}"], "name": "{1}" }] }',
      ['modules[0].name: {1} is named, and src/{a,*} has no * (line 1, column 41)'],
    ],
    [
      '{ "sets": { "a": ["set:b"], "b": ["!set:a"], "c": ["set:a"] } }',
      [
        'sets.a: set:a is made of itself (line 1, column 13)',
        'sets.b: set:b is made of itself (line 1, column 29)',
      ],
    ],
    ['{ "baseline": "../b.json" }', ['baseline: a path within the root is expected (line 1, column 3)']],
    ['{ "baseline": "/tmp/b.json" }', ['baseline: a path within the root is expected (line 1, column 3)']],
    ['[]', [': expected an object, got [] (line 1, column 1)']],
    ['{ "__proto__": { "discover": false } }', ['__proto__: "__proto__" is not known']],
    ['{ "rules": { "constructor": "off" } }', ['rules.constructor: "constructor" is not known']],
  ])('%s', (text, expected) => {
    const faults = faultsOf(text);
    expect(faults).toHaveLength(expected.length);
    for (const [index, start] of expected.entries())
      expect(faults[index]).toMatch(new RegExp(`^${start.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
  });

  it('what looks like a set in a reason is none', () =>
    expect(
      faultsOf('{ "exceptions": [{ "rule": "file-cycle", "reason": "set:theory", "to": ["a"] }] }'),
    ).toEqual([]));
  it('a capture that each path has is known, whichever alternative fits', () =>
    expect(faultsOf('{ "modules": [{ "paths": ["src/{a,b}/*/**"], "name": "{1} {2} {name}" }] }')).toEqual(
      [],
    ));
  it('several stand on lines of their own', () =>
    expect(() => parseRules('{ "exlude": [], "discover": 1 }')).toThrow(
      /got 2 faults\n {2}exlude: .*\n {2}discover: /,
    ));
  it.each([
    ['', /an empty file/],
    [' \n', /an empty file/],
    ['<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n', /a merge conflict at 1:1/],
    ['{ "tags": [],\n  "tags": [] }', /the key "tags" a second time at 2:3/],
    ['{ "sets": { "a": ["x"], "a": ["y"] } }', /the key "a" a second time at 1:25/],
    ['{ "tags": [] "sets": {} }', /comma expected at 1:14/],
  ])('%j is told as what it is', (text, message) => expect(() => parseRules(text)).toThrow(message));

  it('all of them at once', () => {
    expect(faultsOf('{ "exlude": [], "discover": 1, "rules": { "x": "off" } }')).toHaveLength(3);
  });
  it.each(['', '{', '{"a":}', '{} {}', 'null x'])('%j is no JSON', (text) =>
    expect(() => parseRules(text)).toThrow(/MORTAR_RULES_INVALID/),
  );
  it('what is nested deeper than anybody writes does not end the process', () => {
    expect(() => parseRules('['.repeat(100_000))).toThrow(/nesting of more than 100 levels/);
    expect(() => parseRules(`{"a":${'{"a":'.repeat(50_000)}`)).toThrow(/nesting of more than 100 levels/);
  });
  it('a key named __proto__ in sets changes nothing else', () => {
    const rules = parseRules('{ "sets": { "__proto__": ["a"] } }');
    expect(Object.hasOwn(rules.sets, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });
});

describe('the file', () => {
  it('is read from the root, and need not be there', async () => {
    const root = folder();
    expect((await loadRules(root)).source).toBeUndefined();
    writeFileSync(join(root, 'mortar.config.json'), '{ "discover": false }');
    expect(await loadRules(root)).toMatchObject({ source: 'mortar.config.json', discover: false });
  });
  it('is not read from outside of the root', async () => {
    const outside = folder();
    const root = join(outside, 'project');
    mkdirSync(root);
    writeFileSync(join(outside, 'secret.json'), '{ "discover": false }');
    symlinkSync('../secret.json', join(root, 'mortar.config.json'));
    await expect(loadRules(root)).rejects.toThrow(/MORTAR_RULES_INVALID.*outside of the root/);
  });
  it.each([
    ['too large', Buffer.alloc(4 * 1024 * 1024 + 1, 0x20), /at most 4194304/],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /MORTAR_RULES_INVALID/],
  ])('that is %s is refused', async (_, content, message) => {
    const root = folder();
    writeFileSync(join(root, 'mortar.config.json'), content);
    await expect(loadRules(root)).rejects.toThrow(message);
  });
  it('that is a link to nothing is refused, and not taken for none', async () => {
    const root = folder();
    symlinkSync('gone.json', join(root, 'mortar.config.json'));
    await expect(loadRules(root)).rejects.toThrow(/MORTAR_RULES_INVALID/);
  });
  it('that is a pipe is refused, and not waited for', async () => {
    const root = folder();
    execFileSync('mkfifo', [join(root, 'mortar.config.json')]);
    await expect(loadRules(root)).rejects.toThrow(/no regular file/);
  });
  it('that is a folder is refused', async () => {
    const root = folder();
    mkdirSync(join(root, 'mortar.config.json'));
    await expect(loadRules(root)).rejects.toThrow(/MORTAR_RULES_INVALID/);
  });
});
