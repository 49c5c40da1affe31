import { readFileSync } from 'node:fs';
import { drawingFormats, reportFormats } from '@mortar/boundaries';
import { Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { bashScript } from '../../src/completion/bash.js';
import { fishScript } from '../../src/completion/fish.js';
import { everyCommand, wordsOf } from '../../src/completion/words.js';
import { zshScript } from '../../src/completion/zsh.js';
import { programOf } from '../../src/program.js';
import { ioAt } from '../questions/graphs.js';

const frame = { io: ioAt('/'), finish: () => undefined, failWith: () => undefined };
const words = wordsOf(await programOf(frame));

describe('what shells complete', () => {
  test('is every command with its options, help included', () => {
    const paths = everyCommand(words).map(({ path }) => path.join(' '));
    expect(paths).toEqual(
      expect.arrayContaining(['', 'check', 'hooks install', 'what-if move', 'completion']),
    );
    for (const { options } of everyCommand(words))
      expect(options.flatMap(({ flags }) => flags)).toContain('--help');
  });

  test('has the formats that there are', () => {
    expect(choicesOf('check', '--format')).toEqual(reportFormats);
    expect(choicesOf('graph', '--format')).toEqual(drawingFormats);
  });

  test.each([
    ['bash', bashScript],
    ['zsh', zshScript],
    ['fish', fishScript],
  ])('%s has every word', (_, script) => {
    const text = script(words);
    for (const { path, options } of everyCommand(words)) {
      for (const word of path) expect(text).toContain(word);
      for (const { flags } of options) expect(text).toContain(flags[0]?.replace(/^--/, ''));
    }
  });

  test('is in the reference too', () => {
    const reference = readFileSync(new URL('../../../../docs/reference/command.md', import.meta.url), 'utf8');
    for (const { path, options, children } of everyCommand(words)) {
      if (children.length === 0) expect(reference).toContain(path[0]);
      if (path.join() !== 'check' && path.join() !== 'init') continue;
      for (const { flags } of options) if (flags[0] !== '--help') expect(reference).toContain(flags[0]);
    }
    const named = [...reference.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag);
    const known = everyCommand(words).flatMap(({ options }) => options.flatMap(({ flags }) => flags));
    expect(named.filter((flag) => ![...known, '--save-dev'].includes(flag))).toEqual([]);
  });

  test('leaves hidden options out, and quotes what a shell would run', () => {
    const program = new Command('mortar').description('it\'s $(touch pwned) `x` \\ "y"');
    program
      .command('go')
      .description('it\'s $(touch pwned) `x` \\ "y": z')
      .addOption(new Option('--secret').hideHelp());
    const odd = wordsOf(program);
    expect(JSON.stringify(odd)).not.toContain('--secret');
    expect(zshScript(odd)).toContain("'go:it'\\''s $(touch pwned) `x` \\ \"y\": z'");
    expect(fishScript(odd)).toContain("-d 'it\\'s $(touch pwned) `x` \\\\ \"y\": z'");
  });
});

function choicesOf(command: string, flag: string): readonly string[] | undefined {
  const found = everyCommand(words).find(({ path }) => path.join(' ') === command);
  return found?.options.find(({ flags }) => flags.includes(flag))?.choices;
}
