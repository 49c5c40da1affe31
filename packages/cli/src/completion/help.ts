import type { Command, HelpConfiguration } from 'commander';
import { MortarError, nearest } from 'mortar/errors';
import { type Frame, jsonText, withJson } from '../frame.js';
import { wordsOf } from './words.js';

/** `mortar help [command…]`. */
export function addHelp(program: Command, { io }: Frame): void {
  const command = program
    .command('help')
    .description('Says what a command does.')
    .argument('[command...]', 'such as check, or hooks install');
  withJson(command).action((names: readonly string[], { json }: { readonly json?: boolean }) => {
    const meant = names.reduce(commandNamed, program);
    if (json === true) io.print(jsonText(wordsOf(meant, names)));
    else meant.outputHelp();
  });
}

/** `--help` beside `--json`: the same as of `mortar help --json`. */
export const helpAsJson: HelpConfiguration = {
  formatHelp: (command) => jsonText(wordsOf(command, pathOf(command))),
};

/** The words that lead to a command, without that of the program. */
function pathOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

function commandNamed({ commands }: Command, name: string): Command {
  const found = commands.find((one) => one.name() === name);
  if (found !== undefined) return found;
  const names = commands.map((one) => one.name());
  const guess = nearest(name, names);
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Help is asked for by the name of a command.',
    expected: guess === undefined ? `one of ${names.join(', ')}` : `${guess}, perhaps`,
    got: JSON.stringify(name),
  });
}
