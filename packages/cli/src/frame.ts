import type { Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Io } from './io.js';

/** What each command is made with. */
export interface Frame {
  readonly io: Io;
  /** Says what the process ends with. Without a call it is 0. */
  readonly finish: (code: ExitCode) => void;
  /** Says what the process ends with if the command throws. Without a call it is 2. */
  readonly failWith: (code: ExitCode) => void;
}

/** The options that nearly every command has. */
export interface CommonOptions {
  /** Answers with one JSON document. */
  readonly json?: boolean;
  /** The folder of the project, from where the user stands. */
  readonly root?: string;
}

/** Adds `--json`, with the same words for every command. */
export function withJson(command: Command): Command {
  return command.option('--json', 'answer with JSON');
}

/** A command that only holds others, with the same words for its help as the whole has. */
export function asGroup(command: Command): Command {
  return withRoot(withJson(command)).helpCommand('help [command]', 'Says what a command does.');
}

/** Adds a text after the help of a command, where that is no JSON. */
export function withNote(command: Command, note: string): Command {
  return command.addHelpText('after', () => (command.optsWithGlobals()['json'] === true ? '' : `\n${note}`));
}

/** Adds `--root`. */
export function withRoot(command: Command): Command {
  return command.option('--root <folder>', 'the project, where it is not the one that you stand in');
}

/**
 * Gives a command the common options that stand before its name: those are of the program or of a group. What stands after the
 * name wins. One that the command does not have is wrong use.
 */
export function takeOptionsBefore(command: Command): void {
  for (let above = command.parent; above !== null; above = above.parent) {
    const { json, root }: CommonOptions = above.opts();
    if (json === true) command.setOptionValue('json', true);
    if (root === undefined || command.getOptionValue('root') !== undefined) continue;
    if (!command.options.some(({ long }) => long === '--root'))
      command.error(`error: the command ${command.name()} takes no option '--root'`);
    command.setOptionValue('root', root);
  }
}

/** A JSON document as the command prints it. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
