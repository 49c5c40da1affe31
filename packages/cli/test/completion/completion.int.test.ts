import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { addFiles, folderWith, mortar, pathWith, run } from '../command.js';

/** What is typed, and what the shell offers; `files` where it offers the files of the folder. */
const CASES: readonly (readonly [string, readonly string[] | 'files'])[] = [
  ['mortar ho', ['hooks']],
  ['mortar hel', ['help']],
  ['mortar help ho', ['hooks']],
  ['mortar hooks ', ['install', 'status', 'uninstall']],
  ['mortar hooks in', ['install']],
  ['mortar hooks install --j', ['--json']],
  ['mortar completion ', ['bash', 'fish', 'zsh']],
  ['mortar completion z', ['zsh']],
  ['mortar check --fo', ['--format']],
  ['mortar check --format s', ['sarif']],
  ['mortar graph --json --format m', ['mermaid']],
  ['mortar init --no', ['--no-workflow']],
  ['mortar migrate sh', 'files'],
];

let scripts: Readonly<Record<string, string>>;

beforeAll(async () => {
  const pairs = ['bash', 'zsh', 'fish'].map(async (shell) => {
    const { code, stdout, stderr } = await mortar('/', 'completion', shell);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return [shell, stdout] as const;
  });
  scripts = Object.fromEntries(await Promise.all(pairs));
});

describe('completion', () => {
  test.each(CASES)('bash: %s', async (line, expected) => {
    const folder = scene('bash');
    // What readline does, as far as a function sees it.
    const program = `source ./script
      line=$1
      read -ra COMP_WORDS <<< "$line"
      [[ $line == *' ' ]] && COMP_WORDS+=('')
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _mortar
      printf '%s\\n' "\${COMPREPLY[@]}"
      complete -p mortar >&2`;
    const { stdout, stderr } = await run(folder, 'bash', ['--norc', '-c', program, 'bash', line]);
    expect(stderr).toBe('complete -o default -F _mortar mortar\n');
    expect(wordsOf(stdout)).toEqual(expected === 'files' ? [] : expected);
  });

  test('bash: a value after =, which bash takes for a word of its own', async () => {
    const program = `source ./script; COMP_WORDS=(mortar check --format = sa); COMP_CWORD=4; _mortar
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run(scene('bash'), 'bash', ['--norc', '-c', program]);
    expect(wordsOf(stdout)).toEqual(['sarif']);
  });

  // Not every machine has fish.
  test.skipIf(lacks('fish')).each(CASES)('fish, where there is one: %s', async (line, expected) => {
    const home = folderWith();
    const { stdout, stderr } = await run(
      scene('fish'),
      'fish',
      ['--no-config', '-c', 'source ./script; complete -C $argv[1]', line],
      { HOME: home, XDG_CONFIG_HOME: home },
    );
    expect(stderr).toBe('');
    const words = wordsOf(stdout).map((word) => word.split('\t')[0]);
    expect(words).toEqual(expected === 'files' ? ['shop.db'] : expected);
  });

  // Not every machine has zsh.
  test.skipIf(lacks('zsh')).each(CASES)('zsh, where there is one: %s', async (line, expected) => {
    const folder = scene('zsh');
    addFiles(folder, { 'driver.zsh': ZSH_DRIVER });
    const { stdout, stderr } = await run(folder, 'zsh', ['-f', './driver.zsh', line], { TERM: 'dumb' });
    expect(stderr).toBe('');
    expect(wordsOf(stdout)).toEqual(expected === 'files' ? ['shop.db'] : expected);
  });

  test('bash: nothing typed after =, and a value that was left open', async () => {
    const program = `source ./script; COMP_WORDS=(mortar check --format = ''); COMP_CWORD=3; _mortar
      printf '%s\\n' "\${COMPREPLY[@]}"; COMP_CWORD=4; _mortar; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run(scene('bash'), 'bash', ['--norc', '-c', program]);
    const formats = ['github', 'gitlab', 'json', 'junit', 'markdown', 'pretty', 'sarif'];
    expect(wordsOf(stdout)).toEqual([...formats, ...formats].sort());
  });

  test('as JSON it is a text, and another shell is wrong use', async () => {
    const { stdout } = await mortar('/', 'completion', 'bash', '--json');
    expect(JSON.parse(stdout)).toEqual({ shell: 'bash', script: scripts['bash'] });
    const { code, stderr } = await mortar('/', 'completion', 'tcsh');
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  });

  test('sourced twice, it is the same', async () => {
    const path = pathWith({ mortar: '#!/bin/sh\n' });
    const { code, stderr } = await run(
      scene('bash'),
      'bash',
      ['--norc', '-u', '-c', 'source ./script && source ./script && mortar'],
      { PATH: path },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

/**
 * A terminal in which zsh completes a line: the functions that offer words are replaced by ones that note them, since
 * what zsh itself prints depends on the width of the terminal.
 */
const ZSH_DRIVER = `
autoload -Uz compinit && compinit -u -D
source ./script
typeset -a offered
compadd() {
  local -a options; local -i past=0
  while (( $# )); do
    case $1 in
      --) shift; break ;;
      *) shift ;;
    esac
  done
  offered+=("$@")
}
_describe() {
  local name=\${@[-1]}
  offered+=("\${(@)\${(P@)name}%%:*}")
}
_files() { offered+=(*(N)) }
line=$1
words=(\${=line}); [[ $line == *' ' ]] && words+=('')
CURRENT=$#words
_mortar
for word in \${(ou)offered}; do [[ $word == \${words[CURRENT]}* && $word != script && $word != driver.zsh ]] && print -r -- $word; done
true
`;

function lacks(shell: string): boolean {
  return spawnSync(shell, ['--version']).status !== 0;
}

/** A folder with the script, and one file. */
function scene(shell: string): string {
  const folder = folderWith({ 'shop.db': '', script: scripts[shell] ?? '' });
  expect(join(folder, 'script')).toBeTruthy();
  return folder;
}

function wordsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((word) => word !== '')
    .sort();
}
