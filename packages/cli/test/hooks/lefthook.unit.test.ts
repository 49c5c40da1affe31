import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { installLefthook, isInLefthook, uninstallLefthook } from '../../src/hooks/lefthook.js';
import { folderWith } from '../command.js';

const BEGIN = '# mortar:begin (by mortar hooks install; mortar hooks uninstall takes it out)';
const COMMAND = 'npx --no-install mortar check --staged';

/** Each file, and what stands in it afterwards, without the marks. */
const CASES: readonly (readonly [string, string, string])[] = [
  ['an empty file', '', `pre-commit:\n  commands:\n    mortar:\n      run: ${COMMAND}\n`],
  [
    'a file without the hook, whose last line has no break',
    'pre-push:\n  commands:\n    test:\n      run: npm test',
    `pre-push:\n  commands:\n    test:\n      run: npm test\npre-commit:\n  commands:\n    mortar:\n      run: ${COMMAND}\n`,
  ],
  [
    'a hook with commands',
    '# ours\npre-commit:   # fast\n  parallel: true\n\n  commands:\n    lint:\n      run: npm run lint\n\npre-push:\n  commands:\n    test:\n      run: npm test\n',
    `# ours\npre-commit:   # fast\n  parallel: true\n\n  commands:\n    mortar:\n      run: ${COMMAND}\n    lint:\n      run: npm run lint\n\npre-push:\n  commands:\n    test:\n      run: npm test\n`,
  ],
  [
    'a hook indented by four',
    'pre-commit:\n    commands:\n        lint:\n            run: x\n',
    `pre-commit:\n    commands:\n        mortar:\n          run: ${COMMAND}\n        lint:\n            run: x\n`,
  ],
  [
    'a hook with jobs',
    'pre-commit:\n  jobs:\n    - name: lint\n      run: x\n',
    `pre-commit:\n  jobs:\n    - name: mortar\n      run: ${COMMAND}\n    - name: lint\n      run: x\n`,
  ],
  [
    'jobs that are not indented further',
    'pre-commit:\n  jobs:\n  - run: x\n',
    `pre-commit:\n  jobs:\n  - name: mortar\n    run: ${COMMAND}\n  - run: x\n`,
  ],
  [
    'a hook that has a command of that name',
    'pre-commit:\n  commands:\n    mortar:\n      run: make mortar\n    "mortar-2":\n      run: x\n',
    `pre-commit:\n  commands:\n    mortar-3:\n      run: ${COMMAND}\n    mortar:\n      run: make mortar\n    "mortar-2":\n      run: x\n`,
  ],
  [
    'a hook that has a job of that name',
    'pre-commit:\n  jobs:\n    - name: mortar # ours\n      run: x\n',
    `pre-commit:\n  jobs:\n    - name: mortar-2\n      run: ${COMMAND}\n    - name: mortar # ours\n      run: x\n`,
  ],
  [
    'a hook with neither',
    'pre-commit:\n  piped: true\n  scripts:\n    "a.sh":\n      runner: bash\n',
    `pre-commit:\n  commands:\n    mortar:\n      run: ${COMMAND}\n  piped: true\n  scripts:\n    "a.sh":\n      runner: bash\n`,
  ],
];

describe('lefthook.yml', () => {
  test.each(CASES)('%s gets the command, and loses it again', (_, before, after) => {
    const path = fileWith('lefthook.yml', before);
    expect(installLefthook(path, dirname(path), '').state).toBe('installed');
    expect(withoutMarks(path)).toBe(after);
    expect(isInLefthook(path, '')).toBe(true);
    expect(installLefthook(path, dirname(path), '').state).toBe('unchanged');
    expect(uninstallLefthook(path, dirname(path), '').state).toBe('removed');
    expect(readFileSync(path, 'utf8')).toBe(before === '' || before.endsWith('\n') ? before : `${before}\n`);
    expect(uninstallLefthook(path, dirname(path), '').state).toBe('absent');
  });

  test('a command that is out of date is replaced', () => {
    const path = fileWith('lefthook.yml', CASES[2]?.[1] ?? '');
    const lock = join(dirname(path), 'pnpm-lock.yaml');
    writeFileSync(lock, '');
    installLefthook(path, dirname(path), '');
    expect(readFileSync(path, 'utf8')).toContain('pnpm');
    rmSync(lock);
    expect(installLefthook(path, dirname(path), '').state).toBe('updated');
    expect(withoutMarks(path)).toBe(CASES[2]?.[2]);
  });

  test('a command that YAML would misread is quoted', () => {
    const path = fileWith('lefthook.yml', '');
    installLefthook(path, dirname(path), 'a: #b"');
    expect(readFileSync(path, 'utf8')).toContain(`run: "${COMMAND} --root 'a: #b\\"'"\n`);
  });

  test('each project has a command of its own name, and one whose folder is gone goes', () => {
    const path = fileWith('lefthook.yml', '');
    const top = dirname(path);
    for (const project of ['', 'apps/a', 'apps-a', 'gone']) {
      mkdirSync(join(top, project), { recursive: true });
      installLefthook(path, top, project);
    }
    const names = (): string[] =>
      [...readFileSync(path, 'utf8').matchAll(/^ {4}([\w-]+):$/gm)].map(([, name]) => name ?? '');
    expect(names()).toEqual(['mortar', 'mortar-apps-a', 'mortar-apps-a-2', 'mortar-gone']);
    rmSync(join(top, 'gone'), { recursive: true });
    expect(installLefthook(path, top, '').state).toBe('updated');
    expect(names()).toEqual(['mortar', 'mortar-apps-a', 'mortar-apps-a-2']);
    expect(uninstallLefthook(path, top, 'gone').state).toBe('absent');
  });

  test('a check by hand is of the project that it names', () => {
    const path = fileWith(
      'lefthook.yml',
      'pre-commit:\n  commands:\n    own:\n      run: mortar check --root web\n',
    );
    expect(isInLefthook(path, 'web')).toBe(true);
    expect(isInLefthook(path, '')).toBe(false);
    expect(installLefthook(path, dirname(path), '').state).toBe('installed');
    expect(installLefthook(path, dirname(path), 'web').state).toBe('unchanged');
  });

  test('a check that is there by hand is left as it is', () => {
    const text = 'pre-commit: { commands: { own: { run: npx mortar check } } }\n';
    const path = fileWith('lefthook.yml', text);
    expect(installLefthook(path, dirname(path), '').state).toBe('unchanged');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test.each([
    'pre-commit: { commands: { lint: { run: x } } }\n',
    '"pre-commit":\n  commands:\n    lint:\n      run: x\n',
    'pre-commit:\n  commands: { lint: { run: x } }\n',
    'pre-commit:\n  jobs: [{ run: x }]\n',
    'pre-commit:\n  commands:\n',
    'pre-commit:\n',
    'pre-commit: &a\n  commands:\n    lint:\n      run: x\n',
    '{ "pre-push": {} }\n',
    'a: 1\n---\nb: 2\n',
    '# mortar:begin\npre-commit:\n',
  ])('%j is refused, with what to add by hand', (text) => {
    const path = fileWith('lefthook.yml', text);
    expect(() => installLefthook(path, dirname(path), '')).toThrow(
      expect.objectContaining({ code: 'MORTAR_FILE_IN_WAY', message: expect.stringContaining(COMMAND) }),
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('a check that somebody has written', () => {
  test.each([
    ['lefthook.yml', 'pre-commit:\n  commands:\n    own:\n      run: npx mortar check --staged\n'],
    ['lefthook.yml', 'pre-push:\n  jobs:\n    - run: x\n\npre-commit:\n  jobs:\n  - run: mortar check\n'],
    ['lefthook.yml', '{ "pre-commit": { "commands": { "a": { "run": "mortar check" } } } }\n'],
    ['lefthook.toml', '[pre-commit.commands.own]\nrun = "mortar check"\n'],
    ['lefthook.toml', 'pre-commit.commands.own = { run = "mortar check" }\n'],
    ['lefthook.json', '{\n  "pre-commit": { "commands": { "a": { "run": "mortar check" } } }\n}\n'],
  ])('counts where it runs before commits: %s, %j', (name, text) => {
    const path = fileWith(name, text);
    expect(isInLefthook(path, '')).toBe(true);
    expect(installLefthook(path, dirname(path), '').state).toBe('unchanged');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test.each([
    ['lefthook.yml', 'pre-push:\n  commands:\n    own:\n      run: npx mortar check\n'],
    [
      'lefthook.yml',
      'pre-commit:\n  commands:\n    a:\n      run: x\npre-push:\n  jobs:\n  - run: mortar check\n',
    ],
    [
      'lefthook.yml',
      '# some day: mortar check\npre-commit:\n  # mortar check\n  commands:\n    a:\n      run: x\n',
    ],
    ['lefthook.yml', 'pre-commit:\n  commands:\n    a:\n      run: mortar checkout\n'],
    ['lefthook.toml', '[pre-push.commands.own]\nrun = "mortar check"\n'],
    ['lefthook.toml', '[pre-commit.commands.a]\nrun = "x"\n[pre-push.commands.b]\nrun = "mortar check"\n'],
  ])('is none in a comment, or elsewhere: %s, %j', (name, text) => {
    const path = fileWith(name, text);
    expect(isInLefthook(path, '')).toBe(false);
    expect(installLefthook(path, dirname(path), '').state).toBe('installed');
    expect(isInLefthook(path, '')).toBe(true);
    uninstallLefthook(path, dirname(path), '');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

/** A configuration as people write it: hooks in any order, with commands or jobs, comments and empty lines. */
const configuration = fc
  .record({
    hooks: fc.uniqueArray(fc.constantFrom('pre-commit', 'pre-push', 'commit-msg', 'post-merge'), {
      minLength: 1,
    }),
    list: fc.constantFrom('commands', 'jobs'),
    indent: fc.constantFrom(2, 4),
    names: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 4 }),
    between: fc.constantFrom('', '\n', '# ours\n', '\n  # theirs\n'),
    first: fc.constantFrom('', 'parallel: true', 'skip: [merge, rebase]'),
    lineBreak: fc.constantFrom('\n', '\r\n'),
  })
  .map(({ hooks, list, indent, names, between, first, lineBreak }) => {
    const at = (depth: number): string => ' '.repeat(indent * depth);
    const item = (name: string): string =>
      list === 'commands'
        ? `${at(2)}${name}:\n${at(3)}run: ${name}\n`
        : `${at(2)}- name: ${name}\n${at(2)}  run: ${name}\n`;
    const option = first === '' ? '' : `${at(1)}${first}\n`;
    const text = hooks
      .map((hook) => `${hook}:\n${option}${between}${at(1)}${list}:\n${names.map(item).join('')}`)
      .join(between);
    return { text: text.replaceAll('\n', lineBreak), hooks, names };
  });

test('whatever stands in lefthook.yml: one command comes to one hook, and all of it goes again', () => {
  const path = fileWith('lefthook.yml', '');
  mkdirSync(join(dirname(path), 'web'));
  fc.assert(
    fc.property(configuration, ({ text, hooks }) => {
      writeFileSync(path, text);
      expect(installLefthook(path, dirname(path), '').state).toBe('installed');
      const lines = readFileSync(path, 'utf8').split(/\r?\n/);
      const run = lines.findIndex((line) => line.includes(COMMAND));
      const above = lines.slice(0, run).findLast((line) => /^[a-z]/.test(line));
      expect(above).toBe('pre-commit:');
      expect(lines.filter((line) => line === 'pre-commit:')).toHaveLength(1);
      expect(lines.filter((line) => /^[a-z]/.test(line))).toHaveLength(
        new Set([...hooks, 'pre-commit']).size,
      );
      // Beside it in the list, not below what was there.
      const indents = lines
        .filter((line) => /^ +(mortar:|- name: mortar)$/.test(line))
        .map((line) => line.search(/\S/));
      expect(indents).toHaveLength(1);
      expect(installLefthook(path, dirname(path), '').state).toBe('unchanged');
      expect(installLefthook(path, dirname(path), 'web').state).toBe('updated');
      expect(isInLefthook(path, 'web') && isInLefthook(path, '')).toBe(true);
      expect(installLefthook(path, dirname(path), '').state).toBe('unchanged');
      uninstallLefthook(path, dirname(path), 'web');
      expect(isInLefthook(path, 'web')).toBe(false);
      expect(isInLefthook(path, '')).toBe(true);
      uninstallLefthook(path, dirname(path), '');
      expect(readFileSync(path, 'utf8')).toBe(text);
    }),
  );
});

describe('lefthook in other languages', () => {
  test('TOML gets a table at its end', () => {
    const before = '[pre-commit]\nparallel = true\n[pre-commit.commands.lint]\nrun = "x"\n';
    const path = fileWith('lefthook.toml', before);
    installLefthook(path, dirname(path), '');
    expect(withoutMarks(path)).toBe(`${before}[pre-commit.commands.mortar]\nrun = "${COMMAND}"\n`);
    uninstallLefthook(path, dirname(path), '');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test.each([
    ['lefthook.toml', 'pre-commit = { parallel = true }\n'],
    ['lefthook.toml', 'pre-commit.commands = {}\n'],
    ['lefthook.json', '{}\n'],
  ])('%s with %j is refused', (name, text) => {
    const path = fileWith(name, text);
    expect(() => installLefthook(path, dirname(path), '')).toThrow(
      expect.objectContaining({ code: 'MORTAR_FILE_IN_WAY' }),
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

function fileWith(name: string, text: string): string {
  const path = join(folderWith({ [name]: text }), name);
  expect(existsSync(path)).toBe(true);
  return path;
}

function withoutMarks(path: string): string {
  const lines = readFileSync(path, 'utf8').split('\n');
  const begin = lines.filter((line) => line.trim() === BEGIN);
  const end = lines.filter((line) => line.trim() === '# mortar:end');
  expect([begin.length, end.length]).toEqual([1, 1]);
  return lines.filter((line) => !/^\s*# mortar:/.test(line)).join('\n');
}
