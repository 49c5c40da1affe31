import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentsIn } from '../../scripts/readme/documents.mjs';
import { root } from '../source/repository.js';

/** A command as documents name it: at the beginning of a line of shell, or of a text that is marked as code. */
const MORTAR = /(?:^|`)(?:npx )?mortar (?<verb>[a-z][a-z-]+)(?<rest>[^\n`]*)/gm;
const NPM = /(?:^|`)npm (?:run )?(?<script>start|test|run \S+|bench|campaign)\b/gm;

interface Command {
  readonly path: readonly string[];
  readonly children: readonly Command[];
  readonly options: readonly { readonly flags: readonly string[] }[];
}

const commands = helpOf();

describe.each(documentsIn(root))('the commands that %s names', (path) => {
  const text = readFileSync(join(root, path), 'utf8');

  it('are commands of mortar, with options that they have', () => {
    const wrong = [...text.matchAll(MORTAR)].filter(
      ({ groups }) => !isCommand(groups?.['verb'], groups?.['rest']),
    );
    expect(wrong.map(([named]) => named)).toEqual([]);
  });

  it('are scripts of the repository', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const named = [...text.matchAll(NPM)].map(({ groups }) => String(groups?.['script']).replace('run ', ''));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('what this looks for', () => {
  it('is found', () => {
    expect(commands.size).toBeGreaterThan(8);
    expect(isCommand('check', ' --changed origin/main')).toBe(true);
    expect(isCommand('chekc', '')).toBe(false);
    expect(isCommand('check', ' --changd origin/main')).toBe(false);
  });
});

function isCommand(verb = '', rest = ''): boolean {
  const command = commands.get(verb);
  const said = rest.match(/--[a-z-]+/g) ?? [];
  const flags = new Set(['--json', '--root', ...(command?.options ?? []).flatMap((option) => option.flags)]);
  return command !== undefined && said.every((flag) => flags.has(flag));
}

function helpOf(): ReadonlyMap<string, Command> {
  const main = join(root, 'packages', 'cli', 'dist', 'main.js');
  const { stdout } = spawnSync(process.execPath, [main, 'help', '--json'], { encoding: 'utf8' });
  const { children }: Command = JSON.parse(stdout);
  return new Map(children.map((command) => [String(command.path[0]), command]));
}
